"""The names that tell a paper or an equation from a concept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.embedded.shelf import Shelf, no_shelf

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum


@dataclass(frozen=True, slots=True)
class Lore:
    """Names of papers and equations, in lower case."""

    papers: Mapping[str, str] = field(default_factory=dict)
    """Names of the roadmap's papers, to their arXiv ids; "" for a paper that is not there."""
    equations: frozenset[str] = frozenset()
    """Names of the catalogue's equations."""
    shelf: Shelf = no_shelf
    """The papers of the library that a text names."""
    mend: Callable[[str], str] = str
    """Puts words of the library in the place of words that are one slip away from them."""


def lore_of(curriculum: Curriculum | None, shelf: Shelf = no_shelf, mend: Callable[[str], str] = str) -> Lore:
    """The names that the curriculum holds, none without one, and what is known of the library's names and words."""
    if curriculum is None:
        return Lore(shelf=shelf, mend=mend)
    from curriculum.equations import load_equations

    papers = {
        name.lower(): paper.arxiv_id or "" for paper in curriculum.papers for name in (paper.title, *paper.aliases)
    }
    equations = frozenset(name.lower() for equation in load_equations() for name in equation.names)
    return Lore(papers, equations, shelf, mend)
