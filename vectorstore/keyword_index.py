"""The BM25 index: built from the catalogue when it is stale, its tokens kept on disk beside it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingestion.document import ChunkId, DocumentId
from vectorstore.catalogue import Catalogue
from vectorstore.keywords import keywords
from vectorstore.scope import Scope
from vectorstore.token_table import TokenTable

K1 = 1.2
B = 0.75

log = logging.getLogger(__name__)


class Layout:
    """Which chunk stands at which place of the score list."""

    def __init__(self, documents: Mapping[DocumentId, Sequence[ChunkId]]) -> None:
        self.chunk_ids = [chunk_id for ids in documents.values() for chunk_id in ids]
        self.places = {chunk_id: place for place, chunk_id in enumerate(self.chunk_ids)}
        ends = np.cumsum([0, *(len(ids) for ids in documents.values())]).tolist()
        self.ranges = {
            document_id: range(start, end)
            for document_id, start, end in zip(documents, ends[:-1], ends[1:], strict=True)
        }


@dataclass(frozen=True, slots=True)
class KeywordScores:
    """BM25 scores, 0 or more, of all chunks for one text."""

    layout: Layout
    values: NDArray[np.float32]
    """Shape (chunks,)."""

    def of(self, chunk_id: ChunkId) -> float:
        """The score of one chunk; 0 for an unknown one."""
        place = self.layout.places.get(chunk_id)
        return 0.0 if place is None else float(self.values[place])

    def best(self, count: int, scope: Scope | None = None) -> list[ChunkId]:
        """At most `count` chunks of the highest scores above 0, in no order; only of the scope."""
        if scope is None:
            places = np.arange(len(self.values))
        else:
            ranges = {document_id: self.layout.ranges.get(document_id, range(0)) for document_id in scope.masks}
            allowed = [of.start + scope.places(document_id, len(of)) for document_id, of in ranges.items()]
            places = np.concatenate([np.zeros(0, dtype=np.int64), *allowed])
        if len(places) > count:
            places = places[np.argpartition(-self.values[places], count)[:count]]
        return [self.layout.chunk_ids[place] for place in places.tolist() if self.values[place] > 0]


class KeywordIndex:
    """BM25 scores of all chunks. Safe to use from several threads.

    A change of the library costs one build at the next search; only new documents are tokenised.
    """

    def __init__(self, catalogue: Catalogue, folder: Path, *, writable: bool) -> None:
        self._catalogue = catalogue
        self._path = folder / "tokens.npz"
        self._writable = writable
        self._lock = threading.Lock()
        self._generation = -1
        self._table: TokenTable | None = None
        self._model: Any = None
        self._layout = Layout({})
        self._chunk_counts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def scores(self, text: str) -> KeywordScores:
        """How well every chunk fits the words of `text`."""
        with self._lock:
            self._refresh()
            known = [] if self._table is None else self._table.numbers(text)
            if self._model is None or not known:
                values = np.zeros(len(self._layout.chunk_ids), dtype=np.float32)
            else:
                values = self._model.get_scores_from_ids(known)
            return KeywordScores(self._layout, values)

    def chunk_counts(self, words: Sequence[str]) -> dict[str, int]:
        """In how many chunks each word stands; a joined word counts as a whole."""
        with self._lock:
            self._refresh()
            numbers = {word: None if self._table is None else self._table.number(word) for word in words}
            return {word: 0 if number is None else int(self._chunk_counts[number]) for word, number in numbers.items()}

    def rarity(self, words: Sequence[str]) -> list[float]:
        """How rare each word is among the chunks: 0 for a stop word or one in every chunk, 1 for an unknown one.

        The inverse document frequency (Spärck Jones 1972, https://doi.org/10.1108/eb026526) over its highest value.
        A joined word that never occurs as a whole is as rare as its rarest part.
        """
        with self._lock:
            self._refresh()
            counts, total = self._chunk_counts, len(self._layout.chunk_ids)
            known = [[self._table.numbers(token) if self._table else [] for token in keywords(word)] for word in words]
        return [_rarity([counts[found[0]] if found else 0 for found in tokens], total) for tokens in known]

    def size(self) -> int:
        """Number of chunks in the index, brought up to date first."""
        with self._lock:
            self._refresh()
            return len(self._layout.chunk_ids)

    def forget(self) -> None:
        """Remove the file on disk, which may hold words of a deleted document."""
        if self._writable:
            self._path.unlink(missing_ok=True)

    def save(self) -> None:
        """Keep the tokens on disk for the next start, if they are new."""
        with self._lock:
            if self._writable and self._table is not None and self._table.changed:
                self._table.save(self._path)

    def _refresh(self) -> None:
        generation = self._catalogue.generation()
        if generation == self._generation:
            return
        if self._table is None:
            self._table = TokenTable.load(self._path) or TokenTable()
        table = self._table
        stored = self._catalogue.chunk_ids_by_document()
        table.keep_only({document_id: stamp for document_id, (stamp, _) in stored.items()})
        for document_id, (stamp, _) in stored.items():
            if not table.has(document_id):
                chunks = self._catalogue.chunks(document_id)
                table.add(document_id, stamp, [f"{chunk.section} {chunk.text}" for chunk in chunks])
        # A document deleted since the first look has no chunks any more; the next search is up to date.
        whole = {key: ids for key, (_, ids) in stored.items() if table.row_count(key) == len(ids)}
        rows = table.rows(list(whole))
        self._model = _build(rows, table.word_count)
        self._chunk_counts = _chunk_counts(rows, table.word_count)
        self._layout = Layout(whole)
        self._generation = generation


def _chunk_counts(rows: Sequence[NDArray[np.int32]], words: int) -> NDArray[np.int64]:
    """In how many chunks each word occurs, shape (words,)."""
    counts = np.zeros(words, dtype=np.int64)
    for row in rows:
        counts[np.unique(row)] += 1
    return counts


def _rarity(counts: Sequence[int], total: int) -> float:
    """0 to 1 from the chunk counts of a word's forms, the whole word first."""
    if not counts:
        return 0.0
    whole, *parts = counts
    if whole == 0 and parts:
        whole = min(parts)
    return float(np.log((total + 1) / (whole + 0.5)) / np.log((total + 1) / 0.5))


def _build(rows: list[NDArray[np.int32]], words: int) -> Any:
    if not words or not any(len(row) for row in rows):
        return None
    import bm25s

    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    model.scores = model.build_index_from_ids(list(range(words)), [row.tolist() for row in rows], show_progress=False)
    return model
