"""Finding the passages that bear on a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from passages import Passage

_STOPS = """
a an and are at be by can could did do does for from had has have how i in is it its know many me much name number of
on or person place please take tell that the their there they this to was were what when where which who whom whose why
will with would year you your
"""
STOP_WORDS = frozenset(_STOPS.split())
"""Words that say nothing about what is asked."""
_ENDINGS = ("ing", "ed", "es", "s", "e")


@dataclass(frozen=True)
class Hit:
    """A passage and how well it fits; higher is better."""

    passage: Passage
    score: float


def stem(word: str) -> str:
    """The word without its ending, so that "governs", "governed" and "governing" are the same; short words stay."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def terms(text: str) -> list[str]:
    """The stems of the words of a text that are not stop words, and its numbers, all in lower case."""
    found = re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+", text.lower())
    return [stem(word) for word in found if word not in STOP_WORDS]


class Index:
    """Passages, searched by the terms they share with a question. The title of its document counts for a passage."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = list(passages)
        self._terms = [Counter(terms(f"{passage.document.title} {passage.text}")) for passage in self.passages]
        self._held_by = Counter(term for held in self._terms for term in held)

    def weight(self, term: str) -> float:
        """How much a term tells: the logarithm of passages over passages that hold it, above zero."""
        return math.log(1 + len(self.passages) / (1 + self._held_by[term]))

    def search(self, question: str, k: int = 5) -> list[Hit]:
        """The k best passages that share a term with the question, best first; of equals the earlier one first."""
        asked = set(terms(question))
        hits = []
        for passage, held in zip(self.passages, self._terms, strict=True):
            score = sum(self.weight(term) for term in sorted(asked) if term in held)
            if score > 0:
                hits.append(Hit(passage, score / (1 + 0.05 * sum(held.values()))))
        return sorted(hits, key=lambda hit: -hit.score)[:k]
