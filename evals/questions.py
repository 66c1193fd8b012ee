"""The questions with known answers: what is asked, where the answer stands, how it is recognised."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from errors import StudyError

Item = TypeVar("Item")
Split = Literal["bar", "dev"]
"""`dev` may be looked at while building; `bar` is only measured."""

DEFAULT_FILE = Path(__file__).parent / "data" / "questions.toml"


class PageReference(NamedTuple):
    """A page of a document: file name without ending, and physical 1-based page number."""

    document: str
    page: int

    def __str__(self) -> str:
        """As written in the data: "1706.03762#5"."""
        return f"{self.document}#{self.page}"

    @classmethod
    def of(cls, text: str) -> PageReference:
        """The page that is written as "1706.03762#5".

        Raises:
            ValueError: it is written in another way.
        """
        document, _, number = text.rpartition("#")
        if not document or int(number) < 1:
            raise ValueError(f"{text!r} is not document#page")
        return cls(document, int(number))


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the papers answer."""

    id: str
    split: Split
    kind: str
    question: str
    pages: tuple[PageReference, ...]
    """Every page that states the fact; the evidence stands on the first."""
    fact: tuple[str, ...]
    """Regular expressions; the text of a right answer matches one."""
    evidence: str
    """A quote of the first page."""


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """A question that no paper answers: the right reply is a refusal."""

    id: str
    split: Split
    kind: str
    question: str
    absent: tuple[str, ...]
    """Regular expressions that hit nowhere in the papers."""
    absent_in: str
    """The one document that `absent` speaks of; empty for all."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Answerable and unanswerable questions, in the order of the file."""

    answerable: tuple[Question, ...]
    unanswerable: tuple[Unanswerable, ...]

    def of_split(self, split: Split | None) -> QuestionSet:
        """The questions of one split; all when `split` is None."""
        return QuestionSet(
            tuple(item for item in self.answerable if split in (None, item.split)),
            tuple(item for item in self.unanswerable if split in (None, item.split)),
        )

    def __len__(self) -> int:
        """How many questions there are in all."""
        return len(self.answerable) + len(self.unanswerable)


def load_questions(path: Path = DEFAULT_FILE) -> QuestionSet:
    """The questions of a TOML file.

    Raises:
        StudyError: all faults of the file in one message.
    """
    faults: list[str] = []
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise StudyError(f"{path.name} cannot be read: {fault}.", hint="Check the file's TOML.") from fault
    answerable = _read_all(data.get("question", []), _read_question, faults)
    unanswerable = _read_all(data.get("unanswerable", []), _read_unanswerable, faults)
    ids = [question.id for question in answerable] + [question.id for question in unanswerable]
    faults += [f"id {name!r} is used twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    if faults:
        raise StudyError(f"{path.name} has faults: {'; '.join(faults)}.", hint="Correct the named entries.")
    return QuestionSet(tuple(answerable), tuple(unanswerable))


def _read_all(
    entries: Iterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], Item], faults: list[str]
) -> list[Item]:
    items = []
    for entry in entries:
        try:
            items.append(read(entry))
        except (KeyError, ValueError, re.error) as fault:
            faults.append(f"{entry.get('id', 'an entry without id')}: {type(fault).__name__} {fault}")
    return items


def _read_question(entry: Mapping[str, Any]) -> Question:
    pages = tuple(PageReference.of(text) for text in entry["pages"])
    if not pages:
        raise ValueError("no page is given")
    return Question(
        id=entry["id"],
        split=_read_split(entry["split"]),
        kind=entry["kind"],
        question=entry["question"],
        pages=pages,
        fact=_read_patterns(entry["fact"]),
        evidence=entry["evidence"],
    )


def _read_unanswerable(entry: Mapping[str, Any]) -> Unanswerable:
    return Unanswerable(
        id=entry["id"],
        split=_read_split(entry["split"]),
        kind=entry["kind"],
        question=entry["question"],
        absent=_read_patterns(entry["absent"]),
        absent_in=entry.get("absent_in", ""),
    )


def _read_split(text: str) -> Split:
    if text == "bar":
        return "bar"
    if text == "dev":
        return "dev"
    raise ValueError(f"{text!r} is not a split")


def _read_patterns(patterns: Iterable[str]) -> tuple[str, ...]:
    texts = tuple(patterns)
    if not texts:
        raise ValueError("no pattern is given")
    for text in texts:
        re.compile(text)
    return texts
