"""The lines of a printed table become rows of cells, from where their words stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from ingestion.lines import Line, Word, make_line

CELL_GAP = 0.5
"""Words of one row farther apart than this share of the type size stand in two cells; a space takes 0.3."""
SAME_ROW = 0.4
"""Middles of two lines nearer than this share of the type size are of one row."""
HALF_STEP = 0.8
"""Rows nearer than this share of the type size are one: a label stands halfway between two lines."""
TIGHT_STEP = 1.35
"""A line at most this share of the type size below another may go on in the same cells."""
SMALL = 0.85
"""Words of less than this share of the type size are indices or exponents."""
GLUED_GAP = 0.12
LONGEST_CELL_WORDS = 14
"""Words of a cell on the average beyond which it is prose in columns."""
NUMBER_GAP = 0.2
"""The same for two figures, of which a cell hardly ever has two."""
TITLE_GAP = 0.36
"""The same for words that stand over different columns."""
TOUCH_POINTS = 0.1
"""What stands within less than this of a column's edge does not touch it."""
LONG_WORDS = 5
"""A part of a row with so many words is prose."""
PROSE_SHARE = 0.15
"""Two columns with prose in this share of their rows are texts side by side."""
MOST_PROSE_COLUMNS = 4
NUMBER = re.compile(
    r"[~≈<>±+\-−–(]*[$€£]?\.?\d[\d.,:/±+\-−–%*†‡()×∗]*(?:e[\-−+]?\d+)?[KMBTkx%]?|[-–—✓✗]|n/a", re.IGNORECASE
)


@dataclass
class Segment:
    """Words of one row without a wide gap: a cell, or the part of one on this line."""

    words: list[Word]
    column: int = -1
    """-1 until it is known."""
    spans: bool = False
    """True for a title over several columns."""

    @property
    def left(self) -> float:
        """Left edge in points."""
        return self.words[0].box.left

    @property
    def right(self) -> float:
        """Right edge in points."""
        return max(word.box.right for word in self.words)

    @property
    def is_number(self) -> bool:
        """True when half of its words are figures."""
        return 2 * sum(1 for word in self.words if NUMBER.fullmatch(word.text)) >= len(self.words)


@dataclass
class Row:
    """A printed line of a table."""

    middle: float
    """Distance of its letters' middle from the page's top, in points."""
    segments: list[Segment] = field(default_factory=list)


@dataclass
class Column:
    """A range of the page's width that holds the cells of a column."""

    left: float
    right: float
    support: int = 1
    """Rows that have a cell here."""


def table_rows(lines: Sequence[Line]) -> list[Line]:
    """The rows as lines that know their cells; empty when the lines are no table that can be told apart."""
    if not lines:
        return []
    size = median(word.size or 1.0 for line in lines for word in line.words)
    rows = [_segmented(row_lines, size) for row_lines in _rows(lines, size)]
    columns = _columns(rows)
    if len(columns) < 2:
        return []
    for row in rows:
        row.segments = [part for segment in row.segments for part in _parted(segment, columns, size)]
        _place(row, columns)
    if _is_prose(rows, len(columns)):
        return []
    merged = _merged(rows, size)
    return [_as_line(row, len(columns)) for row in merged] if _is_table(merged, len(columns)) else []


def _rows(lines: Sequence[Line], size: float) -> list[list[Line]]:
    """Lines of one height together, from top to bottom; lines of indices go to the row they touch."""
    whole = [line for line in lines if line.size >= SMALL * size] or list(lines)
    rows: list[tuple[float, list[Line]]] = []
    for line in sorted(whole, key=_middle):
        if rows and _middle(line) - rows[-1][0] < SAME_ROW * size:
            rows[-1][1].append(line)
        else:
            rows.append((_middle(line), [line]))
    for line in lines:
        if line.size < SMALL * size and line not in whole:
            nearest = min(rows, key=lambda row: abs(row[0] - _middle(line)))
            if abs(nearest[0] - _middle(line)) < size:
                nearest[1].append(line)
            else:
                rows.append((_middle(line), [line]))
    return [row for _, row in sorted(rows, key=lambda row: row[0])]


