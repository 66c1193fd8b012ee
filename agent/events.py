"""What happens during one turn, as typed values: a door only maps them to what it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Support = Literal["supported", "partly", "unsupported", "uncited", "exempt"]
"""How a sentence stands to its passages. `exempt`: says nothing that needs a source
(a question, a heading, "not found in your library")."""


SHOWN_KINDS = frozenset(
    {"python", "arxiv", "paper_added", "equation", "exercise", "exercise_result", "plan", "comparison", "quiz", "study"}
)
"""Kinds of artifacts that a door shows as more than a line; those of passages are shown by their citations."""


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
    passages_read: int | None = None
    """How many passages the tools of the turn gave to the model; None where that was not counted."""
    cost_dollars: float | None = None
    """0 for a model on this machine; None when it is not known."""
    retries: int = 0
    """How many calls were made again because the model's server failed."""


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
class ToolProgress:
    """How far a tool that takes long has come."""

    call_id: str
    name: str
    text: str
    """One sentence, e.g. "Downloading Direct Preference Optimization: 1.2 of 3.4 MB"."""
    fraction: float | None
    """0 to 1; None when the end is not known."""


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool answered. `summary` is one line, e.g. "6 passages from 2 documents"."""

    call_id: str
    name: str
    summary: str
    seconds: float
    failed: bool
    details: dict[str, Any] = field(default_factory=dict)
    """What a door may show beside the line: the plain values of an artifact whose `kind` is one of `SHOWN_KINDS`."""


@dataclass(frozen=True, slots=True)
class ModelRetry:
    """The model's server failed before it said anything, and is asked again after a pause."""

    fault: str
    """One sentence, e.g. "Ollama does not answer." """
    seconds: float
    """The pause."""
    attempt: int
    """Which try comes after it; the first one was 1."""
    attempts: int
    """How many there are at most."""

    @property
    def text(self) -> str:
        """What a door shows while it lasts."""
        seconds = f"{self.seconds:.0f} s" if self.seconds >= 1 else "a moment"
        return f"{self.fault} Trying again in {seconds} ({self.attempt} of {self.attempts})."


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A tool call that waits for the learner's yes or no."""

    call_id: str
    name: str
    arguments: dict[str, Any]
    reason: str
    """One sentence: why it is asked."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The learner's yes or no to one call."""

    approved: bool
    arguments: dict[str, Any] | None = None
    """Arguments that the learner changed, e.g. the code of `run_python`; None to take them as they are."""


@dataclass(frozen=True, slots=True)
class ApprovalNeeded:
    """The last event of a turn that waits for the learner; `Tutor.decide` goes on with it."""

    conversation_id: str
    turn_id: str
    requests: tuple[ApprovalRequest, ...]


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


Event = (
    TurnStarted
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | ModelRetry
    | TextDelta
    | ApprovalNeeded
    | AnswerFinished
    | TurnFailed
)
