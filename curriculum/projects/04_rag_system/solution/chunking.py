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
    return [match.span() for match in SENTENCE.finditer(text)]


def split_document(document: Document, *, limit_characters: int = 300) -> list[Chunk]:
    """Chunks of whole sentences, each as long as the limit allows; no text is lost.

    A sentence that is longer than the limit is cut between words. Ids are unique in all documents: "ID:START".
    """
    spans: list[tuple[int, int]] = []
    for start, end in _pieces(document.text, limit_characters):
        if spans and end - spans[-1][0] <= limit_characters:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [Chunk(f"{document.id}:{start}", document.id, start, end, document.text[start:end]) for start, end in spans]


def _pieces(text: str, limit_characters: int) -> list[tuple[int, int]]:
    """Sentences, those above the limit cut between words; a single longer word is cut inside."""
    pieces = []
    for start, end in sentence_spans(text):
        while end - start > limit_characters:
            space = text.rfind(" ", start, start + limit_characters + 1)
            cut = space if space > start else start + limit_characters
            pieces.append((start, cut))
            start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
        pieces.append((start, end))
    return pieces
