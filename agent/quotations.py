"""Verbatim quotes: what stands in quotation marks in an answer, and where it stands in a source."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from agent.marks import Span

SHORTEST_QUOTE_WORDS = 4
"""Shorter ones are terms ("attention"), not quotes."""

_QUOTED = re.compile(r"“([^“”]{1,4000})”|„([^„“”]{1,4000})[“”]|«([^«»]{1,4000})»|(?<!\w)\"([^\"]{1,4000})\"(?!\w)")
_BIBLIOGRAPHY = re.compile(r"\[(?:ref\s+)?\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
_OMISSION = re.compile(r"\s*(?:\[?\s*(?:…|\.\s?\.\s?\.)\s*\]?)\s*")
_OPENING = frozenset("(“‘\"'$\\")
_CLOSING = frozenset(")}”’\"'$.!?%")
"""A brace ends a formula: of "$\\sqrt{d_k}$." the letter is the last that `canonical` keeps."""
_SYMBOLS = frozenset("=<>%+±×·/^")


@dataclass(frozen=True, slots=True)
class Canonical:
    """A text reduced to what a verbatim copy must keep, with the place of each kept character."""

    original: str
    text: str
    places: tuple[int, ...]
    """For each character of `text`, its place in the original."""

    def find(self, quote: str) -> Span | None:
        """Where a quote stands in the original, or its parts around "…" in order; None when nowhere."""
        parts = [canonical(part).text for part in _OMISSION.split(quote)]
        parts = [part for part in parts if part]
        if not parts:
            return None
        begin = self.text.find(parts[0])
        at = begin
        for part in parts[1:]:
            if at < 0:
                return None
            at = self.text.find(part, at + 1)
        if begin < 0 or at < 0:
            return None
        return self._with_punctuation(self.places[begin], self.places[at + len(parts[-1]) - 1] + 1)

    def _with_punctuation(self, start: int, end: int) -> Span:
        """The span with the signs that belong to its first and last word, such as a closing bracket."""
        while start and self.original[start - 1] in _OPENING:
            start -= 1
        while end < len(self.original) and self.original[end] in _CLOSING:
            end += 1
        return start, end


def canonical(text: str) -> Canonical:
    """The letters, digits and signs of a text: no case, spaces, hyphens, ligatures or bibliography numbers.

    A point or comma is kept between digits, so that 28.4 and 2.84 stay different.
    """
    skipped = {place for match in _BIBLIOGRAPHY.finditer(text) for place in range(*match.span())}
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if place in skipped or not _is_kept(text, place):
            continue
        for plain in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(plain):
                kept.append(plain)
                places.append(place)
    return Canonical(text, "".join(kept), tuple(places))


def _is_kept(text: str, place: int) -> bool:
    character = text[place]
    if character == "|":  # parts the cells of a table
        return False
    if character.isalnum() or character in _SYMBOLS or unicodedata.category(character) == "Sm":
        return True
    between = 0 < place < len(text) - 1 and text[place - 1].isdigit() and text[place + 1].isdigit()
    return between and character in ".,"


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote in an answer."""

    start: int
    end: int
    """Span with its quotation marks."""
    text: str


def find_quotes(text: str) -> list[Quote]:
    """The quotes of at least four words, in order."""
    return [
        Quote(match.start(), match.end(), inner)
        for match in _QUOTED.finditer(text)
        if len((inner := next(filter(None, match.groups()))).split()) >= SHORTEST_QUOTE_WORDS
    ]
