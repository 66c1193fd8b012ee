"""A search result: a chunk, where it stands, and how well it fits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ingestion.document import ChunkId, ChunkKind, DocumentId, DocumentKind


@dataclass(frozen=True, slots=True)
class Passage:
    """One found chunk. `text` is exactly characters `start` to `end` of the page's clean text."""

    chunk_id: ChunkId
    document_id: DocumentId
    document_kind: DocumentKind
    title: str
    arxiv_id: str | None
    page_number: int
    page_label: str
    section: str
    kind: ChunkKind
    start: int
    end: int
    text: str
    position: int
    similarity: float
    """Cosine similarity of query and chunk, -1 to 1 (higher is nearer)."""
    keyword_score: float
    """BM25 score, 0 or more; 0 when no query word occurs."""
    score: float
    """The fused score the results are ordered by, 0 to about 1."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for messages."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Passage:
        """The passage that `to_dict` wrote."""
        return cls(**values)
