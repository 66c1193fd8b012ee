"""What a file becomes: a document of pages, and the chunks that are searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, NewType

DocumentId = NewType("DocumentId", str)
"""First 16 hex digits of the SHA-256 of the file's bytes: a renamed file keeps its id."""

ChunkId = NewType("ChunkId", str)
"""24 hex digits of a SHA-256 over document id, page, span and text."""

DocumentKind = Literal["pdf", "markdown", "notebook", "html", "text"]
ChunkKind = Literal["text", "caption", "table", "equation", "reference", "code"]
"""What most of a chunk is; `equation` is prose of a PDF around a displayed equation, whose symbols its text garbles."""
PROSE_KINDS: frozenset[ChunkKind] = frozenset({"text", "equation"})


class Box(NamedTuple):
    """A rectangle on a page: PDF points (1/72 inch), origin top left, y grows downwards.

    A tuple, as a document has one for each word and a frozen dataclass takes three times as long to make.
    """

    left: float
    top: float
    right: float
    bottom: float


class WordBox(NamedTuple):
    """Where the characters `start` to `end` (exclusive) of a page's text stand on the page."""

    start: int
    end: int
    box: Box


@dataclass(frozen=True, slots=True)
class Heading:
    """A section title that begins at character `start` of its page; level 1 is the highest."""

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of clean text. Notes, notebooks and HTML have a single page and no word boxes."""

    number: int
    """1-based physical page number."""
    label: str
    """The printed page label, e.g. "iv"; the number as text where there is none."""
    text: str
    """Clean text. Every span in the project is a range of characters of this string."""
    width_points: float
    height_points: float
    words: tuple[WordBox, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: what it is and its pages."""

    id: DocumentId
    kind: DocumentKind
    title: str
    authors: str
    arxiv_id: str | None
    """Without version, e.g. "1706.03762"; None for anything that is not an arXiv paper."""
    year: int | None
    source_name: str
    """The file's name without its folder."""
    sha256: str
    pages: tuple[Page, ...]
    warnings: tuple[str, ...]
    """One sentence for each thing the reader should know, e.g. pages without text."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is searched and cited: characters `start` to `end` of one page."""

    id: ChunkId
    document_id: DocumentId
    page_number: int
    start: int
    end: int
    text: str
    """Exactly `page.text[start:end]`."""
    section: str
    """Section path, e.g. "3 Model Architecture > 3.2 Attention"; empty when unknown."""
    kind: ChunkKind
    position: int
    """0-based place in the document: neighbours differ by one."""
