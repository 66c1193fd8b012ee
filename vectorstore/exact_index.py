"""Exact nearest chunks by a matrix product over the catalogue's vectors, which are kept in memory as one matrix."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from ingestion.document import ChunkId, DocumentId
from vectorstore.catalogue import Catalogue
from vectorstore.embedder import FloatMatrix
from vectorstore.layout import Layout, Places
from vectorstore.scope import Scope

SPARSE = 8
"""Below one in so many, only the rows that are allowed are multiplied: picking them costs more than the product."""
ROOM = 1.25
"""A full matrix is made so many times larger, so that adding a document rarely copies it."""


class ExactIndex:
    """One row of the matrix for a chunk. It is read from the catalogue on first use and follows it after that."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._generation = -1
        self._embedder_name = ""
        self._layout = Layout()
        self._matrix: FloatMatrix = np.zeros((0, 0), dtype=np.float32)
        """Shape (room for chunks, dimension). Rows that are in use never change; readers go on with an old one."""

    def search(self, vector: FloatMatrix, limit: int, scope: Scope | None = None) -> list[tuple[ChunkId, float]]:
        """Nearest chunks and their cosine similarity (-1 to 1), best first; one query vector."""
        with self._lock:
            self._follow()
            layout, rows = self._layout, self._matrix[: len(self._layout.chunk_ids)]
        if rows.shape[1] != len(vector) or not len(rows):
            return []
        if scope is None:
            similarities = rows @ vector
            best = _top(similarities, limit)
            found = similarities[best]
        else:
            allowed = layout.within(scope, len(rows))
            similarities = _product(rows, vector, allowed)
            top = _top(similarities, limit)
            best, found = allowed[top], similarities[top]
        return [(layout.chunk_ids[place], value) for place, value in zip(best.tolist(), found.tolist(), strict=True)]

    def follow(self) -> None:
        """Take in what changed in the catalogue, so that the next search does not have to."""
        with self._lock:
            self._follow()

    def size(self) -> int:
        """Number of chunks that are searched."""
        with self._lock:
            self._follow()
            return len(self._layout.chunk_ids)

    def _follow(self) -> None:
        generation = self._catalogue.generation()
        if generation == self._generation:
            return
        name = self._catalogue.embedder_name() or ""
        if name != self._embedder_name:
            self._layout, self._matrix = Layout(), np.zeros((0, 0), dtype=np.float32)
            self._embedder_name = name
        stored = {summary.id: summary for summary in self._catalogue.documents()}
        stamps = {key: summary.stamp for key, summary in stored.items()}
        gone, fresh = self._layout.changes(stamps)
        if gone:
            self._layout, kept = self._layout.without(gone)
            self._matrix = self._matrix[kept]
        room = len(self._layout.chunk_ids) + sum(stored[key].chunks for key in fresh)
        for document_id in fresh:
            self._append(document_id, stamps[document_id], room)
        self._generation = generation

    def _append(self, document_id: DocumentId, stamp: str, room: int) -> None:
        """Read a document's vectors; `room` rows will be needed in all."""
        chunk_ids, vectors = self._catalogue.document_vectors(document_id, self._embedder_name)
        start, dimension = len(self._layout.chunk_ids), vectors.shape[1]
        if start == 0 and self._matrix.shape[1] != dimension:
            self._matrix = np.zeros((0, dimension), dtype=np.float32)
        if dimension != self._matrix.shape[1]:  # nothing can be compared with it
            chunk_ids, vectors = [], vectors[:0]
        end = start + len(chunk_ids)
        if end > len(self._matrix):
            larger = np.empty((max(end, room, int(len(self._matrix) * ROOM)), dimension), dtype=np.float32)
            larger[:start] = self._matrix[:start]
            self._matrix = larger
        if chunk_ids:
            self._matrix[start:end] = vectors
        self._layout.append(document_id, stamp, chunk_ids)


def _product(rows: FloatMatrix, vector: FloatMatrix, places: Places) -> FloatMatrix:
    """Similarity of the rows at the places, shape (places,)."""
    if len(places) * SPARSE < len(rows):
        return rows[places] @ vector
    similarities: FloatMatrix = rows @ vector
    return similarities[places]


def _top(values: FloatMatrix, limit: int) -> NDArray[np.intp]:
    """Places of the highest values, best first; equal ones in their order."""
    enough = len(values) > limit
    candidates = np.sort(np.argpartition(-values, limit)[:limit]) if enough else np.arange(len(values))
    return candidates[np.argsort(-values[candidates], kind="stable")]
