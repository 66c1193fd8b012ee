"""The BM25 index: follows the catalogue document by document, kept on disk beside it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingestion.document import ChunkId
from vectorstore.catalogue import Catalogue
from vectorstore.layout import Layout
from vectorstore.scope import Scope
from vectorstore.token_table import TokenTable, TokenView

SAVED_AT_ONCE = 5_000
"""So many chunks taken in together are written at once; reading their words again would take seconds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeywordScores:
    """BM25 scores, 0 or more, of all chunks for one text."""

    layout: Layout
    """May have more chunks by now; their places are behind those of `values`."""
    values: NDArray[np.float32]
    """Shape (chunks,)."""

    def of(self, chunk_id: ChunkId) -> float:
        """The score of one chunk; 0 for an unknown one."""
        place = self.layout.places.get(chunk_id)
        return 0.0 if place is None or place >= len(self.values) else float(self.values[place])

    def best(self, count: int, scope: Scope | None = None) -> list[ChunkId]:
        """At most `count` chunks of the highest scores above 0, in no order; only of the scope."""
        end = len(self.values)
        places = np.arange(end) if scope is None else self.layout.within(scope, end)
        if len(places) > count:
            places = places[np.argpartition(-self.values[places], count)[:count]]
        return [self.layout.chunk_ids[place] for place in places.tolist() if self.values[place] > 0]


class KeywordIndex:
    """BM25 scores of all chunks. Safe to use from several threads; only new documents are tokenised."""

    def __init__(self, catalogue: Catalogue, folder: Path, *, writable: bool) -> None:
        self._catalogue = catalogue
        self._path = folder / "tokens.npz"
        self._writable = writable
        self._made_at = datetime.now(UTC)
        self._following = threading.Lock()
        """Held by who changes the table."""
        self._table: TokenTable | None = None
        self._seen: tuple[int, TokenView] = (-1, TokenTable().view())
        """The catalogue's generation, and the table as it was then."""

    def scores(self, text: str) -> KeywordScores:
        """How well every chunk fits the words of `text`."""
        view = self._view()
        return KeywordScores(view.layout, view.postings.scores(view.numbers(text)))

    def chunk_counts(self, words: Sequence[str]) -> dict[str, int]:
        """In how many chunks each word stands; a joined word counts as a whole."""
        view = self._view()
        numbers = {word: view.number(word) for word in words}
        counts = view.postings.chunk_counts
        return {word: 0 if number is None else int(counts[number]) for word, number in numbers.items()}

    def rarity(self, words: Sequence[str]) -> list[float]:
        """How rare each word is among the chunks: 0 for a stop word or one in every chunk, 1 for an unknown one.

        The inverse document frequency (Spärck Jones 1972, https://doi.org/10.1108/eb026526) over its highest value.
        A joined word that never occurs as a whole is as rare as its rarest part.
        """
        view = self._view()
        counts, total = view.postings.chunk_counts, len(view.postings.lengths)
        known = [view.forms(word) for word in words]
        return [_rarity([0 if form is None else int(counts[form]) for form in forms], total) for forms in known]

    def size(self) -> int:
        """Number of chunks in the index, brought up to date first."""
        return len(self._view().postings.lengths)

    def follow(self) -> None:
        """Take in what changed in the catalogue, so that the next search does not have to."""
        with self._following:
            self._follow()

    def forget(self) -> None:
        """Remove the file on disk, which may hold words of a deleted document."""
        with self._following:
            if self._writable:
                self._path.unlink(missing_ok=True)
            if self._table is not None:
                self._table.changed = True

    def save(self) -> None:
        """Keep the tokens on disk for the next start, if they are new; words of deleted documents are not written."""
        with self._following:
            if self._writable and self._table is not None and self._table.changed:
                self._follow()
                self._table.save(self._path)
                self._seen = (self._seen[0], self._table.view())

    def _view(self) -> TokenView:
        """The table, brought up to date unless another thread is at it just now.

        Who adds a document takes it in before the document counts as added, so nothing is missed by not waiting.
        """
        generation = self._seen[0]
        if generation != self._catalogue.generation() and self._following.acquire(blocking=generation < 0):
            try:
                self._follow()
            finally:
                self._following.release()
        return self._seen[1]

    def _follow(self) -> None:
        if self._table is None:
            loaded = TokenTable.load(self._path)
            if loaded is None and any(one.added_at < self._made_at for one in self._catalogue.documents()):
                log.info("The keyword index was missing or could not be read and is built again.")
            self._table = loaded or TokenTable()
        table, generation = self._table, self._catalogue.generation()
        if generation == self._seen[0]:
            return
        stored = {summary.id: summary for summary in self._catalogue.documents()}
        stamps = {key: f"{summary.stamp} {summary.chunks}" for key, summary in stored.items()}
        gone, fresh = table.layout.changes(stamps)
        if gone:
            table.remove(gone)
        taken = {}
        for document_id in fresh:
            chunks = self._catalogue.chunks(document_id)
            # A document deleted since the first look has no chunks any more; the next search is up to date.
            if len(chunks) == stored[document_id].chunks:
                texts = {chunk.id: f"{chunk.section} {chunk.text}" for chunk in chunks}
                taken[document_id] = (stamps[document_id], texts)
        if taken:
            table.add(taken)
        if self._writable and sum(len(texts) for _, texts in taken.values()) >= SAVED_AT_ONCE:
            table.save(self._path)
        self._seen = (generation, table.view())


def _rarity(counts: Sequence[int], total: int) -> float:
    """0 to 1 from the chunk counts of a word's forms, the whole word first."""
    if not counts:
        return 0.0
    whole, *parts = counts
    if whole == 0 and parts:
        whole = min(parts)
    return float(np.log((total + 1) / (whole + 0.5)) / np.log((total + 1) / 0.5))
