"""Saying the same in fewer words: the abstractive step, by rules that cannot invent anything."""

from __future__ import annotations

OPENERS = (
    "However",
    "Meanwhile",
    "Moreover",
    "Indeed",
    "Of course",
    "In fact",
    "As expected",
    "According to officials",
)
"""Words at the start of a sentence, before a comma, that can be left out."""
LEAST_SHARED_WORDS = 3


def compress(sentence: str) -> str:
    """The sentence without brackets, without clauses in commas that begin with which or who, and without an opener.

    It begins with a capital letter and keeps its last sign.
    """
    raise NotImplementedError("Brackets, clauses, opener, capital letter.")


def fuse(first: str, second: str) -> str | None:
    """One sentence for two statements that begin with the same words: "A b c d." and "A b c e." give "A b c d and e."

    None when they share fewer than three words, or nothing but these, or when one of them is no statement.
    """
    raise NotImplementedError("Find the words both begin with.")
