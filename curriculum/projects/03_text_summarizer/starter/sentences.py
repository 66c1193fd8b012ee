"""Sentences and words of a text, and how well a summary covers a reference."""

from __future__ import annotations

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
    raise NotImplementedError("Collect words until one ends a sentence.")


def content_words(text: str) -> list[str]:
    """The words and numbers of a text in lower case, without stop words."""
    raise NotImplementedError("Find words and numbers, drop stop words.")


def rouge_1(summary: str, reference: str) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean over content words, each counted as often as it stands in both.

    All three are 0.0 when nothing is shared.
    """
    raise NotImplementedError("Count what both hold.")
