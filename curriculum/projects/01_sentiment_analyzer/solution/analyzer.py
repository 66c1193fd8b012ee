"""The sentiment analyzer: pretrained word vectors, and a small network over them that is fine-tuned on labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from pretraining import WIDTH
from torch import nn
from vocabulary import PAD, Vocabulary

LABELS = ("negative", "positive")
"""Column 0 and column 1 of all probabilities."""
WINDOW, CHANNELS = 4, 48
"""Words that a feature sees at once, enough for "was not very good"; and how many features there are."""


class Network(nn.Module):
    """From word numbers to scores: vectors, features of windows, their mean over the text, two scores."""

    def __init__(self, word_count: int) -> None:
        super().__init__()
        self.words = nn.Embedding(word_count, WIDTH)
        self.features = nn.Conv1d(WIDTH, CHANNELS, WINDOW, padding=WINDOW - 1)
        self.scores = nn.Linear(CHANNELS, len(LABELS))

    def forward(self, numbers: torch.Tensor, is_word: torch.Tensor) -> torch.Tensor:
        """Scores before the softmax: (texts, 2). `is_word` is False at padding, which must not change a score."""
        vectors = self.words(numbers) * is_word[:, :, None]  # (texts, words, WIDTH)
        features = self.features(vectors.transpose(1, 2)).relu()  # (texts, CHANNELS, words + WINDOW - 1)
        lengths = is_word.sum(dim=1, keepdim=True)
        inside = torch.arange(features.shape[2]) < (lengths + WINDOW - 1)  # windows that hold a word of the text
        summed = (features * (inside & (lengths > 0))[:, None, :]).sum(dim=2)
        return self.scores(summed / lengths.clamp(min=1))


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
        with torch.no_grad():
            return self.scores(self.vocabulary.encode(texts)).softmax(dim=1)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The more likely label of each text."""
        return [LABELS[column] for column in self.probabilities(texts).argmax(dim=1).tolist()]

    def save(self, path: Path) -> None:
        """Write all that `load` needs to one file."""
        torch.save({"words": self.vocabulary.words, "weights": self.network.state_dict()}, path)

    @classmethod
    def load(cls, path: Path) -> SentimentAnalyzer:
        """The analyzer that was saved."""
        values = torch.load(path, weights_only=True)
        network = Network(len(values["words"]))
        network.load_state_dict(values["weights"])
        return cls(Vocabulary(values["words"]), network)


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
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Network(len(vocabulary))
    with torch.no_grad():
        network.words.weight.copy_(vectors)
    analyzer = SentimentAnalyzer(vocabulary, network)
    rest = [*network.features.parameters(), *network.scores.parameters()]
    groups = [{"params": network.words.parameters(), "lr": 5e-5}, {"params": rest, "lr": 5e-3}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.05)
    numbers = vocabulary.encode(texts)
    targets = torch.tensor([LABELS.index(label) for label in labels])
    for _ in range(epochs):
        for rows in torch.randperm(len(texts), generator=generator).split(batch):
            loss = nn.functional.cross_entropy(analyzer.scores(numbers[rows]), targets[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return analyzer
