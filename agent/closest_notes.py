"""Which of the program's notes a question is about, told by words alone: before any of them is embedded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import log
from pathlib import Path

from vectorstore.keywords import keywords

CLOSEST = 3
"""Of the golden set's 98 questions about notes, 93 have all their evidence in so many; in one note 83, in six 95."""
SATURATION = 1.5
"""As k1 of Okapi BM25 (Robertson et al. 1994): a word that stands so often in a note counts half of what it can."""


class ClosestNotes:
    """The words of all notes."""

    def __init__(self, notes: Mapping[str, Path]) -> None:
        """`notes` are the files by the ids that they have in a library; each is read once."""
        self._words = {identity: Counter(keywords(_text(path))) for identity, path in notes.items()}
        holders = Counter(word for words in self._words.values() for word in words)
        telling = {word: count for word, count in holders.items() if 2 * count <= len(notes) + 1}
        self._rarity = {word: log(1 + len(notes) / count) for word, count in telling.items()}
        """Of words that stand in half of the notes at the most; a bare `2` is about none of them."""

    def of(self, question: str) -> list[str]:
        """The ids of at most `CLOSEST` notes, the closest first; empty when none has a word of the question."""
        asked = set(keywords(question)) & self._rarity.keys()
        scores = {identity: self._score(words, asked) for identity, words in self._words.items()}
        best = sorted(scores, key=lambda identity: -scores[identity])[:CLOSEST]
        return [identity for identity in best if scores[identity] > 0]

    def _score(self, words: Counter[str], asked: set[str]) -> float:
        return sum(self._rarity[word] * words[word] / (words[word] + SATURATION) for word in asked)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""  # what is wrong with it is told when it is added
