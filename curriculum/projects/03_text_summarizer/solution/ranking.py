"""Which sentences are central: those that many others resemble, the more so the more central the others are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from sentences import content_words

DAMPING = 0.85
"""Share of a sentence's importance that comes from those that resemble it; the rest is the same for all."""


def similarity_matrix(sentences: Sequence[str]) -> np.ndarray:
    """The cosine of each pair of sentences: (sentences, sentences), 0 to 1, zeros on the diagonal.

    A sentence is the vector of its word counts, each times 1 + log(sentences / sentences that hold the word).
    """
    counts = [Counter(content_words(sentence)) for sentence in sentences]
    held_by = Counter(word for count in counts for word in count)
    places = {word: place for place, word in enumerate(sorted(held_by))}
    vectors = np.zeros((len(counts), len(places)))
    for row, count in enumerate(counts):
        for word, times in count.items():
            vectors[row, places[word]] = times * (1 + math.log(len(counts) / held_by[word]))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.where(lengths > 0, lengths, 1.0)
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, 0.0)
    return similarities


def centrality(similarities: np.ndarray, *, damping: float = DAMPING, rounds: int = 200) -> np.ndarray:
    """The importance of each sentence: (sentences,), all above 0, in sum 1.

    It is the vector s with s = (1 - damping) / n + damping * s P, where the rows of P are the similarities divided by
    their sum. A sentence that resembles no other passes its importance on to all of them equally.
    """
    count = len(similarities)
    if count == 0:
        return np.zeros(0)
    totals = similarities.sum(axis=1, keepdims=True)
    passed_on = np.where(totals > 0, similarities / np.where(totals > 0, totals, 1.0), 1.0 / count)
    scores = np.full(count, 1.0 / count)
    for _ in range(rounds):
        scores = (1 - damping) / count + damping * scores @ passed_on
    return scores / scores.sum()
