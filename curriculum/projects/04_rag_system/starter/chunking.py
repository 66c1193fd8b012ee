"""Documents and the passages they are cut into. A passage is always a span of its document's text."""

from __future__ import annotations

import re
from dataclasses import dataclass

SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True)
class Document:
    """A text that questions are answered from."""

    id: str
    text: str


@dataclass(frozen=True)
class Chunk:
    """A passage: `text` is exactly `document.text[start:end]`."""

    id: str
    document_id: str
    start: int
    end: int
    text: str


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, in order, without the white space between them.

    A sentence ends at `.`, `!` or `?` before white space or the end of the text.
    """
    raise NotImplementedError


def split_document(document: Document, *, limit_characters: int = 300) -> list[Chunk]:
    """Chunks of whole sentences, each as long as the limit allows; no text is lost.

    A sentence that is longer than the limit is cut between words. Ids are unique in all documents: "ID:START".
    """
    raise NotImplementedError
