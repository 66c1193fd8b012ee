"""Running heads, running feet, page numbers and the arXiv stamp: what is on pages but not of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingestion.lines import Line, RawPage

MARGIN_SHARE = 0.12
"""Running heads and feet stand in this share of the page's height, at the top or the bottom."""
PAGE_NUMBER_SHARE = 0.16
STAMP = re.compile(r"arXiv:\s*(?P<id>\d{4}\.\d{4,5}|[a-z\-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
STAMP_YEAR = re.compile(r"\b(?:\d{1,2}\s+)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\s+(\d{4})\b")
PAGE_NUMBER = re.compile(
    r"(?:page\s+)?[-–—]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—]?(?:\s*(?:of|/)\s*\d{1,4})?", re.IGNORECASE
)
Place = tuple[str, int]


def find_stamp(pages: Sequence[RawPage]) -> tuple[str | None, int | None]:
    """The arXiv id (without version) and year of the stamp at the side of an early page."""
    for page in pages[:2]:
        for line in page.lines:
            match = STAMP.match(line.text) if line.angle or line.text.startswith("arXiv:") else None
            if match:
                year = STAMP_YEAR.search(line.text)
                return match.group("id"), int(year.group(1)) if year else None
    return None, None


def without_furniture(pages: Sequence[RawPage]) -> list[RawPage]:
    """The pages without stamp, page numbers and lines repeated at the same place on many pages."""
    repeated = _repeated(pages)
    cleaned = []
    for page in pages:
        kept = [line for line in page.lines if not _is_stamp(line) and _place(line, page) not in repeated]
        numbers = _page_numbers(kept, page)
        lines = tuple(line for line in kept if id(line) not in numbers)
        cleaned.append(replace(page, lines=lines))
    return cleaned


def _is_stamp(line: Line) -> bool:
    return bool(line.angle) and STAMP.match(line.text) is not None


def _repeated(pages: Sequence[RawPage]) -> set[Place]:
    """Places (text without digits, height) in the margins that come back on many pages."""
    counts: dict[Place, int] = {}
    for page in pages:
        for place in {_place(line, page) for line in page.lines if _in_margin(line, page)}:
            counts[place] = counts.get(place, 0) + 1
    needed = max(3, 0.3 * len(pages)) if len(pages) > 3 else max(2, len(pages))
    return {place for place, count in counts.items() if count >= needed and place[0]}


def _place(line: Line, page: RawPage) -> Place:
    if not _in_margin(line, page):
        return "", 0
    return re.sub(r"\d+", "#", line.text), round(line.box.top / 6)


def _in_margin(line: Line, page: RawPage, share: float = MARGIN_SHARE) -> bool:
    margin = share * page.height_points
    return line.box.bottom < margin or line.box.top > page.height_points - margin


def _page_numbers(lines: Sequence[Line], page: RawPage) -> set[int]:
    """Identities of the outermost lines of the page that hold a page number and nothing else."""
    found: set[int] = set()
    if len(lines) < 2:
        return found
    outermost = (min(lines, key=lambda line: line.box.top), max(lines, key=lambda line: line.box.bottom))
    for line in outermost:
        if _in_margin(line, page, PAGE_NUMBER_SHARE) and PAGE_NUMBER.fullmatch(line.text):
            found.add(id(line))
    return found
