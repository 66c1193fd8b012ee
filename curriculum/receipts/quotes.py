"""References that quote a page, `[2305.18290, p. 4: "exact words"]`, and finding such words in a page's text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from curriculum.model import PaperId

QUOTE = re.compile(r'\[([\w.]+), (?:p\. (\d+)|Section ([\d.]+)): "(.+?)"\]')
QUOTE_BEGINNING = re.compile(r'\[[\w.]+, (?:p\.|Section)[^\]]*?"')

_CURLY = str.maketrans("“”‘’", "\"\"''")
_OF_TYPESETTING = re.compile(r"[\s|\-\u2010-\u2015\u2212\u00ad\ufffe\uffff\x02]")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A quote and where it is said to stand."""

    source: str
    """The file that quotes, such as "notes/06-lora.md"."""
    paper: PaperId
    page: int | None
    """1-based physical page; None for a paper read in another typesetting, where a section is named."""
    quote: str


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of a page's text, from `start` up to but not including `end`."""

    start: int
    end: int


class PageText:
    """The text of a page as pypdfium2 reads it, to look quotes up in."""

    def __init__(self, text: str) -> None:
        self.text = text
        kept = [_kept(character) for character in text]
        self._squeezed = "".join(kept)
        self._places = [place for place, characters in enumerate(kept) for _ in characters]

    def find(self, quote: str) -> Span | None:
        """Where the quote stands for the first time, whatever typesetting did to it; None when it does not."""
        wanted = squeezed(quote)
        start = self._squeezed.find(wanted) if wanted else -1
        if start < 0:
            return None
        return Span(self._places[start], self._places[start + len(wanted) - 1] + 1)


def receipts_in(text: str, source: str) -> list[Receipt]:
    """The well-formed references of a text, in its order."""
    return [
        Receipt(source, PaperId(paper), int(page) if page else None, quote)
        for paper, page, _section, quote in QUOTE.findall(text)
    ]


def beginnings_in(text: str) -> int:
    """How many references the text starts; more than `receipts_in` finds when one is not well formed."""
    return len(QUOTE_BEGINNING.findall(text))


def squeezed(text: str) -> str:
    """The text without anything that typesetting changes: blanks, hyphens, ligatures, curly quotes, bars of tables."""
    return "".join(map(_kept, text))


@lru_cache(maxsize=4096)
def _kept(character: str) -> str:
    """What stays of one character: none, one, or the letters of a ligature."""
    plain = unicodedata.normalize("NFKD", character.translate(_CURLY))
    return _OF_TYPESETTING.sub("", plain)
