"""Finding the passages that bear on a question."""

from __future__ import annotations

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
    raise NotImplementedError("Take the first ending off that leaves three letters.")


def terms(text: str) -> list[str]:
    """The stems of the words of a text that are not stop words, and its numbers, all in lower case."""
    raise NotImplementedError("Find words and numbers, drop stop words, take stems.")


class Index:
    """Passages, searched by the terms they share with a question. The title of its document counts for a passage."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        raise NotImplementedError("Count the terms of each passage, and in how many passages each term stands.")

    def weight(self, term: str) -> float:
        """How much a term tells: the logarithm of passages over passages that hold it, above zero."""
        raise NotImplementedError("Rare terms weigh more.")

    def search(self, question: str, k: int = 5) -> list[Hit]:
        """The k best passages that share a term with the question, best first; of equals the earlier one first."""
        raise NotImplementedError("Score, sort, cut.")
