"""Documents, and the sentences they are cut into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A text to answer from."""

    name: str
    title: str
    """What the text is about; its sentences may say "it" for it."""
    text: str


@dataclass(frozen=True)
class Passage:
    """One sentence; `document.text[start:end]` is its text."""

    document: Document
    start: int
    end: int

    @property
    def text(self) -> str:
        """The sentence, exactly as it stands in the document."""
        return self.document.text[self.start : self.end]


def split_document(document: Document) -> list[Passage]:
    """The sentences of a document in order, without white space around them.

    A sentence ends with ".", "!" or "?" before white space or the end of the text, so 3.5 is not cut.
    """
    raise NotImplementedError("Find where each sentence begins and ends.")