def _middle(line: Line) -> float:
    """Middle of the line's words of full size, in points from the top of the page."""
    return median((word.box.top + word.box.bottom) / 2 for word in line.words if word.size >= SMALL * line.size)


def _segmented(lines: Sequence[Line], size: float) -> Row:
    """The row's words from left to right, parted where the gap is wide."""
    follows = {id(after): before for line in lines for before, after in zip(line.words, line.words[1:], strict=False)}
    row = Row(median(_middle(line) for line in lines))
    right = 0.0
    for word in sorted((word for line in lines for word in line.words), key=lambda word: word.box.left):
        if row.segments and word.box.left - right < _cell_gap(row.segments[-1], word) * size:
            before = row.segments[-1].words[-1]
            known = follows.get(id(word)) is before
            glued = word.glued if known else word.box.left - before.box.right < GLUED_GAP * size
            row.segments[-1].words.append(word._replace(glued=glued))
        else:
            row.segments.append(Segment([word._replace(glued=False)]))
            right = 0.0
        right = max(right, word.box.right)
    return row


def _cell_gap(before: Segment, word: Word) -> float:
    """Share of the type size from which on the word begins another cell."""
    figures = NUMBER.fullmatch(word.text) and all(NUMBER.fullmatch(one.text) for one in before.words)
    plain = before.words[-1].text[-1].isalnum() and word.text[0].isdigit()
    return NUMBER_GAP if figures and plain else CELL_GAP


def _columns(rows: Sequence[Row]) -> list[Column]:
    """The columns from left to right; rows with many cells tell more than titles over several columns."""
    columns: list[Column] = []
    most = max(len(row.segments) for row in rows)
    for row in sorted(rows, key=lambda row: -len(row.segments)):
        for segment in row.segments:
            touched = _touched(segment, columns)
            if not touched:
                if _may_be_new(segment, columns, len(row.segments), most):
                    columns.append(Column(segment.left, segment.right))
            elif len(row.segments) == 1:
                continue
            elif len(touched) == 1:
                column = touched[0]
                column.left, column.right = min(column.left, segment.left), max(column.right, segment.right)
                column.support += 1
        columns = _joined(columns)
    enough = 2 if len(rows) > 3 else 1
    return sorted((column for column in columns if column.support >= enough), key=lambda column: column.left)


def _touched(segment: Segment, columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if _overlap(segment, column)]


def _overlap(segment: Segment, column: Column) -> bool:
    return segment.left < column.right - TOUCH_POINTS and segment.right > column.left + TOUCH_POINTS


def _may_be_new(segment: Segment, columns: Sequence[Column], count: int, most: int) -> bool:
    """True unless it is one of few cells of its row and stands between columns: a value that many columns share."""
    if not columns or segment.right <= min(column.left for column in columns):
        return True
    return count > 1 and (2 * count >= most or segment.left >= max(column.right for column in columns))


def _parted(segment: Segment, columns: Sequence[Column], size: float) -> list[Segment]:
    """A segment over several columns as one for each, where its words stand over them one by one."""
    if len(_touched(segment, columns)) < 2:
        return [segment]
    parts = [Segment([segment.words[0]])]
    for before, word in pairwise(segment.words):
        numbers = NUMBER.fullmatch(before.text) and NUMBER.fullmatch(word.text)
        if numbers or word.box.left - before.box.right > TITLE_GAP * size:
            parts.append(Segment([word._replace(glued=False)]))
        else:
            parts[-1].words.append(word)
    touched = [_touched(part, columns) for part in parts]
    alone = all(len(some) == 1 for some in touched)
    return parts if alone and len({some[0].left for some in touched}) == len(parts) else [segment]


