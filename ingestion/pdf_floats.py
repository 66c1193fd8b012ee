"""Footnotes, figures and tables that stand in the middle of a sentence, moved to the end of their page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingestion.lines import Line
from ingestion.pdf_headings import CAPTION_START

SMALL_PRINT = 0.93
"""Footnotes are set at most this share of the body's size."""
NOTE_MARKS = "∗*†‡§¶"
NOTE_NUMBER = re.compile(r"\d{1,2}(?!\d)")
SUPERSCRIPT = 0.9
"""The number of a footnote is set at most this share of the footnote's size."""
FLOAT_LINES = 80
"""Longest figure or table that is looked past, in lines."""
SENTENCE_END = re.compile(r"[.:?!][\"”’)\]\d∗*†]*$")


def footnotes_last(lines: Sequence[Line], height: float, body: float) -> list[Line]:
    """Small print at the foot of a column moved to the end, so that it does not cut a paragraph in two."""
    kept: list[Line] = []
    notes: list[Line] = []
    for column in _columns(lines):
        cut = len(column)
        while cut and _is_small_print(column[cut - 1], height, body):
            cut -= 1
        while 0 < cut < len(column) and not begins_note(column[cut]):
            cut += 1
        cut = cut or len(column)
        kept += column[:cut]
        notes += column[cut:]
    return kept + notes


def floats_last(lines: Sequence[Line], body: float) -> list[Line]:
    """Figures and tables at the head of a column moved to the end when a sentence goes on below them."""
    result = list(lines)
    floats: list[Line] = []
    index = 1
    while index < len(result):
        above, below = result[index - 1], result[index]
        if below.box.bottom < above.box.top and _is_open(above, body):
            end = _float_end(result, index, body)
            floats += result[index:end]
            del result[index:end]
        index += 1
    return result + floats


def begins_note(line: Line) -> bool:
    """True for a line that begins with the mark of a footnote."""
    first = line.words[0]
    if first.text[0] in NOTE_MARKS:
        return True
    return bool(NOTE_NUMBER.match(first.text)) and first.size < SUPERSCRIPT * line.size


def _is_open(line: Line, body: float) -> bool:
    """True for body text that ends in the middle of a sentence."""
    return abs(line.size - body) < 0.6 and len(line.words) > 3 and not SENTENCE_END.search(line.text)


def _float_end(lines: Sequence[Line], start: int, body: float) -> int:
    """Where the sentence goes on after the figure that begins at `start`; `start` when it does not."""
    has_caption = False
    for index in range(start, min(start + FLOAT_LINES, len(lines))):
        line = lines[index]
        if has_caption and abs(line.size - body) < 0.6 and _is_set_apart(lines[index - 1], line):
            return index if len(line.words) > 3 and not line.text[0].isupper() else start
        has_caption = has_caption or CAPTION_START.match(line.text) is not None
    return start


def _is_set_apart(above: Line, below: Line) -> bool:
    """True when a gap or another size of type says that something new begins."""
    step = below.box.bottom - above.box.bottom
    return step > 1.7 * below.size or step > 0 and abs(above.size - below.size) >= 0.6


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
