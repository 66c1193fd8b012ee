"""Saying the same in fewer words: the abstractive step, by rules that cannot invent anything."""

from __future__ import annotations

import re

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
    shorter = re.sub(r"\s*\([^()]*\)", "", sentence)
    shorter = re.sub(r", (?:which|who)\b[^,]*(?:,|(?=[.!?]$))", "", shorter)
    openers = "|".join(map(re.escape, OPENERS))
    shorter = re.sub(rf"^(?:{openers}), ", "", shorter)
    return shorter[:1].upper() + shorter[1:]


def fuse(first: str, second: str) -> str | None:
    """One sentence for two statements that begin with the same words: "A b c d." and "A b c e." give "A b c d and e."

    None when they share fewer than three words, or nothing but these, or when one of them is no statement.
    """
    if not (first.endswith(".") and second.endswith(".")):
        return None
    ours, theirs = first[:-1].split(), second[:-1].split()
    shared = 0
    while shared < min(len(ours), len(theirs)) and ours[shared] == theirs[shared]:
        shared += 1
    if shared < LEAST_SHARED_WORDS or shared in (len(ours), len(theirs)):
        return None
    return f"{' '.join(ours)} and {' '.join(theirs[shared:])}."
