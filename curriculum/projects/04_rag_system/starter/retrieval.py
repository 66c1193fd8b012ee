"""Two ways to find passages, by words and by parts of words, and how their results are fused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSION = 2048
"""Length of the vectors: n-grams are hashed into so many places."""


def words(text: str) -> list[str]:
    """The words and numbers of a text in lower case, in order."""
    return re.findall(r"[a-z0-9]+", text.lower())


class KeywordIndex:
    """BM25 over a list of texts.

    The idf of a word in n of N texts is ln(1 + (N - n + 0.5) / (n + 0.5)). A word that occurs f times in a text of
    length L (mean length M) brings idf * f * (k1 + 1) / (f + k1 * (1 - b + b * L / M)), with k1 = 1.5 and b = 0.75.
    A word that the query has twice counts once.
    """

    def __init__(self, texts: Sequence[str], *, k1: float = 1.5, b: float = 0.75) -> None:
        self.counts = [Counter(words(text)) for text in texts]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.texts_with = Counter(word for count in self.counts for word in count)
        self.k1, self.b = k1, b

    def scores(self, query: str) -> NDArray[np.float64]:
        """The BM25 score of each text, shape (texts,), 0 where no word is shared."""
        raise NotImplementedError


def ngrams(text: str, sizes: Sequence[int] = (3, 4, 5)) -> list[str]:
    """The pieces of each word, with a space before and after it: "cat" gives " ca", "cat", "at ", " cat", …

    They are what "tokenise" and "tokenisation" have in common, and a misspelt name and the right one.
    """
    raise NotImplementedError


class VectorIndex:
    """Vectors of hashed n-grams, weighted by how rare each place is, of length 1."""

    def __init__(self, texts: Sequence[str]) -> None:
        raise NotImplementedError

    def embed(self, text: str) -> NDArray[np.float64]:
        """The vector of a text, shape (DIMENSION,), length 1; all zeros for a text without words.

        The same text has the same vector in each process: Python's own `hash` of a text does not.
        """
        raise NotImplementedError

    def similarities(self, query: str) -> NDArray[np.float64]:
        """The cosine similarity of each text with the query, shape (texts,), from 0 to 1."""
        raise NotImplementedError


def fuse(rankings: Sequence[Sequence[str]], *, k: int = 60) -> list[str]:
    """All ids of the rankings, best first, by reciprocal rank fusion: the sum of 1 / (k + rank), ranks from 1.

    Ids with equal sums keep the order in which they first appear.
    """
    raise NotImplementedError
