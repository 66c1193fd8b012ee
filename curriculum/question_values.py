"""The frozen values of the question bank. Nothing here reads a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NewType, get_args

from curriculum.model import PaperId, TopicId

QuestionId = NewType("QuestionId", str)

Kind = Literal["choice", "several", "true-false", "short", "numeric", "code-output", "order", "cloze"]
Bloom = Literal["remember", "understand", "apply", "analyze", "evaluate", "create"]
Difficulty = Literal["easy", "medium", "hard"]
Provenance = Literal["bank", "generated"]

KINDS: tuple[Kind, ...] = get_args(Kind)
BLOOM_LEVELS: tuple[Bloom, ...] = get_args(Bloom)
"""Levels of Bloom's taxonomy, the revised one: Anderson and Krathwohl 2001, from recall to making something new."""
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)

BLANK = "____"
"""Stands in the text of a cloze item where the answer goes."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the key is written: a quote that stands on a page of a paper, or in one of our notes."""

    document: str
    """A paper's id, or the name of a note."""
    page: int | None
    """The page of the paper, from 1; None in a note, and in a paper that was not there to look it up."""
    quote: str


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from."""

    text: str
    is_right: bool
    reason: str
    """Why a wrong one is wrong, in one sentence; for a right one what makes it right, or nothing."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Body of `choice` (one right option) and `several` (one or more)."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Body of `true-false`."""

    is_true: bool
    correction: str
    """The statement put right, when it is false."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a short answer must say."""

    text: str
    """The point in one sentence."""
    phrases: tuple[str, ...]
    """Words that show the point, any one of which is enough; `a + b` asks for both."""
    quote: str
    """Where the source says so; may be empty when the receipt's quote does."""


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """Body of `short`: an answer in the learner's words, graded point by point."""

    points: tuple[Point, ...]
    model_answer: str


@dataclass(frozen=True, slots=True)
class Number:
    """Body of `numeric`: a number that the code computes again."""

    value: float
    tolerance: float
    """Largest distance from the value that still counts as right, in the same unit."""
    unit: str
    code: str
    """Prints the value, and nothing else."""
    wrong_values: tuple[tuple[float, str], ...]
    """Values that a known mistake gives, with the mistake in one sentence."""


@dataclass(frozen=True, slots=True)
class CodeOutput:
    """Body of `code-output`: what a program prints."""

    code: str
    expected: str
    options: tuple[Option, ...]
    """Empty when the learner types the output."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """Body of `order`: steps in the right order."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cloze:
    """Body of `cloze`: the prompt has one blank."""

    accepted: tuple[str, ...]
    """Every form that counts as right, the best first."""
    options: tuple[Option, ...]
    """Empty when the learner types the word."""


Body = Choices | Statement | ShortAnswer | Number | CodeOutput | Ordering | Cloze


@dataclass(frozen=True, slots=True)
class Question:
    """One item of the bank, or one that was generated and passed the same verification."""

    id: QuestionId
    kind: Kind
    topic_ids: tuple[TopicId, ...]
    paper_ids: tuple[PaperId, ...]
    bloom: Bloom
    difficulty: Difficulty
    prompt: str
    hint: str
    explanation: str
    """Why the key is right, shown after the answer."""
    receipt: Receipt
    body: Body
    provenance: Provenance = "bank"
    made_by: str = field(default="")
    """Which model or method made a generated item."""

    @property
    def options(self) -> tuple[Option, ...]:
        """The options of a body that has them, else none."""
        return self.body.options if isinstance(self.body, Choices | CodeOutput | Cloze) else ()

    @property
    def code(self) -> str:
        """The code that computes the key again; empty for items without."""
        return self.body.code if isinstance(self.body, Number | CodeOutput) else ""


def by_digest(question_id: str, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The options in an order that their text decides, so that the place of the key says nothing."""
    return tuple(sorted(options, key=lambda option: _digest(question_id, option.text)))


def shuffled_steps(question_id: str, steps: tuple[str, ...]) -> tuple[str, ...]:
    """The steps in a fixed order that is never the right one (two or more different steps)."""
    shown = tuple(sorted(steps, key=lambda step: _digest(question_id, step)))
    return shown if shown != steps else (*shown[1:], shown[0])


def key_texts(question: Question) -> Iterator[str]:
    """Every text that shows the key, for what must not stand in a prompt or hint."""
    body = question.body
    if isinstance(body, Choices):
        yield from (option.text for option in body.options if option.is_right)
    elif isinstance(body, Cloze):
        yield from body.accepted
    elif isinstance(body, CodeOutput):
        yield body.expected


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
