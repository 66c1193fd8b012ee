"""BM25 from postings that grow: scores are computed when they are asked for, so nothing is built again for a new chunk.

The formula is the one of Lucene (Kamphuis et al. 2020, https://doi.org/10.1007/978-3-030-45442-5_4), which bm25s calls
`lucene`. That package computes the scores of every word and chunk beforehand; they all hold the number of chunks and
their mean length, so one more chunk means computing all of them again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vectorstore.layout import Places

K1 = 1.2
B = 0.75

Keys = NDArray[np.int64]
"""One number for a word in a chunk, ascending: word << 40 | place << 12 | how often it occurs there."""

WORD_SHIFT, PLACE_SHIFT = 40, 12
PLACE_MASK = (1 << (WORD_SHIFT - PLACE_SHIFT)) - 1
MOST_OFTEN = (1 << PLACE_SHIFT) - 1
"""More repeats of a word in one chunk are not counted; they change nothing any more."""


def make_keys(rows: Sequence[NDArray[np.int32]], first_place: int) -> Keys:
    """The keys of chunks from `first_place` on, each given as the numbers of its words with repeats."""
    words = np.concatenate([np.zeros(0, dtype=np.int32), *rows]).astype(np.int64)
    places = np.repeat(np.arange(first_place, first_place + len(rows)), [len(row) for row in rows])
    pairs, counts = np.unique(words << (WORD_SHIFT - PLACE_SHIFT) | places, return_counts=True)
    keys: Keys = pairs << PLACE_SHIFT | np.minimum(counts, MOST_OFTEN)
    return keys


class Postings:
    """Which words occur how often in which chunks. A change makes another object; readers keep theirs."""

    def __init__(self, segments: Sequence[Keys], lengths: NDArray[np.int32], chunk_counts: NDArray[np.int64]) -> None:
        self.segments = tuple(segments)
        """Each at least twice as long as the next, so that a few are searched and little is merged."""
        self.lengths = lengths
        """Words of each chunk, shape (chunks,)."""
        self.chunk_counts = chunk_counts
        """In how many chunks each word occurs, shape (words,)."""
        mean = float(lengths.mean()) if len(lengths) and lengths.any() else 1.0
        self._damping = (K1 * (1 - B + B * lengths / mean)).astype(np.float32)

    @classmethod
    def empty(cls) -> Postings:
        """Nothing in it."""
        return cls((), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))

    def with_rows(self, rows: Sequence[NDArray[np.int32]], word_count: int) -> Postings:
        """These chunks behind the ones that are there; `word_count` words are known by now."""
        keys = make_keys(rows, len(self.lengths))
        counts = np.bincount(keys >> WORD_SHIFT, minlength=word_count)
        counts[: len(self.chunk_counts)] += self.chunk_counts
        segments = [*self.segments, keys] if len(keys) else list(self.segments)
        while len(segments) > 1 and len(segments[-2]) < 2 * len(segments[-1]):
            # Two ascending runs: the stable sort merges them in one pass.
            segments[-2:] = [np.sort(np.concatenate(segments[-2:]), kind="stable")]
        lengths = np.array([len(row) for row in rows], dtype=np.int32)
        return Postings(segments, np.concatenate([self.lengths, lengths]), counts)

    def only(self, kept: Places) -> Postings:
        """What is left when only these places stay, in their order."""
        fresh = np.full(len(self.lengths), -1, dtype=np.int64)
        fresh[kept] = np.arange(len(kept))
        segments = [_moved(keys, fresh) for keys in self.segments]
        counts = np.zeros_like(self.chunk_counts)
        for keys in segments:
            counts += np.bincount(keys >> WORD_SHIFT, minlength=len(counts))
        return Postings([keys for keys in segments if len(keys)], self.lengths[kept], counts)

    def renumbered(self, used: NDArray[np.int64]) -> Postings:
        """The words of the numbers `used`, which are all that occur, numbered anew in their order."""
        fresh = np.zeros(len(self.chunk_counts), dtype=np.int64)
        fresh[used] = np.arange(len(used))
        low = (1 << WORD_SHIFT) - 1
        segments = [fresh[keys >> WORD_SHIFT] << WORD_SHIFT | keys & low for keys in self.segments]
        return Postings(segments, self.lengths, self.chunk_counts[used])

    def scores(self, words: Sequence[int]) -> NDArray[np.float32]:
        """BM25 score of every chunk for these words, repeats counted, shape (chunks,)."""
        values = np.zeros(len(self.lengths), dtype=np.float32)
        for word, repeats in Counter(words).items():
            count = int(self.chunk_counts[word])
            rarity = repeats * np.log(1 + (len(self.lengths) - count + 0.5) / (count + 0.5))
            for keys in self.segments:
                start, end = np.searchsorted(keys, [word << WORD_SHIFT, (word + 1) << WORD_SHIFT])
                found = keys[start:end]
                places, times = found >> PLACE_SHIFT & PLACE_MASK, (found & MOST_OFTEN).astype(np.float32)
                values[places] += np.float32(rarity) * times / (times + self._damping[places])
        return values


def _moved(keys: Keys, fresh: NDArray[np.int64]) -> Keys:
    """The keys at their new places; those whose place is -1 are dropped. The order stays."""
    places = fresh[keys >> PLACE_SHIFT & PLACE_MASK]
    stays = places >= 0
    kept, places = keys[stays], places[stays]
    moved: Keys = kept & ~(PLACE_MASK << PLACE_SHIFT) | places << PLACE_SHIFT
    return moved