def _is_prose(rows: Sequence[Row], column_count: int) -> bool:
    """True for texts side by side, whose lines would only be mixed up."""
    long = [segment for row in rows for segment in row.segments if len(segment.words) >= LONG_WORDS]
    counts = Counter(segment.column for segment in long if not segment.is_number)
    if sum(1 for count in counts.values() if count >= max(3, PROSE_SHARE * len(rows))) > 1:
        return True
    words = sum(len(segment.words) for row in rows for segment in row.segments)
    return column_count > MOST_PROSE_COLUMNS and sum(len(segment.words) for segment in long) > 0.6 * words


def _joined(columns: list[Column]) -> list[Column]:
    """Columns that have grown into one another made one."""
    result: list[Column] = []
    for column in sorted(columns, key=lambda column: column.left):
        if result and column.left < result[-1].right - TOUCH_POINTS:
            last = result[-1]
            last.right, last.support = max(last.right, column.right), max(last.support, column.support)
        else:
            result.append(column)
    return result


def _place(row: Row, columns: Sequence[Column]) -> None:
    """Give each segment of the row its column; one over several columns gets the first that is free."""
    taken: set[int] = set()
    for segment in row.segments:
        touched = [index for index, column in enumerate(columns) if _overlap(segment, column)]
        segment.spans = len(touched) != 1
        if not touched:
            touched = [_left_neighbour(segment, columns)]
        free = [index for index in touched if index not in taken]
        segment.column = (free or touched)[0]
        taken.add(segment.column)


def _left_neighbour(segment: Segment, columns: Sequence[Column]) -> int:
    """The column before the gap in which the segment stands."""
    before = [index for index, column in enumerate(columns) if column.right <= segment.left]
    return before[-1] if before else 0


def _merged(rows: Sequence[Row], size: float) -> list[Row]:
    """Rows that were printed over several lines made one."""
    merged: list[Row] = []
    bottom = 0.0
    for row in rows:
        step = row.middle - bottom
        if merged and _is_half_step(merged[-1], row, step, size):
            merged[-1].segments += row.segments
            continue
        if merged and _goes_on(merged[-1], row, step, size):
            merged[-1].segments += row.segments
        else:
            merged.append(Row(row.middle, list(row.segments)))
        bottom = row.middle
    return merged


def _is_half_step(above: Row, below: Row, step: float, size: float) -> bool:
    """True for a label that is set halfway between two lines of the other columns."""
    taken = {segment.column for segment in above.segments}
    return step < HALF_STEP * size and not any(segment.column in taken for segment in below.segments)


def _goes_on(above: Row, below: Row, step: float, size: float) -> bool:
    """True for words that go on in cells of words of the line above."""
    words = {segment.column for segment in above.segments if not segment.is_number and not segment.spans}
    filled = {segment.column for segment in below.segments}
    return (
        HALF_STEP * size <= step < TIGHT_STEP * size
        and 0 not in filled
        and len(above.segments) > len(below.segments)
        and filled <= words
        and not any(segment.is_number for segment in below.segments)
    )


def _is_table(rows: Sequence[Row], column_count: int) -> bool:
    several = [row for row in rows if len({segment.column for segment in row.segments}) > 1]
    if len(several) < 2 or len(rows) * column_count < 6 or len(several) < 0.5 * len(rows):
        return False
    body = [segment for row in several for segment in row.segments]
    spanning = sum(1 for segment in body if segment.spans)
    words = sum(len(segment.words) for segment in body)
    return spanning <= 0.3 * len(body) and words <= LONGEST_CELL_WORDS * len(body)


def _as_line(row: Row, column_count: int) -> Line:
    """The row's words cell by cell."""
    words: list[Word] = []
    cells: list[int] = []
    for column in range(column_count):
        cell: list[Word] = []
        for segment in (segment for segment in row.segments if segment.column == column):
            cell += segment.words
        words += cell
        cells.append(len(cell))
    return replace(make_line(words), cells=tuple(cells))
