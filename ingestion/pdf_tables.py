"""Tables of a PDF: found beside their captions, read cell by cell, put back as rows.

Where the words do not stand in clear columns, the lines are left as they were.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from ingestion.lines import LETTERS, Line, RawPage
from ingestion.pdf_headings import CAPTION_START
from ingestion.table_grid import table_rows

TABLE_CAPTION = re.compile(
    r"(?:Table|Tab\.)\s*(?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,2})?\s*[:.|–—]|Table\s+\d{1,3}(?:\s+(?-i:[A-Z])|\s*\Z)",
    re.IGNORECASE,
)
CAPTION_STEP = 1.45
"""Lines of a caption are at most this share of the type size apart."""
CAPTION_DISTANCE = 3.5
"""A table begins at most this share of the type size from its caption."""
TABLE_GAP = 1.9
"""Rows of one table are at most this share of the type size apart, from the foot of one to the head of the next."""
PROSE_GAP = 1.1
"""Words of justified prose are nearer than this share of the type size."""
UNEVEN = 2.0
"""In justified prose the widest gap is at most so many times the usual one."""
WIDE_SPACE = 0.5
"""Share of the type size that justified words are apart at most on the average."""
PROSE_WORDS = 7
PROSE_WIDTH = 0.8
"""A full line of prose takes at least this share of its column."""
NOTE_WORDS = 9
"""A single cell of so many words above or below the rows is a remark, not a row."""

BESIDE_WORDS = 6
"""So many words of prose wholly beside the caption, on three lines, are text that a narrow table stands in."""

Side = Literal["above", "below"]
SIDES: tuple[Side, Side] = ("above", "below")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A table as read on one side of its caption."""

    first: int
    """Index of the caption's first line among the page's lines."""
    last: int
    """Index of its last line."""
    side: Side
    used: frozenset[int]
    """Indexes of the lines that the rows are made of."""
    rows: tuple[Line, ...]


def with_tables(
    pages: Sequence[RawPage],
    lines: Sequence[list[Line]],
    titles_of: Callable[[RawPage, Sequence[Line]], set[int]],
    body: float,
) -> list[list[Line]]:
    """The lines of each page with its tables as rows; `titles_of` gives the indexes of lines that are titles."""
    found = [
        list(_candidates(page, page_lines, titles_of, body)) for page, page_lines in zip(pages, lines, strict=True)
    ]
    usual = _usual_side(found)
    return [_replaced(page_lines, _chosen(some, usual)) for page_lines, some in zip(lines, found, strict=True)]


def _candidates(
    page: RawPage, lines: Sequence[Line], titles_of: Callable[[RawPage, Sequence[Line]], set[int]], body: float
) -> Iterator[Candidate]:
    captions = [index for index, line in enumerate(lines) if TABLE_CAPTION.match(line.text) and not line.angle]
    if not captions:
        return
    titles = titles_of(page, lines)
    two_columns = _has_two_columns(lines, page.width_points, body)
    for first in captions:
        last = _caption_end(lines, first)
        frame = _frame(lines, first, last, page.width_points if two_columns else 0.0)
        inside = [
            index
            for index, line in enumerate(lines)
            if not line.angle and not first <= index <= last and _is_inside(line, frame)
        ]
        for side in SIDES:
            region = _region(lines, inside, (first, last), side, titles)
            beside = _text_beside(lines, region, (first, last))
            if beside:
                inside = [index for index in inside if not _is_inside(lines[index], beside)]
                region = _region(lines, inside, (first, last), side, titles)
            region = _without_notes(lines, region)
            if rows := table_rows([lines[index] for index in region]):
                yield Candidate(first, last, side, frozenset(region), tuple(rows))


def _has_two_columns(lines: Sequence[Line], width: float, body: float) -> bool:
    """True when most lines of prose stand on one side of the page's middle."""
    prose = [line for line in lines if len(line.words) >= PROSE_WORDS and abs(line.size - body) < 0.6]
    aside = sum(1 for line in prose if line.box.right < 0.52 * width or line.box.left > 0.48 * width)
    return len(prose) >= 8 and aside > 0.5 * len(prose)


def _caption_end(lines: Sequence[Line], first: int) -> int:
    """Index of the caption's last line."""
    last = first
    while last + 1 < len(lines):
        above, below = lines[last], lines[last + 1]
        step = below.box.bottom - above.box.bottom
        beside = min(above.box.right, below.box.right) - max(above.box.left, below.box.left)
        if not 0 < step < CAPTION_STEP * above.size or abs(above.size - below.size) > 0.4 or beside < 0:
            break
        wider = (below.box.right - below.box.left) - (above.box.right - above.box.left) > 2 * above.size
        if wider or CAPTION_START.match(below.text) or _widest_gap(below) > 1.5 * below.size:
            break
        last += 1
    return last


def _frame(lines: Sequence[Line], first: int, last: int, columns_width: float) -> tuple[float, float]:
    """Left and right edge of the column that a caption stands in; `columns_width` is the page's, 0 for one column."""
    left = min(line.box.left for line in lines[first : last + 1])
    right = max(line.box.right for line in lines[first : last + 1])
    middle = columns_width / 2
    begin, end = 0.0, float("inf")
    if columns_width and (right < middle + 10 or left > middle - 10):
        begin, end = (0.0, middle + 6) if right < middle + 10 else (middle - 6, float("inf"))
    for index, line in enumerate(lines):
        if first <= index <= last or not CAPTION_START.match(line.text):
            continue
        if line.box.top < lines[last].box.bottom and line.box.bottom > lines[first].box.top:
            if line.box.left > right:
                end = min(end, (right + line.box.left) / 2)
            elif line.box.right < left:
                begin = max(begin, (left + line.box.right) / 2)
    return begin, end


