"""The truth of the library: documents, pages, chunks and their vectors in one SQLite file.

Everything else in the library's folder but the copies of the files can be built again from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from errors import DocumentNotFoundError, LibraryError
from ingestion.document import Chunk, ChunkId, DocumentId, Page
from vectorstore.database import Database
from vectorstore.document_rows import (
    DOCUMENT_COLUMNS,
    REWRITE,
    DocumentRecord,
    delete_rows,
    document_row,
    drop_unused,
    insert_content,
    insert_vectors,
    not_found,
    reading_of,
    summary_of,
    text_hashes,
)
from vectorstore.embedder import FloatMatrix
from vectorstore.facts import DocumentFacts
from vectorstore.migrations import STEPS, check_version, migrate
from vectorstore.packing import (
    unpack_headings,
    unpack_vectors,
    unpack_words,
)
from vectorstore.reports import DocumentSummary

__all__ = ["Catalogue", "DocumentRecord"]

ROWS_AT_ONCE = 500
"""Most values in one SQL list."""

CHUNK_COLUMNS = 'id, document_id, page_number, start, "end", text, section, kind, position'
CHUNKS_WITH_VECTORS = "FROM chunks CROSS JOIN embeddings ON embeddings.text_hash = chunks.text_hash"
"""The cross join keeps SQLite from looking through all embeddings for a few chunks."""


class Catalogue:
    """The library's SQLite file; safe to use from several threads."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self.reopen()

    def reopen(self) -> None:
        """Open the file at the path, after another was put in its place."""
        self.database = Database(self.path, read_only=self._read_only)
        self._summaries: tuple[int, dict[Any, DocumentSummary]] = (-1, {})
        """The generation, and the summary of each row of documents as it was then."""
        try:
            with self.database.alone() as connection:
                if self._read_only:
                    _check_readable(connection)
                else:
                    migrate(connection)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self.database.close()

    # Single values

    def generation(self) -> int:
        """A number that grows with every change of documents, chunks or the embedding model."""
        return int(self.meta("generation") or 0)

    def meta(self, name: str) -> str | None:
        """The stored value of that name."""
        value = self.database.value("SELECT value FROM meta WHERE name = ?", (name,))
        return None if value is None else str(value)

    def set_meta(self, name: str, value: str) -> None:
        """Store a value."""
        with self.database.transaction() as connection:
            _set_meta(connection, name, value)

    def embedder_name(self) -> str | None:
        """Name of the embedder whose vectors are searched; None in a new library."""
        return self.meta("embedder")

    def switch_embedder(self, name: str) -> None:
        """Search with this embedder's vectors from now on, and drop all others."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM embeddings WHERE embedder <> ?", (name,))
            _set_meta(connection, "embedder", name)
            _next_generation(connection)

    # Documents

    def insert(self, record: DocumentRecord, file_name: str, *, replaces: Sequence[DocumentId] = ()) -> bool:
        """Write one document in one transaction, and remove those it replaces; False if it was there."""
        document = record.document
        with self.database.transaction() as connection:
            if connection.execute("SELECT 1 FROM documents WHERE id = ?", (document.id,)).fetchone():
                return False
            connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                document_row(record, file_name),
            )
            insert_content(connection, record)
            for document_id in replaces:
                delete_rows(connection, document_id)
            _next_generation(connection)
        return True

    def rewrite(self, record: DocumentRecord) -> None:
        """Put a new reading of a document in the place of the former one; its file and when it was added stay.

        Raises:
            DocumentNotFoundError: it is not there any more.
        """
        document = record.document
        with self.database.transaction() as connection:
            changed = connection.execute(REWRITE, {"id": document.id, **reading_of(record)}).rowcount
            if not changed:
                raise not_found(document.id)
            keys = text_hashes(connection, document.id)
            connection.execute("DELETE FROM pages WHERE document_id = ?", (document.id,))
            connection.execute("DELETE FROM chunks WHERE document_id = ?", (document.id,))
            insert_content(connection, record)
            drop_unused(connection, keys)
            _next_generation(connection)

    def facts(self, document_id: DocumentId) -> DocumentFacts:
        """What is believed about a document more than what its file says.

        Raises:
            DocumentNotFoundError: no document has this id.
        """
        stored = self.database.value("SELECT facts FROM documents WHERE id = ?", (document_id,))
        if stored is None:
            raise not_found(document_id)
        return DocumentFacts.from_json(stored)

    def delete(self, document_id: DocumentId) -> None:
        """Remove a document with its pages, chunks and the vectors nobody else uses, also from the log."""
        with self.database.transaction() as connection:
            delete_rows(connection, document_id)
            _next_generation(connection)
        with self.database.alone() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def documents(self) -> list[DocumentSummary]:
        """All documents, oldest first."""
        generation = self.generation()
        known, summaries = self._summaries
        if known != generation:
            rows = self.database.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents ORDER BY added_at, rowid")
            summaries = {row: summaries.get(row) or summary_of(row) for row in rows}
            self._summaries = (generation, summaries)
        return list(summaries.values())

    def document(self, document_id: str) -> DocumentSummary:
        """One document.

        Raises:
            DocumentNotFoundError: no document has this id.
        """
        rows = self.database.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise not_found(document_id)
        return summary_of(rows[0])

    def has(self, document_id: str) -> bool:
        """True when the document is in the library."""
        return bool(self.database.rows("SELECT 1 FROM documents WHERE id = ?", (document_id,)))

    def file_names(self) -> dict[DocumentId, str]:
        """Name of each document's copy in the folder of files."""
        return {DocumentId(row[0]): row[1] for row in self.database.rows("SELECT id, file_name FROM documents")}

    # Pages and chunks

    def page(self, document_id: DocumentId, number: int) -> Page:
        """One page with its boxes and headings.

        Raises:
            DocumentNotFoundError: the document, or the page in it, is not there.
        """
        rows = self.database.rows(
            "SELECT number, label, text, width_points, height_points, words, headings"
            " FROM pages WHERE document_id = ? AND number = ?",
            (document_id, number),
        )
        if not rows:
            summary = self.document(document_id)
            raise DocumentNotFoundError(
                f"{summary.title!r} has no page {number}.", hint=f"Its pages are 1 to {summary.pages}."
            )
        number, label, text, width, height, words, headings = rows[0]
        return Page(number, label, text, width, height, unpack_words(words), unpack_headings(headings))

    def chunks(self, document_id: DocumentId) -> list[Chunk]:
        """The document's chunks in reading order."""
        rows = self.database.rows(
            f"SELECT {CHUNK_COLUMNS} FROM chunks WHERE document_id = ? ORDER BY position", (document_id,)
        )
        return [Chunk(*row) for row in rows]

    def text_hashes(self, document_id: DocumentId) -> list[bytes]:
        """The keys of the vectors of the document's chunks, in reading order."""
        rows = self.database.rows(
            "SELECT text_hash FROM chunks WHERE document_id = ? ORDER BY position", (document_id,)
        )
        return [row[0] for row in rows]

    def chunks_by_id(self, chunk_ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        """Those of the chunks that are in the library."""
        found = self._by_list(f"SELECT {CHUNK_COLUMNS} FROM chunks WHERE id IN (%s)", chunk_ids)
        return {ChunkId(row[0]): Chunk(*row) for row in found}

    def chunk_facts(self, document_id: DocumentId) -> list[tuple[str, str]]:
        """Kind and section path of the document's chunks in reading order."""
        return self.database.rows(
            "SELECT kind, section FROM chunks WHERE document_id = ? ORDER BY position", (document_id,)
        )

    def page_labels(self, places: Sequence[tuple[DocumentId, int]]) -> dict[tuple[DocumentId, int], str]:
        """Printed label by document and page number."""
        return {
            place: str(self.database.value("SELECT label FROM pages WHERE document_id = ? AND number = ?", place))
            for place in set(places)
        }

    def chunk_ids_by_document(self) -> dict[DocumentId, tuple[str, list[ChunkId]]]:
        """When each document was added, and its chunks in reading order; oldest document first."""
        rows = self.database.rows(
            "SELECT documents.id, added_at, chunks.id FROM documents LEFT JOIN chunks ON document_id = documents.id"
            " ORDER BY added_at, documents.rowid, position"
        )
        found: dict[DocumentId, tuple[str, list[ChunkId]]] = {}
        for document_id, added_at, chunk_id in rows:
            chunk_ids = found.setdefault(DocumentId(document_id), (added_at, []))[1]
            if chunk_id is not None:
                chunk_ids.append(ChunkId(chunk_id))
        return found

    def embedded_chunks(self, embedder_name: str) -> dict[ChunkId, DocumentId]:
        """The document of every chunk that has a vector of this embedder."""
        rows = self.database.rows(
            f"SELECT chunks.id, document_id {CHUNKS_WITH_VECTORS} WHERE embedder = ?",
            (embedder_name,),
        )
        return {ChunkId(row[0]): DocumentId(row[1]) for row in rows}

    def counts(self) -> dict[str, int]:
        """Rows of documents, pages, chunks and embeddings."""
        tables = ("documents", "pages", "chunks", "embeddings")
        return {table: int(self.database.value(f"SELECT count(*) FROM {table}")) for table in tables}

    # Vectors

    def known_vectors(self, embedder_name: str, text_hashes: Sequence[bytes]) -> set[bytes]:
        """Those of the text hashes that this embedder has a vector for."""
        found = self._by_list(
            "SELECT text_hash FROM embeddings WHERE text_hash IN (%s) AND embedder = ?",
            text_hashes,
            embedder_name,
        )
        return {row[0] for row in found}

    def document_vectors(self, document_id: DocumentId, embedder_name: str) -> tuple[list[ChunkId], FloatMatrix]:
        """Chunk ids in reading order, and their vectors of shape (chunks, dimension)."""
        rows = self.database.rows(
            f"SELECT chunks.id, vector {CHUNKS_WITH_VECTORS} WHERE document_id = ? AND embedder = ? ORDER BY position",
            (document_id, embedder_name),
        )
        if not rows:
            return [], np.zeros((0, 0), dtype=np.float32)
        return [ChunkId(row[0]) for row in rows], unpack_vectors([row[1] for row in rows], len(rows[0][1]) // 4)

    def chunk_vectors(self, chunk_ids: Sequence[ChunkId], embedder_name: str) -> dict[ChunkId, FloatMatrix]:
        """Vectors, each of shape (dimension,), of those chunks that have one."""
        found = self._by_list(
            f"SELECT chunks.id, vector {CHUNKS_WITH_VECTORS} WHERE chunks.id IN (%s) AND embedder = ?",
            chunk_ids,
            embedder_name,
        )
        return {ChunkId(row[0]): np.frombuffer(row[1], dtype="<f4") for row in found}

    def store_vectors(self, embedder_name: str, vectors: Mapping[bytes, FloatMatrix]) -> None:
        """Keep vectors by text hash; known ones stay as they are."""
        with self.database.transaction() as connection:
            insert_vectors(connection, embedder_name, vectors)

    def drop_orphans(self) -> int:
        """Remove vectors that no chunk uses; returns their number."""
        with self.database.transaction() as connection:
            return connection.execute(
                "DELETE FROM embeddings WHERE text_hash NOT IN (SELECT text_hash FROM chunks)"
            ).rowcount

    def _by_list(self, sql: str, values: Sequence[Any], *more: Any) -> Iterator[Any]:
        for start in range(0, len(values), ROWS_AT_ONCE):
            window = values[start : start + ROWS_AT_ONCE]
            yield from self.database.rows(sql % ",".join("?" * len(window)), [*window, *more])


def _check_readable(connection: Any) -> None:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "migrations" not in tables:
        raise LibraryError("The library is empty.", hint="Add files with: python -m vectorstore add PATH")
    done = int(connection.execute("SELECT max(number) FROM migrations").fetchone()[0] or 0)
    check_version(done)
    if done < len(STEPS):
        raise LibraryError(
            "The library was made by an older version and is not upgraded yet.",
            hint="Close the other program that uses it and do it again.",
        )


def _set_meta(connection: Any, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def _next_generation(connection: Any) -> None:
    connection.execute(
        "INSERT INTO meta VALUES ('generation', '1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )
