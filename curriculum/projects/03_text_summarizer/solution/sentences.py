"""Sentences and words of a text, and how well a summary covers a reference."""

from __future__ import annotations

import re
from collections import Counter

ABBREVIATIONS = ("Dr.", "Mr.", "Mrs.", "Prof.", "St.", "No.", "e.g.", "i.e.")
"""Their full stop ends no sentence."""
_STOPS = """
a about after all also an and are as at be been before but by can for from had has have he her his i in is it its more
not of on or she so than that the their they this to was we were which who will with would you
"""
STOP_WORDS = frozenset(_STOPS.split())


def split_sentences(text: str) -> list[str]:
    """The sentences of a text in order, white space in them made single.

    A sentence ends with ".", "!" or "?" before white space, but not with an abbreviation.
    """
    sentences: list[str] = []
    current: list[str] = []
    for word in text.split():
        current.append(word)
        if word.endswith((".", "!", "?")) and word not in ABBREVIATIONS:
            sentences.append(" ".join(current))
            current = []
    return [*sentences, " ".join(current)] if current else sentences


def content_words(text: str) -> list[str]:
    """The words and numbers of a text in lower case, without stop words."""
    found = re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+", text.lower())
    return [word for word in found if word not in STOP_WORDS]


def rouge_1(summary: str, reference: str) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean over content words, each counted as often as it stands in both.

    All three are 0.0 when nothing is shared.
    """
    ours, theirs = Counter(content_words(summary)), Counter(content_words(reference))
    shared = sum((ours & theirs).values())
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / sum(ours.values()), shared / sum(theirs.values())
    return precision, recall, 2 * precision * recall / (precision + recall)
