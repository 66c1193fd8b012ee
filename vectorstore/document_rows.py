"""A document as rows of the catalogue's tables: what is written for it, changed by another reading, and removed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from errors import DocumentNotFoundError
from ingestion.document import Chunk, Document, DocumentId, Page
from ingestion.reader_version import READER_VERSIONS
from vectorstore.embedder import FloatMatrix
from vectorstore.facts import DocumentFacts
from vectorstore.packing import pack_headings, pack_vector, pack_words
from vectorstore.reports import DocumentSummary

DOCUMENT_FIELDS = tuple(DocumentSummary.__dataclass_fields__)
DOCUMENT_COLUMNS = (
    "id, kind, title, authors, arxiv_id, year, source_name, page_count, chunk_count, added_at, warnings,"
    " reader_version, read_at"
)
NO_FACTS = DocumentFacts()

REWRITE = (
    "UPDATE documents SET title = :title, authors = :authors, arxiv_id = :arxiv_id, year = :year, warnings = :warnings,"
    " page_count = :page_count, chunk_count = :chunk_count, reader_version = :reader_version, read_at = :read_at"
    " WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """All that one transaction writes for a document."""

    document: Document
    chunks: Sequence[Chunk]
    text_hashes: Sequence[bytes]
    """Key of each chunk's embedding, in the chunks' order."""
    vectors: Mapping[bytes, FloatMatrix]
    """Vectors by text hash, for those that may not be in the catalogue yet."""
    embedder_name: str
    facts: DocumentFacts = NO_FACTS
    """What was believed more than the file; kept for when it is read again."""


def not_found(document_id: str) -> DocumentNotFoundError:
    """The error for an id that no document has."""
    return DocumentNotFoundError(
        f"No document in the library has the id {document_id!r}.",
        hint="List them with: python -m vectorstore list",
    )


def delete_rows(connection: Any, document_id: DocumentId) -> None:
    """Remove a document with its pages, chunks and the vectors nobody else uses."""
    keys = text_hashes(connection, document_id)
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    drop_unused(connection, keys)


def text_hashes(connection: Any, document_id: DocumentId) -> list[Any]:
    """One row for each embedded text of a document."""
    rows: list[Any] = connection.execute(
        "SELECT DISTINCT text_hash FROM chunks WHERE document_id = ?", (document_id,)
    ).fetchall()
    return rows


def drop_unused(connection: Any, keys: Sequence[Any]) -> None:
    """Remove those of the vectors that no chunk uses any more."""
    connection.executemany(
        "DELETE FROM embeddings WHERE text_hash = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE text_hash = ?1)",
        keys,
    )


def insert_content(connection: Any, record: DocumentRecord) -> None:
    """Pages, chunks and vectors."""
    document_id = record.document.id
    connection.executemany(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (_page_row(document_id, page) for page in record.document.pages),
    )
    connection.executemany(
        "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_chunk_row(chunk, key) for chunk, key in zip(record.chunks, record.text_hashes, strict=True)),
    )
    insert_vectors(connection, record.embedder_name, record.vectors)


def insert_vectors(connection: Any, embedder_name: str, vectors: Mapping[bytes, FloatMatrix]) -> None:
    """Keep vectors by text hash; known ones stay as they are."""
    connection.executemany(
        "INSERT OR IGNORE INTO embeddings (embedder, text_hash, vector) VALUES (?, ?, ?)",
        ((embedder_name, key, pack_vector(vector)) for key, vector in vectors.items()),
    )


def document_row(record: DocumentRecord, file_name: str) -> tuple[Any, ...]:
    """All columns of a new document, in the table's order."""
    document, reading = record.document, reading_of(record)
    return (
        document.id,
        document.kind,
        *(reading[name] for name in ("title", "authors", "arxiv_id", "year")),
        document.source_name,
        document.sha256,
        reading["warnings"],
        file_name,
        *(reading[name] for name in ("page_count", "chunk_count", "read_at", "reader_version", "read_at")),
        record.facts.to_json(),
    )


def reading_of(record: DocumentRecord) -> dict[str, Any]:
    """The columns of a document that another reading may change."""
    document = record.document
    return {
        "title": document.title,
        "authors": document.authors,
        "arxiv_id": document.arxiv_id,
        "year": document.year,
        "warnings": json.dumps(document.warnings),
        "page_count": len(document.pages),
        "chunk_count": len(record.chunks),
        "reader_version": READER_VERSIONS[document.kind],
        "read_at": datetime.now(UTC).isoformat(),
    }


def _page_row(document_id: DocumentId, page: Page) -> tuple[Any, ...]:
    packed = (pack_words(page.words), pack_headings(page.headings))
    return (document_id, page.number, page.label, page.text, page.width_points, page.height_points, *packed)


def _chunk_row(chunk: Chunk, text_hash: bytes) -> tuple[Any, ...]:
    return (
        chunk.id,
        chunk.document_id,
        chunk.position,
        chunk.page_number,
        chunk.start,
        chunk.end,
        chunk.text,
        chunk.section,
        chunk.kind,
        text_hash,
    )


def summary_of(row: Any) -> DocumentSummary:
    """The document in a row of `DOCUMENT_COLUMNS`."""
    values = dict(zip(DOCUMENT_FIELDS, row, strict=True))
    times = {name: datetime.fromisoformat(values[name]) for name in ("added_at", "read_at")}
    return DocumentSummary(**{**values, **times, "warnings": tuple(json.loads(values["warnings"]))})
