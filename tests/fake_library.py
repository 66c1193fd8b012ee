"""A library in memory with the methods the agent uses: passages given as (title, page, section, text)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np

from errors import DocumentNotFoundError
from ingestion.document import Chunk, ChunkId, DocumentId, Page
from vectorstore.passage import Passage


@dataclass(frozen=True)
class FakeSummary:
    id: DocumentId
    kind: str
    title: str
    authors: str
    arxiv_id: str | None
    year: int | None
    source_name: str
    pages: int
    chunks: int
    added_at: datetime
    warnings: tuple[str, ...] = ()

    def to_dict(self):
        return {**asdict(self), "added_at": self.added_at.isoformat(), "warnings": []}


class FakeEmbedder:
    """Bag of hashed words, unit length."""

    name = "fake"
    dimension = 64
    max_tokens = 256

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed(self, texts: Sequence[str], *, progress=None) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[int(hashlib.sha256(word.encode()).hexdigest(), 16) % self.dimension] += 1
            row /= np.linalg.norm(row) or 1
        return rows


def make_passage(
    text: str,
    *,
    title: str = "Attention Is All You Need",
    arxiv_id: str | None = "1706.03762",
    page: int = 3,
    start: int = 100,
    section: str = "3 Model Architecture",
    kind: str = "pdf",
) -> Passage:
    return Passage(
        chunk_id=ChunkId(hashlib.sha256(f"{title}{page}{start}{text}".encode()).hexdigest()[:24]),
        document_id=DocumentId(hashlib.sha256(title.encode()).hexdigest()[:16]),
        document_kind=kind,
        title=title,
        arxiv_id=arxiv_id,
        page_number=page,
        page_label=str(page),
        section=section,
        kind="text",
        start=start,
        end=start + len(text),
        text=text,
        position=0,
        similarity=0.5,
        keyword_score=1.0,
        score=0.9,
    )


class FakeLibrary:
    needs_reembedding = False

    def __init__(self, passages: Sequence[Passage] = ()) -> None:
        self.passages = list(passages)
        self.embedder = FakeEmbedder()
        self.queries: list[str] = []
        self.filters: list = []
        self.error: Exception | None = None

    def search(self, query, *, limit=8, document_ids=None, filters=None):
        self.queries.append(query)
        self.filters.append(filters)
        if self.error:
            raise self.error
        if filters and filters.papers:
            document_ids = [self.find_document(paper).id for paper in filters.papers]
        wanted = set(re.findall(r"\w+", query.lower()))
        found = [
            passage
            for passage in self.passages
            if (document_ids is None or passage.document_id in document_ids)
            and wanted & set(re.findall(r"\w+", f"{passage.title} {passage.text}".lower()))
        ]
        found.sort(key=lambda passage: -len(wanted & set(re.findall(r"\w+", passage.text.lower()))))
        return found[:limit]

    def emptied_by(self, filters):
        return "The library has nothing from 1999." if filters.first_year == 1999 else ""

    def documents(self):
        first = {passage.document_id: passage for passage in reversed(self.passages)}
        return [
            FakeSummary(
                id=passage.document_id,
                kind=passage.document_kind,
                title=passage.title,
                authors="A. Author",
                arxiv_id=passage.arxiv_id,
                year=2017,
                source_name="file.pdf",
                pages=15,
                chunks=1,
                added_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            for passage in first.values()
        ]

    def find_document(self, reference):
        for summary in self.documents():
            if reference in (summary.id, summary.arxiv_id) or reference.lower() in summary.title.lower():
                return summary
        raise DocumentNotFoundError(
            f'No document is called "{reference}".',
            hint="Near: " + ", ".join(summary.title for summary in self.documents()),
        )

    def page(self, document_id, number):
        text = " " * 100
        for passage in self.passages:
            if passage.document_id == document_id and passage.page_number == number:
                text = text[: passage.start].ljust(passage.start) + passage.text + text[passage.end :]
        return Page(number, f"p{number}", text, 612, 792, (), ())

    def around(self, chunk_id):
        place = next(place for place, passage in enumerate(self.passages) if passage.chunk_id == chunk_id)
        return self.passages[max(0, place - 1) : place + 2]

    def chunks(self, document_id):
        return [
            Chunk(
                id=passage.chunk_id,
                document_id=passage.document_id,
                page_number=passage.page_number,
                start=passage.start,
                end=passage.end,
                text=passage.text,
                section=passage.section,
                kind=passage.kind,
                position=position,
            )
            for position, passage in enumerate(self.passages)
            if passage.document_id == document_id
        ]


def fake_roadmap(text: str = "Phase 1: transformers") -> SimpleNamespace:
    return SimpleNamespace(describe=lambda topic: f"{topic}: {text}" if topic else text)
