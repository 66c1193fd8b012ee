"""A search result: a chunk, where it stands, and how well it fits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ingestion.document import Chunk, ChunkId, ChunkKind, DocumentId, DocumentKind

if TYPE_CHECKING:
    from vectorstore.reports import DocumentSummary


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

    @classmethod
    def of(
        cls,
        chunk: Chunk,
        document: DocumentSummary,
        page_label: str,
        *,
        similarity: float = 0.0,
        keyword_score: float = 0.0,
        score: float = 0.0,
    ) -> Passage:
        """The passage of a chunk and its document; the scores stay 0 where it was read and not searched for."""
        return cls(
            chunk_id=chunk.id,
            document_id=document.id,
            document_kind=document.kind,
            title=document.title,
            arxiv_id=document.arxiv_id,
            page_number=chunk.page_number,
            page_label=page_label,
            section=chunk.section,
            kind=chunk.kind,
            start=chunk.start,
            end=chunk.end,
            text=chunk.text,
            position=chunk.position,
            similarity=similarity,
            keyword_score=keyword_score,
            score=score,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for messages."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Passage:
        """The passage that `to_dict` wrote."""
        return cls(**values)
