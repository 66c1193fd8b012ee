"""Words and their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

PAD, UNKNOWN = "[pad]", "[unknown]"
SPECIAL = (PAD, UNKNOWN)


def tokenise(text: str) -> list[str]:
    """The words of a text in lower case, with "n't" as a word of its own: "wasn't" is "was", "n't"."""
    raise NotImplementedError("Find the words with a regular expression.")


class Vocabulary:
    """Numbers for the words of a collection of texts; any other word is UNKNOWN."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self._numbers = {word: number for number, word in enumerate(self.words)}

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The vocabulary of all words in the texts: special words first, the others in alphabetical order."""
        raise NotImplementedError("Collect the words.")

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """The numbers of the words of each text, padded at the end: (texts, words), at least one column."""
        raise NotImplementedError("Look the words up and pad.")
