"""The sentiment analyzer: pretrained word vectors, and a small network over them that is fine-tuned on labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from vocabulary import PAD, Vocabulary

LABELS = ("negative", "positive")
"""Column 0 and column 1 of all probabilities."""
WINDOW, CHANNELS = 4, 48
"""Words that a feature sees at once, enough for "was not very good"; and how many features there are."""


class Network(nn.Module):
    """From word numbers to scores: vectors, features of windows, their mean over the text, two scores."""

    def __init__(self, word_count: int) -> None:
        raise NotImplementedError("Call super().__init__(), then make the three layers.")

    def forward(self, numbers: torch.Tensor, is_word: torch.Tensor) -> torch.Tensor:
        """Scores before the softmax: (texts, 2). `is_word` is False at padding, which must not change a score."""
        raise NotImplementedError("Vectors, features, mean, scores.")


class SentimentAnalyzer:
    """Tells how likely a text is negative and positive."""

    def __init__(self, vocabulary: Vocabulary, network: Network) -> None:
        self.vocabulary = vocabulary
        self.network = network

    def scores(self, numbers: torch.Tensor) -> torch.Tensor:
        """Scores before the softmax for the word numbers of texts: (texts, 2)."""
        return self.network(numbers, numbers != self.vocabulary.words.index(PAD))

    def probabilities(self, texts: Sequence[str]) -> torch.Tensor:
        """Probabilities of negative and positive: (texts, 2), each row sums to 1."""
        raise NotImplementedError("Encode, score, softmax.")

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The more likely label of each text."""
        raise NotImplementedError("Take the larger probability.")

    def save(self, path: Path) -> None:
        """Write all that `load` needs to one file."""
        raise NotImplementedError("Save words and weights.")

    @classmethod
    def load(cls, path: Path) -> SentimentAnalyzer:
        """The analyzer that was saved."""
        raise NotImplementedError("Build the network, then fill in its weights.")


def fine_tune(
    vocabulary: Vocabulary,
    vectors: torch.Tensor,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    seed: int,
    epochs: int = 30,
    batch: int = 32,
) -> SentimentAnalyzer:
    """An analyzer that starts from the pretrained vectors and is trained on labelled texts.

    The vectors learn at a hundredth of the network's rate, so that words without a label stay near those with one.
    """
    raise NotImplementedError("Copy the vectors in, then train.")
