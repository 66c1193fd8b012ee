"""The lines of a page in reading order: rows joined, side texts dropped, footnotes last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ingestion.lines import Line, RawPage, Word, make_line
from ingestion.spans import vertical_overlap

SMALL_PRINT = 0.93
"""Footnotes are set at most this share of the body's size."""
TURNED_SHARE = 0.3
"""A page with more than this share of turned text is a turned page, not one with side texts."""
JUMBLED_SHARE = 0.25
"""Share of lines that go back up the page beyond which the file's order is not trusted."""


def arrange(page: RawPage, body: float) -> list[Line]:
    """The page's lines in reading order; `body` is the document's font size in points."""
    lines = join_rows(_upright(page.lines))
    if _is_jumbled(lines):
        lines = join_rows(_by_columns(lines, page.width_points))
    return _footnotes_last(lines, page.height_points, body)


def join_rows(lines: Sequence[Line]) -> list[Line]:
    """Pieces that stand beside each other, such as a superscript and what follows, made one line."""
    rows: list[Line] = []
    for line in lines:
        if rows and _continues_row(rows[-1], line):
            rows[-1] = _joined(rows[-1], line)
        else:
            rows.append(line)
    return rows


def _continues_row(row: Line, line: Line) -> bool:
    if row.hyphenated or row.angle != line.angle or line.angle % 2:
        return False
    size = max(row.size, line.size, 1.0)
    gap = line.box.left - row.box.right
    return -size < gap < 1.5 * size and vertical_overlap(row.box, line.box) >= 0.45


def _joined(row: Line, line: Line) -> Line:
    first = line.words[0]
    close = line.box.left - row.box.right < 0.15 * max(row.size, line.size)
    words = [*row.words, replace(first, glued=close), *line.words[1:]]
    return make_line(words, bold=row.bold and line.bold, angle=row.angle, hyphenated=line.hyphenated)


def _upright(lines: Sequence[Line]) -> list[Line]:
    turned = sum(len(line.text) for line in lines if line.angle)
    total = sum(len(line.text) for line in lines)
    if turned > TURNED_SHARE * total:
        return list(lines)
    return [line for line in lines if not line.angle]


def _is_jumbled(lines: Sequence[Line]) -> bool:
    if len(lines) < 8:
        return False
    backward = sum(1 for above, below in pairwise(lines) if below.box.bottom < above.box.top - above.size)
    return backward > JUMBLED_SHARE * len(lines)


def _by_columns(lines: Sequence[Line], width: float) -> list[Line]:
    """Lines from top to bottom, column by column between lines that span the page."""
    ordered: list[Line] = []
    columns: tuple[list[Line], list[Line]] = ([], [])
    middle = width / 2
    for line in sorted(lines, key=lambda line: (line.box.top, line.box.left)):
        if line.box.left < middle - 0.05 * width and line.box.right > middle + 0.05 * width:
            ordered += [*columns[0], *columns[1], line]
            columns = ([], [])
        else:
            columns[line.box.left >= middle - 0.05 * width].append(line)
    return [*ordered, *columns[0], *columns[1]]


def _footnotes_last(lines: Sequence[Line], height: float, body: float) -> list[Line]:
    """Small print at the foot of a column moved to the end, so that it does not cut a paragraph in two."""
    kept: list[Line] = []
    notes: list[Line] = []
    for column in _columns(lines):
        cut = len(column)
        while cut and _is_small_print(column[cut - 1], height, body):
            cut -= 1
        while cut < len(column) and not _begins_note(column[cut].words[0]):
            cut += 1
        kept += column[:cut]
        notes += column[cut:]
    return kept + notes


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    columns: list[list[Line]] = []
    for line in lines:
        if columns and line.box.top >= columns[-1][-1].box.top - 3 * line.size:
            columns[-1].append(line)
        else:
            columns.append([line])
    return columns


def _is_small_print(line: Line, height: float, body: float) -> bool:
    return line.size <= SMALL_PRINT * body and line.box.top > 0.55 * height


def _begins_note(word: Word) -> bool:
    return word.text[0] in "∗*†‡§¶0123456789"
