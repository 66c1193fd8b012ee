"""Where a span of a page's text stands on the page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ingestion.document import Box, WordBox

SAME_LINE_OVERLAP = 0.5
"""Share of the lower word's height that must be common for two words to stand on one line."""


def boxes_for_span(words: Sequence[WordBox], start: int, end: int) -> list[Box]:
    """One box for each printed line that characters `start` to `end` of the page's text touch.

    `words` are in text order. Words follow one another on a line as long as they share most of
    their height and do not jump back to the left, so two columns never merge.
    """
    first = bisect_right(words, start, key=lambda word: word.end)
    lines: list[Box] = []
    for word in words[first:]:
        if word.start >= end:
            break
        if word.end <= start:
            continue
        if lines and _same_line(lines[-1], word.box):
            lines[-1] = union(lines[-1], word.box)
        else:
            lines.append(word.box)
    return lines


def union(first: Box, second: Box) -> Box:
    """The smallest box that holds both."""
    return Box(
        min(first.left, second.left),
        min(first.top, second.top),
        max(first.right, second.right),
        max(first.bottom, second.bottom),
    )


def vertical_overlap(first: Box, second: Box) -> float:
    """Share of the lower box's height that both have in common, 0 to 1."""
    common = min(first.bottom, second.bottom) - max(first.top, second.top)
    height = min(first.bottom - first.top, second.bottom - second.top)
    return max(0.0, common / height) if height > 0 else 0.0


def _same_line(line: Box, word: Box) -> bool:
    height = max(line.bottom - line.top, word.bottom - word.top)
    near = -height < word.left - line.right < 4 * height or -height < line.left - word.right < 4 * height
    return near and vertical_overlap(line, word) >= SAME_LINE_OVERLAP
