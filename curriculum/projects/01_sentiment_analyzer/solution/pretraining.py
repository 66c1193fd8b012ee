"""Word vectors learned from reviews without labels: words that stand in similar reviews get similar vectors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from vocabulary import SPECIAL, Vocabulary

WIDTH = 16
"""Numbers in the vector of a word."""


def word_vectors(texts: Sequence[str], vocabulary: Vocabulary) -> torch.Tensor:
    """A vector for each word of the vocabulary: (words, WIDTH); zeros for the special words.

    Two words count as met once for each text that holds both. Of the counts the positive pointwise mutual information
    is taken, log(p(a, b) / (p(a) p(b))) where that is above zero, and of its matrix the WIDTH directions of largest
    singular value, scaled so that the vectors have a mean length of 1.
    """
    holds = torch.zeros(len(texts), len(vocabulary))
    holds.scatter_(1, vocabulary.encode(texts), 1.0)
    holds[:, : len(SPECIAL)] = 0.0
    met = (holds.T @ holds).fill_diagonal_(0.0)
    totals = met.sum(dim=1)
    expected = totals[:, None] * totals[None, :] / met.sum().clamp(min=1.0)
    information = torch.where(met > 0, (met / expected.clamp(min=1e-9)).clamp(min=1e-9).log(), 0.0).clamp(min=0.0)
    left, sizes, _ = torch.linalg.svd(information)
    vectors = left[:, :WIDTH] * sizes[:WIDTH].sqrt()
    vectors = torch.nn.functional.pad(vectors, (0, WIDTH - vectors.shape[1]))
    lengths = vectors.norm(dim=1)
    return vectors / lengths[lengths > 1e-6].mean().clamp(min=1e-6)
