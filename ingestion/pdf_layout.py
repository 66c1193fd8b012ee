"""The lines of a page in reading order: rows joined, side texts dropped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ingestion.lines import Line, RawPage, make_line
from ingestion.pdf_floats import floats_last, footnotes_last
from ingestion.spans import vertical_overlap

TURNED_SHARE = 0.3
"""A page with more than this share of turned text is a turned page, not one with side texts."""
JUMBLED_SHARE = 0.25
"""Share of lines that go back up the page beyond which the file's order is not trusted."""


def arrange(page: RawPage, body: float) -> list[Line]:
    """The page's lines in reading order; `body` is the document's font size in points."""
    lines = join_rows(_upright(page.lines))
    if _is_jumbled(lines):
        lines = join_rows(_by_columns(lines, page.width_points))
    return floats_last(footnotes_last(lines, page.height_points, body), body)


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
    words = [*row.words, first._replace(glued=close), *line.words[1:]]
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
