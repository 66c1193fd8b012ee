"""The bot: a short answer from one sentence, with its source, or the word that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from passages import Document, Passage

NOT_FOUND = "Not found in the documents."
_YEAR = r"\b\d{4}\b"
_QUANTITY = r"\d+(?:[.,]\d+)* [^\W\d_]+"
_NAME = r"[A-Z][^\W\d_]+(?: [A-Z][^\W\d_]+)*"


@dataclass(frozen=True)
class Answer:
    """What the bot says."""

    text: str
    """A few words that stand in the source, or NOT_FOUND."""
    source: Passage | None
    """The sentence it was taken from; None when nothing was found."""
    start: int = 0
    end: int = 0
    """`source.document.text[start:end]` is the text of the answer."""


def wanted_pattern(question: str) -> str:
    """The regular expression of what is asked for: a year, a number with its unit, or a name."""
    raise NotImplementedError("Tell a year, a quantity and a name apart.")


class QaBot:
    """Answers questions from documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        raise NotImplementedError("Cut the documents and index the passages.")

    def answer(self, question: str) -> Answer:
        """The answer from the best sentence that, with its title, holds every term of the question."""
        raise NotImplementedError("Search, test the evidence, extract.")
