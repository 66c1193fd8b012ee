"""What a project of the roadmap is made of, and what a check of the learner's work found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SECTIONS = (
    "Goal",
    "Why it matters",
    "Milestones",
    "What is checked",
    "Hints",
    "Going further",
    "Reading",
)
"""The titles of every brief's sections, in this order."""


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """One check of a project, as its file names it."""

    name: str
    """The name of its function, e.g. "check_saves_and_loads"."""
    title: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A planted fault in our solution, to see that a check finds it."""

    file: str
    old: str
    """Text that stands once in the solution's file."""
    new: str
    check: str
    """The name of the check that must fail."""
    says: str
    """A regular expression that the check's sentence must match."""


@dataclass(frozen=True, slots=True)
class ProjectGuide:
    """Everything that ships for one project of the roadmap."""

    number: int
    name: str
    """The name of its folder, e.g. "04_rag_system"."""
    title: str
    path: Path
    brief: str
    """What the learner reads first, in Markdown."""
    sections: tuple[tuple[str, str], ...]
    """The brief cut at its headings: title and text of each section."""
    files: tuple[str, ...]
    """The files the learner starts from; the learner's folder must hold them all."""
    checks: tuple[ProjectCheck, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def starter(self) -> Path:
        """The folder the learner's copy is made from."""
        return self.path / "starter"

    @property
    def solution(self) -> Path:
        """The same files, solved."""
        return self.path / "solution"

    @property
    def check_file(self) -> Path:
        """The file with the checks."""
        return self.path / "check.py"


@dataclass(frozen=True, slots=True)
class ProjectCheckOutcome:
    """What one check of the learner's project found."""

    name: str
    title: str
    passed: bool
    message: str
    """Empty when the check passed, otherwise one sentence: what was seen, what was expected, what to do next."""
    seconds: float
    trace: tuple[str, ...] = ()
    """Where in the learner's files it went wrong, innermost last; empty when their code ran."""


@dataclass(frozen=True, slots=True)
class ProjectOutcome:
    """What a check of the learner's project found."""

    number: int
    name: str
    title: str
    checks: tuple[ProjectCheckOutcome, ...]
    seconds: float
    """Wall clock of the whole check, its processes' start and end included."""
    output: str = ""
    """The end of what the learner's code printed."""

    @property
    def passed_count(self) -> int:
        """How many checks passed."""
        return sum(check.passed for check in self.checks)

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return bool(self.checks) and self.passed_count == len(self.checks)
