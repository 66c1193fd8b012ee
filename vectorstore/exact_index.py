"""Exact nearest chunks by a matrix product over the catalogue's vectors.

It answers filtered searches, read-only libraries, and all searches while Chroma is not ready.
100,000 chunks take about 12 ms.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.document import ChunkId, DocumentId
from vectorstore.catalogue import Catalogue
from vectorstore.embedder import FloatMatrix
from vectorstore.scope import Scope


@dataclass(frozen=True, slots=True)
class Block:
    """Vectors of one document; they never change while its `stamp` stays."""

    stamp: str
    chunk_ids: list[ChunkId]
    vectors: FloatMatrix
    """Shape (chunks, dimension)."""


class ExactIndex:
    """Vectors in memory, one block a document, read from the catalogue on first use."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._blocks: dict[DocumentId, Block] = {}
        self._generation = -1

    def search(self, vector: FloatMatrix, limit: int, scope: Scope | None = None) -> list[tuple[ChunkId, float]]:
        """Nearest chunks and their cosine similarity (-1 to 1), best first; one query vector."""
        blocks = {key: block for key, block in self._current(scope).items() if block.vectors.shape[1] == len(vector)}
        if not blocks:
            return []
        similarities = np.concatenate([block.vectors @ vector for block in blocks.values()])
        starts = np.cumsum([0] + [len(block.chunk_ids) for block in blocks.values()])
        if scope is None:
            best = _top(similarities, limit)
        else:
            allowed = _places(blocks, starts, scope)
            best = allowed[_top(similarities[allowed], limit)]
        owners = np.searchsorted(starts, best, side="right") - 1
        listed = list(blocks.values())
        return [
            (listed[owner].chunk_ids[place - starts[owner]], float(similarities[place]))
            for place, owner in zip(best.tolist(), owners.tolist(), strict=True)
        ]

    def _current(self, scope: Scope | None) -> dict[DocumentId, Block]:
        with self._lock:
            generation = self._catalogue.generation()
            if generation != self._generation:
                self._refresh()
                self._generation = generation
            if scope is None:
                return self._blocks
            return {
                document_id: self._blocks[document_id] for document_id in scope.masks if document_id in self._blocks
            }

    def _refresh(self) -> None:
        embedder_name = self._catalogue.embedder_name() or ""
        blocks: dict[DocumentId, Block] = {}
        for summary in self._catalogue.documents():
            stamp = f"{embedder_name} {summary.added_at.isoformat()}"
            known = self._blocks.get(summary.id)
            if known is None or known.stamp != stamp:
                known = Block(stamp, *self._catalogue.document_vectors(summary.id, embedder_name))
            blocks[summary.id] = known
        self._blocks = blocks


def _places(blocks: Mapping[DocumentId, Block], starts: NDArray[np.int64], scope: Scope) -> NDArray[np.int64]:
    """Places of the chunks that the scope allows, among the chunks of all blocks."""
    return np.concatenate(
        [
            start + scope.places(document_id, len(block.chunk_ids))
            for start, (document_id, block) in zip(starts.tolist(), blocks.items(), strict=False)
        ]
    )


def _top(values: FloatMatrix, limit: int) -> NDArray[np.intp]:
    """Places of the highest values, best first; equal ones in their order."""
    enough = len(values) > limit
    candidates = np.sort(np.argpartition(-values, limit)[:limit]) if enough else np.arange(len(values))
    return candidates[np.argsort(-values[candidates], kind="stable")]
