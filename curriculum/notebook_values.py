"""What a lesson's notebook is made of, and what a run of it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["text", "code", "exercise", "check", "solution"]

ROLE_TAGS: tuple[Role, ...] = ("exercise", "check", "solution")
"""The tags by which a cell gets its role; a cell has at most one of them."""

Variant = Literal["solutions", "stubs"]
"""Which code stands in the exercise cells of a run: ours, or the stubs that the learner starts from."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a notebook."""

    role: Role
    source: str
    identity: str
    """Unique in its notebook and the same on every reading, e.g. "check-2" or "cell-07"."""
    tags: tuple[str, ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether the cell is run."""
        return self.role != "text"


@dataclass(frozen=True, slots=True)
class Exercise:
    """A task for the learner: where to write, what is checked, and one way to do it."""

    number: int
    """From 1, in the order of the notebook."""
    title: str
    stub: str
    check: str
    solution: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What the check cell of one exercise found."""

    number: int
    title: str
    passed: bool
    message: str
    """Empty when the check passed, otherwise what it said."""


@dataclass(frozen=True, slots=True)
class NotebookOutcome:
    """What a run of a notebook found."""

    name: str
    checks: tuple[CheckOutcome, ...]
    faults: tuple[str, ...]
    """Cells other than checks that failed, or why the run ended early: a sentence each."""
    figure_count: int
    seconds: float
    """Wall clock from the start of the kernel to its end."""
    notebook: bytes
    """The executed notebook with its outputs, as an .ipynb file."""

    @property
    def passed(self) -> bool:
        """Whether every check passed and nothing else failed."""
        return bool(self.checks) and all(check.passed for check in self.checks) and not self.faults
