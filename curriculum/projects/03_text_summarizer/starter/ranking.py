"""Which sentences are central: those that many others resemble, the more so the more central the others are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DAMPING = 0.85
"""Share of a sentence's importance that comes from those that resemble it; the rest is the same for all."""


def similarity_matrix(sentences: Sequence[str]) -> np.ndarray:
    """The cosine of each pair of sentences: (sentences, sentences), 0 to 1, zeros on the diagonal.

    A sentence is the vector of its word counts, each times 1 + log(sentences / sentences that hold the word).
    """
    raise NotImplementedError("Weigh the counts, then take cosines.")


def centrality(similarities: np.ndarray, *, damping: float = DAMPING, rounds: int = 200) -> np.ndarray:
    """The importance of each sentence: (sentences,), all above 0, in sum 1.

    It is the vector s with s = (1 - damping) / n + damping * s P, where the rows of P are the similarities divided by
    their sum. A sentence that resembles no other passes its importance on to all of them equally.
    """
    raise NotImplementedError("Repeat the step until it stands.")
