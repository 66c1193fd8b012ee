"""Texts to ids, and a split that does not leak."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

UNKNOWN, END = "<unknown>", "<end>"


class Vocabulary:
    """Words and their ids; 0 stands for an unknown word, 1 for the end of a text."""

    def __init__(self, texts: Iterable[str]) -> None:
        known = sorted({word for text in texts for word in text.split()})
        self.words = [UNKNOWN, END, *known]
        self.ids = {word: id_ for id_, word in enumerate(self.words)}

    def encode(self, texts: Iterable[str]) -> Tensor:
        """The ids of all texts in one row, an end after each, shape (words + texts,)."""
        return torch.tensor([self.ids.get(word, 0) for text in texts for word in [*text.split(), END]])

    def decode(self, ids: Iterable[int]) -> str:
        """The words with spaces between them."""
        return " ".join(self.words[int(id_)] for id_ in ids)


def split_texts(texts: Sequence[str], *, test_share: float = 0.2, seed: int = 0) -> tuple[list[str], list[str]]:
    """Training and test texts: every text is in one of them, once for each time it was given.

    Texts that differ only in case and spaces are one text, and are never on both sides. Of the different texts
    `test_share` (rounded) are tested. The same seed gives the same split, whatever the order of the texts.
    """
    raise NotImplementedError
