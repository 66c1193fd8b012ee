"""Word vectors learned from reviews without labels: words that stand in similar reviews get similar vectors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from vocabulary import Vocabulary

WIDTH = 16
"""Numbers in the vector of a word."""


def word_vectors(texts: Sequence[str], vocabulary: Vocabulary) -> torch.Tensor:
    """A vector for each word of the vocabulary: (words, WIDTH); zeros for the special words.

    Two words count as met once for each text that holds both. Of the counts the positive pointwise mutual information
    is taken, log(p(a, b) / (p(a) p(b))) where that is above zero, and of its matrix the WIDTH directions of largest
    singular value, scaled so that the vectors have a mean length of 1.
    """
    raise NotImplementedError("Count, take the information, decompose.")
