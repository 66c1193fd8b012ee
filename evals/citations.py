"""Whether a citation's quote really stands on the page it names, checked against the file itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.events import Citation
from evals.pagetext import folded, pdfium_page, pypdf_page, squeezed, without_markup

Reader = Literal["pypdfium2", "pypdf", "source"]

_ROW_OR_FORMULA = re.compile(r" \| |\(\d+(?:\.\d+)?\)$")
"""Cells that are parted, or the number of an equation at the end."""
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")
LEAST_PIECE = 8
"""Letters that each piece of a parted quote must have."""


@dataclass(frozen=True, slots=True)
class CitationOutcome:
    """One citation and who found its quote on the named page."""

    number: int
    document: str
    """File name without ending."""
    page_number: int
    quote: str
    span_matches: bool
    """The quote is exactly characters `start` to `end` of the library's page."""
    found_by: tuple[Reader, ...]
    """The independent readers that find the quote on the page of the file."""

    @property
    def on_page(self) -> bool:
        """The span is right and at least one independent reader finds the quote."""
        return self.span_matches and bool(self.found_by)


def check_citation(citation: Citation, *, page_text: str, file: Path) -> CitationOutcome:
    """The citation checked against the library's page and, independently, against the file."""
    return CitationOutcome(
        number=citation.number,
        document=file.stem,
        page_number=citation.page_number,
        quote=citation.quote,
        span_matches=bool(citation.quote) and page_text[citation.start : citation.end] == citation.quote,
        found_by=find_quote(citation.quote, file, citation.page_number),
    )


def find_quote(quote: str, file: Path, page_number: int) -> tuple[Reader, ...]:
    """The readers that find the quote on that page of the file; none for an empty quote."""
    if file.suffix.lower() != ".pdf":
        return _find_in_note(quote, file, page_number)
    found: list[Reader] = []
    if stands_in(quote, pdfium_page(file, page_number)):
        found.append("pypdfium2")
    if stands_in(quote, pypdf_page(file, page_number)):
        found.append("pypdf")
    return tuple(found)


def stands_in(quote: str, page: str) -> bool:
    """True when the page has the quote whole, or parted once: a column's end, with its footnotes, may part it.

    The pieces must end and begin with a line. Every letter of the quote must be in one of them, so a changed letter or
    number is not found.
    """
    needle, hay = squeezed(quote), squeezed(page)
    if not needle or needle in hay:
        return bool(needle)
    if _ROW_OR_FORMULA.search(quote):
        return _words_stand_in(quote, page)
    breaks = _line_breaks(page)
    return any(
        _at_break(hay, needle[:place], breaks, ends=True) and _at_break(hay, needle[place:], breaks, ends=False)
        for place in range(LEAST_PIECE, len(needle) - LEAST_PIECE + 1)
        if needle[:place] in hay and needle[place:] in hay
    )


def _words_stand_in(quote: str, page: str) -> bool:
    """True when each word and number of the quote is one of the page.

    Each reader has an order of its own for a table's head of two lines, and for what is raised in a formula.
    """
    words = set(_WORD.findall(folded(page)))
    return all(word in words for word in _WORD.findall(folded(quote)))


def _line_breaks(page: str) -> frozenset[int]:
    """Where lines end and begin in the squeezed page; pdfium has a sign of its own for a hyphen at a line's end."""
    places, length = {0}, 0
    for line in re.split("[\r\n\ufffe]+", page):
        length += len(squeezed(line))
        places.add(length)
    return frozenset(places)


def _at_break(hay: str, piece: str, breaks: frozenset[int], *, ends: bool) -> bool:
    start = hay.find(piece)
    while start >= 0:
        if (start + len(piece) if ends else start) in breaks:
            return True
        start = hay.find(piece, start + 1)
    return False


def _find_in_note(quote: str, file: Path, page_number: int) -> tuple[Reader, ...]:
    needle = without_markup(quote)
    text = file.read_text(encoding="utf-8")
    return ("source",) if page_number == 1 and needle and needle in without_markup(text) else ()
