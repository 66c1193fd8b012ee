"""The names that tell a paper or an equation from a concept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum


@dataclass(frozen=True, slots=True)
class Lore:
    """Names of papers and equations, in lower case."""

    papers: Mapping[str, str] = field(default_factory=dict)
    """Names of the roadmap's papers, to their arXiv ids; "" for a paper that is not there."""
    equations: frozenset[str] = frozenset()
    """Names of the catalogue's equations."""


def lore_of(curriculum: Curriculum | None) -> Lore:
    """The names that the curriculum holds; none without one."""
    if curriculum is None:
        return Lore()
    from curriculum.equations import load_equations

    papers = {
        name.lower(): paper.arxiv_id or "" for paper in curriculum.papers for name in (paper.title, *paper.aliases)
    }
    return Lore(papers, frozenset(name.lower() for equation in load_equations() for name in equation.names))
