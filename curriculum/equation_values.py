"""The frozen values of the equation catalogue. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, NewType

from curriculum.model import PaperId, TopicId

EquationId = NewType("EquationId", str)

EquationOrigin = Literal["paper", "derived"]
"""Whether the paper prints the equation, or it follows from what the paper says in words."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One letter of an equation and what it stands for."""

    latex: str
    name: str
    shape: str
    """Such as "(n, d_k)"; empty for a single number."""
    meaning: str
    domain: str
    """The values it can take, such as "0 < p < 1"; empty when there is nothing to say."""
    unit: str
    """Such as "tokens"; empty for a pure number."""


@dataclass(frozen=True, slots=True)
class EquationPart:
    """A piece of an equation and what it does, in one sentence."""

    latex: str
    does: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is in the equation, with the paper's own words."""

    text: str
    quote: str
    """Exact words of the page; empty only for a paper whose text the project has not read."""
    page: int
    """1-based physical page of the quote; 0 when there is no quote."""


@dataclass(frozen=True, slots=True)
class Equation:
    """A displayed equation of a paper, explained, with a program that shows its property."""

    id: EquationId
    paper_id: PaperId
    number: str
    """As the paper prints it, such as "1"; empty when it prints none."""
    name: str
    aliases: tuple[str, ...]
    page: int
    """1-based physical page; 0 for a paper whose text the project has not read."""
    section: str
    origin: EquationOrigin
    why: str
    """For a derived equation: how it follows from the paper; empty for a printed one."""
    latex: str
    shows: str
    """The property that the check shows."""
    check: str
    """Python with numpy, sympy or matplotlib; its assert statements fail when the property does not hold."""
    symbols: tuple[Symbol, ...]
    parts: tuple[EquationPart, ...]
    reasons: tuple[Reason, ...]
    topic_ids: tuple[TopicId, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All the names a learner may use."""
        return (self.name, *self.aliases)

    def label(self) -> str:
        """Name and number for a list of equations."""
        return f"{self.name} (equation {self.number})" if self.number else self.name

    def to_dict(self) -> dict[str, Any]:
        """The equation as dicts, lists, texts and numbers."""
        values = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
