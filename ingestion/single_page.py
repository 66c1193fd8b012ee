"""Documents without pages of their own: notes, notebooks, web pages and plain text."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from errors import EmptyDocumentError
from ingestion.document import Document, DocumentId, DocumentKind, Heading, Page


@dataclass
class PageText:
    """Text under construction with the places of its section titles."""

    blocks: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    length: int = 0

    def add(self, block: str) -> None:
        """Append a paragraph; blank ones are left out."""
        block = unicodedata.normalize("NFC", block).strip("\n").rstrip()
        if not block.strip():
            return
        if self.blocks:
            self.length += 2
        self.blocks.append(block)
        self.length += len(block)

    def add_heading(self, level: int, title: str) -> None:
        """Append a section title as a paragraph of its own."""
        title = unicodedata.normalize("NFC", " ".join(title.split()))
        if title:
            start = self.length + 2 if self.blocks else 0
            self.add(title)
            self.headings.append(Heading(start, level, title))

    @property
    def text(self) -> str:
        """All paragraphs, a blank line between them."""
        return "\n\n".join(self.blocks)

    @property
    def first_title(self) -> str:
        """The first title of the highest level, empty when there is none."""
        return min(self.headings, key=lambda heading: heading.level).title if self.headings else ""


def single_page_document(
    path: Path,
    content: bytes,
    kind: DocumentKind,
    page_text: PageText,
    *,
    title: str = "",
    authors: str = "",
    warnings: Sequence[str] = (),
) -> Document:
    """The document of one page that `page_text` holds.

    Raises:
        EmptyDocumentError: there is no text.
    """
    text = page_text.text
    if not text.strip():
        raise EmptyDocumentError(f"{path.name} has no text.", hint="Check that it is the file you meant.")
    digest = hashlib.sha256(content).hexdigest()
    page = Page(1, "1", text, 0.0, 0.0, (), tuple(page_text.headings))
    return Document(
        id=DocumentId(digest[:16]),
        kind=kind,
        title=(title or page_text.first_title or path.stem.replace("_", " "))[:300],
        authors=authors,
        arxiv_id=None,
        year=None,
        source_name=path.name,
        sha256=digest,
        pages=(page,),
        warnings=tuple(warnings),
    )
