"""What is known about a file from elsewhere, surer than what its pages look like."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from ingestion.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """Title, authors and origin of a document, e.g. as arXiv has them. What is empty stays as it was read."""

    title: str = ""
    authors: str = ""
    arxiv_id: str | None = None
    """Without version."""
    year: int | None = None

    @classmethod
    def from_json(cls, text: str) -> DocumentFacts:
        """The facts that `to_json` wrote; unknown names are left out."""
        values = json.loads(text)
        known = {name: values[name] for name in cls.__dataclass_fields__ if values.get(name)}
        return cls(**known)

    def to_json(self) -> str:
        """Those that are known, as one line."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, ensure_ascii=False)

    def applied_to(self, document: Document) -> Document:
        """The document with these facts in place of its own."""
        return replace(
            document,
            title=self.title or document.title,
            authors=self.authors or document.authors,
            arxiv_id=self.arxiv_id or document.arxiv_id,
            year=self.year or document.year,
        )
