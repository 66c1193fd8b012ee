"""Whether a citation's quote really stands on the page it names, checked against the file itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.events import Citation
from evals.pagetext import pdfium_page, pypdf_page, squeezed, without_markup

Reader = Literal["pypdfium2", "pypdf", "source"]

LEAST_PIECE = 20
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
    needle = squeezed(quote)
    found: list[Reader] = []
    if stands_in(needle, squeezed(pdfium_page(file, page_number))):
        found.append("pypdfium2")
    if stands_in(needle, squeezed(pypdf_page(file, page_number))):
        found.append("pypdf")
    return tuple(found)


def stands_in(needle: str, page: str) -> bool:
    """True when the page has the needle whole, or in two long pieces: a column's end, with its footnotes, may part it.

    Every letter of the needle must be in one of the two, so a changed letter or number is not found.
    """
    if not needle or needle in page:
        return bool(needle)
    known, absent = 0, len(needle)
    while absent - known > 1:
        middle = (known + absent) // 2
        known, absent = (middle, absent) if needle[:middle] in page else (known, middle)
    rest = needle[known:]
    return known >= LEAST_PIECE and len(rest) >= LEAST_PIECE and rest in page


def _find_in_note(quote: str, file: Path, page_number: int) -> tuple[Reader, ...]:
    needle = without_markup(quote)
    text = file.read_text(encoding="utf-8")
    return ("source",) if page_number == 1 and needle and needle in without_markup(text) else ()
