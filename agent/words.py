"""The words of a text as they are compared: lower case, stemmed, without function words."""

from __future__ import annotations

import re
from functools import lru_cache

_FUNCTION_WORDS = """
a about above after again all also am an and any are as at be because been before being below between
both but by can could did do does doing down during each either else every few for from further get gets
give given gives go goes had has have having he her here hers him his how i if in into is it its itself
just let like made make makes many may me might more most much must my no nor not of off on once one only
or other our ours out over own per please same shall she should since so some such than that the their
theirs them then there these they this those through to too under until up upon us use used uses using
very was we were what when where whether which while who whom whose why will with within without would
you your yours
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""English words that carry no topic."""

NUMBER_WORDS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "twenty": "20",
    "hundred": "100",
}

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*", re.UNICODE)
_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


@lru_cache(maxsize=1)
def _stemmer() -> object:
    from Stemmer import Stemmer

    return Stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The Snowball stem of a lower-case word."""
    return str(_stemmer().stemWord(word))  # type: ignore[attr-defined]


def words(text: str) -> list[str]:
    """All words in lower case, in order; inner hyphens, dots and apostrophes are kept."""
    return [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words that carry topic, in order; a hyphenated word also gives its parts."""
    found: list[str] = []
    for word in words(text):
        parts = [word, *word.split("-")] if "-" in word else [word]
        found.extend(part.removesuffix("'s") for part in parts if part and part not in FUNCTION_WORDS)
    return found


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry topic, in order; a hyphenated word also gives its parts."""
    return [stem(word) for word in content_words(text)]


def numbers(text: str) -> list[str]:
    """The numbers of a text in one form: no thousands commas, no trailing zeros after the point."""
    found = []
    for match in _NUMBER.finditer(text):
        value = match.group().replace(",", "")
        if "." in value:
            value = value.rstrip("0").rstrip(".")
        found.append(value.lstrip("0") or "0" if "." not in value else value)
    return found
