"""What is known about a file from elsewhere, surer than what its pages look like."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingestion.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """Title, authors and origin of a document, e.g. as arXiv has them. What is empty stays as it was read."""

    title: str = ""
    authors: str = ""
    arxiv_id: str | None = None
    """Without version."""
    year: int | None = None

    def applied_to(self, document: Document) -> Document:
        """The document with these facts in place of its own."""
        return replace(
            document,
            title=self.title or document.title,
            authors=self.authors or document.authors,
            arxiv_id=self.arxiv_id or document.arxiv_id,
            year=self.year or document.year,
        )