def _is_inside(line: Line, frame: tuple[float, float]) -> bool:
    return line.box.left >= frame[0] - 2 and line.box.right <= frame[1] + 2


def _region(
    lines: Sequence[Line], inside: Sequence[int], caption: tuple[int, int], side: Side, titles: set[int]
) -> list[int]:
    """Indexes of the lines between the caption and the next prose, title or caption on that side of it."""
    first, last = caption
    size = lines[first].size or 10.0
    below = side == "below"
    edge = lines[last].box.bottom if below else lines[first].box.top
    width = max((lines[index].box.right - lines[index].box.left for index in inside), default=0.0)
    limit = CAPTION_DISTANCE * size
    region: list[int] = []
    ordered = sorted(inside, key=lambda index: lines[index].box.top if below else -lines[index].box.bottom)
    for place, index in enumerate(ordered):
        line = lines[index]
        gap = line.box.top - edge if below else edge - line.box.bottom
        if gap < -0.6 * size and not region:
            continue
        if gap > limit or index in titles or CAPTION_START.match(line.text):
            break
        following = lines[ordered[place + 1]] if place + 1 < len(ordered) else None
        if _is_prose(line, width) and not (following and _is_row(following, line)):
            if region and gap < 0.6 * size and _widest_gap(lines[region[-1]]) < PROSE_GAP * size:
                region.pop()  # the short line that ends or begins the paragraph
            break
        region.append(index)
        limit = TABLE_GAP * size
        edge = max(edge, line.box.bottom) if below else min(edge, line.box.top)
    return region


def _is_prose(line: Line, width: float) -> bool:
    """True for a full line of justified words; `width` is that of the widest line around."""
    letters = sum(1 for word in line.words if len(LETTERS.findall(word.text)) >= 0.6 * len(word.text))
    return (
        len(line.words) >= PROSE_WORDS
        and line.box.right - line.box.left > PROSE_WIDTH * width
        and _widest_gap(line) < PROSE_GAP * line.size
        and _is_even(line)
        and letters >= 0.6 * len(line.words)
    )


def _is_even(line: Line) -> bool:
    """True when the words stand equally far apart, as a justified line has them."""
    gaps = [
        after.box.left - before.box.right
        for before, after in pairwise(line.words)
        if not after.glued and before.text[-1] not in ".:;?!"
    ]
    return not gaps or max(gaps) < max(0.5, UNEVEN * min(WIDE_SPACE, median(gaps) / line.size)) * line.size


def _is_row(line: Line, neighbour: Line) -> bool:
    """True for a line with cells right beside one that looks like prose: that one is a title in the table."""
    step = abs(line.box.bottom - neighbour.box.bottom)
    return _widest_gap(line) > PROSE_GAP * line.size and step < 2.6 * line.size


def _text_beside(lines: Sequence[Line], region: Sequence[int], caption: tuple[int, int]) -> tuple[float, float] | None:
    """Left and right edge of the text in which the table stands; None when there is none."""
    left = min(line.box.left for line in lines[caption[0] : caption[1] + 1])
    right = max(line.box.right for line in lines[caption[0] : caption[1] + 1])
    beside = [
        lines[index].box
        for index in region
        if len(lines[index].words) >= BESIDE_WORDS
        and _widest_gap(lines[index]) < PROSE_GAP * lines[index].size
        and (lines[index].box.right < left or lines[index].box.left > right)
    ]
    return (min(box.left for box in beside), max(box.right for box in beside)) if len(beside) >= 3 else None


def _widest_gap(line: Line) -> float:
    """Points between the two neighbouring words that are farthest apart."""
    return max((after.box.left - before.box.right for before, after in pairwise(line.words)), default=0.0)


def _without_notes(lines: Sequence[Line], region: list[int]) -> list[int]:
    """The region without remarks in prose at its ends."""
    ordered = sorted(region, key=lambda index: lines[index].box.top)
    for end in (0, -1):
        while ordered and _is_note(lines[ordered[end]]):
            del ordered[end]
    return ordered


def _is_note(line: Line) -> bool:
    return len(line.words) >= NOTE_WORDS and _is_prose(line, 0.0)


def _usual_side(found: Sequence[Sequence[Candidate]]) -> Side:
    """The side on which the document sets its tables, told by captions with a table on one side only."""
    counts: Counter[Side] = Counter()
    for page in found:
        sides: dict[int, list[Side]] = {}
        for candidate in page:
            sides.setdefault(candidate.first, []).append(candidate.side)
        counts.update(some[0] for some in sides.values() if len(some) == 1)
    return "below" if counts["below"] > counts["above"] else "above"


def _chosen(candidates: Sequence[Candidate], usual: Side) -> list[Candidate]:
    """One table for each caption, those of the usual side first; no line is used twice."""
    chosen: list[Candidate] = []
    used: set[int] = set()
    captions: set[int] = set()
    for candidate in sorted(candidates, key=lambda candidate: candidate.side != usual):
        if candidate.first not in captions and not used & candidate.used:
            chosen.append(candidate)
            used |= candidate.used
            captions.add(candidate.first)
    return chosen


def _replaced(lines: list[Line], tables: Sequence[Candidate]) -> list[Line]:
    """The lines with each table's rows beside its caption."""
    if not tables:
        return lines
    used = frozenset[int]().union(*(table.used for table in tables))
    before = {table.first: table.rows for table in tables if table.side == "above"}
    after = {table.last: table.rows for table in tables if table.side == "below"}
    result: list[Line] = []
    for index, line in enumerate(lines):
        result += before.get(index, ())
        if index not in used:
            result.append(line)
        result += after.get(index, ())
    return result
