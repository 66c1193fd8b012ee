"""What is looked up: the notes, the sheets and the equations, with all that they say of papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from curriculum.equation_values import Equation
from curriculum.equations import FOLDER_NAME as EQUATIONS
from curriculum.equations import load_equations
from curriculum.front_matter import split_front_matter
from curriculum.load import load_curriculum
from curriculum.model import Paper, PaperId
from curriculum.receipts.quotes import Receipt, receipts_in
from curriculum.receipts.statements import Reference, Statement, numbers_in, references_in, unverified_in
from curriculum.sheets import FOLDER_NAME as SHEETS
from curriculum.sheets import load_sheets
from errors import CurriculumError

NOTES = "notes"
KINDS = (NOTES, SHEETS, EQUATIONS)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of ours and what it says of papers."""

    name: str
    """Kind and file name, such as "sheets/2305.18290.md"."""
    receipts: tuple[Receipt, ...]
    references: tuple[Reference, ...]
    statements: tuple[Statement, ...]

    def is_called(self, name: str) -> bool:
        """True for its kind, its whole name, its file name, or that without the ending."""
        kind, _, file_name = self.name.partition("/")
        return name in (kind, self.name, file_name, file_name.rpartition(".")[0])


def load_sources(only: str = "") -> tuple[Source, ...]:
    """All sources, or those called `only`.

    Raises:
        CurriculumError: none is called so, or a file has faults.
    """
    curriculum = load_curriculum()
    notes = [_text_source(NOTES, note.path, curriculum.papers) for note in curriculum.notes]
    sheets = [_text_source(SHEETS, sheet.path, curriculum.papers, sheet.paper_id) for sheet in load_sheets()]
    sources = (*notes, *sheets, *_equation_sources())
    chosen = tuple(source for source in sources if not only or source.is_called(only))
    if not chosen:
        raise CurriculumError(
            f"Nothing is called {only!r}.", hint=f"Name one of {', '.join(KINDS)}, or a file in there."
        )
    return chosen


def _text_source(kind: str, path: Path, papers: Sequence[Paper], paper: str = "") -> Source:
    name = f"{kind}/{path.name}"
    _, body = split_front_matter(path.read_text(encoding="utf-8"))
    return Source(
        name=name,
        receipts=tuple(receipts_in(body, name)),
        references=tuple(references_in(body, name, papers)),
        statements=tuple(unverified_in(body, name, paper)),
    )


def _equation_sources() -> list[Source]:
    by_paper: dict[PaperId, list[Equation]] = {}
    for equation in load_equations():
        by_paper.setdefault(equation.paper_id, []).append(equation)
    return [_equation_source(paper, equations) for paper, equations in by_paper.items()]


def _equation_source(paper: PaperId, equations: list[Equation]) -> Source:
    name = f"{EQUATIONS}/{paper}.toml"
    quoted = [reason for equation in equations for reason in equation.reasons if reason.quote]
    return Source(
        name=name,
        receipts=tuple(Receipt(name, paper, reason.page, reason.quote) for reason in quoted),
        references=(),
        statements=tuple(_unread(equation, name) for equation in equations if not equation.page),
    )


def _unread(equation: Equation, name: str) -> Statement:
    """An equation of a paper whose text the project has not read: all its numbers are unverified."""
    told = " ".join([equation.shows, *(symbol.meaning for symbol in equation.symbols)])
    return Statement(name, equation.paper_id, f"{equation.name}: {equation.shows}", numbers_in(told))
