"""What happens during one turn, as typed values: a door only maps them to what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Support = Literal["supported", "partly", "unsupported", "uncited", "exempt"]
"""How a sentence stands to its passages. `exempt`: says nothing that needs a source
(a question, a heading, "not found in your library")."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A number in the answer and the exact span of the page it stands for."""

    number: int
    document_id: str
    title: str
    arxiv_id: str | None
    page_number: int
    page_label: str
    section: str
    chunk_id: str
    start: int
    """First character of the quote in the page's clean text."""
    end: int
    """Past the last character of the quote."""
    quote: str
    """Exactly `page.text[start:end]`."""
    supported: Support
    """The best verdict among the sentences that cite it."""
    sentences: tuple[int, ...] = ()
    """Places in `Answer.sentences` of those that cite this span; a number has a citation for each of its spans."""


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """One sentence of the answer, where it stands there, and whether its passages carry it."""

    start: int
    end: int
    text: str
    numbers: tuple[int, ...]
    support: Support
    score: float
    """0 (nothing of it is in the passages) to 1 (all of it)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer with its receipts."""

    text: str
    sentences: tuple[SentenceCheck, ...]
    citations: tuple[Citation, ...]
    refused: bool
    """True when the answer says that the library does not hold it."""
    model: str
    seconds: float
    first_token_seconds: float
    input_tokens: int | None = None
    output_tokens: int | None = None
    notices: tuple[str, ...] = ()
    """What the learner should know, e.g. what was dropped because the context was full."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The question was taken."""

    conversation_id: str
    turn_id: str
    model: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """The model called a tool."""

    call_id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool answered. `summary` is one line, e.g. "6 passages from 2 documents"."""

    call_id: str
    name: str
    summary: str
    seconds: float
    failed: bool


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """The turn is over and stored."""

    conversation_id: str
    turn_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn ended without an answer; the conversation can go on."""

    message: str
    hint: str


Event = TurnStarted | ToolStarted | ToolFinished | TextDelta | AnswerFinished | TurnFailed
