"""Lines become paragraphs: which line continues the one before, and how the two are joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ingestion.lines import Line
from ingestion.pdf_floats import begins_note
from ingestion.pdf_headings import CAPTION_START, Title
from ingestion.words import word_set

PARAGRAPH, LINE_BREAK, SPACE = "\n\n", "\n", " "
SENTENCE_END = re.compile(r"[.:?!][\"”’)\]\d∗*†]*$")
LIST_ITEM = re.compile(r"[•·▪◦‣∙–—-]$|[•▪◦‣∙]|\[\d{1,3}\]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]$")
FULL_SHARE = 0.9
"""Two lines of full columns differ by less than this share."""
FIGURE = re.compile(r"[~≈<>±+\-−]?[$€£]?[\d.,]*\d[\d.,±+\-−%*†‡e×/]*[KMBTkx%]?|[-–—✓✗]")
WORD_EDGE = re.compile(r"^\W+|\W+$")
CLOSED_FIRST_PARTS = word_set(
    "any down every fore further here how in more never no not on out over some there through under up what "
    "when where who with"
)
"""First halves of words that are written as one: with-out, there-fore."""


def separators(lines: Sequence[Line], titles: Mapping[int, Title]) -> list[str]:
    """What stands before each line: nothing (first), a paragraph break, a line break or a space."""
    breaks = _row_breaks(lines) | _title_breaks(titles)
    result: list[str] = []
    for block in _blocks(lines, breaks):
        right = max(lines[index].box.right for index in block)
        for index in block:
            if index == block[0]:
                result.append(PARAGRAPH if result else "")
            elif index in breaks:
                result.append(breaks[index])
            else:
                following = lines[index + 1] if index + 1 in block else None
                result.append(_separator(lines[index - 1], lines[index], following, right))
    _join_over_columns(lines, titles, breaks, result)
    return result


def _row_breaks(lines: Sequence[Line]) -> dict[int, str]:
    """A table is a paragraph of rows."""
    breaks: dict[int, str] = {}
    for index in range(1, len(lines)):
        above, below = lines[index - 1].cells, lines[index].cells
        if above or below:
            breaks[index] = LINE_BREAK if len(above) == len(below) else PARAGRAPH
    return breaks


def _title_breaks(titles: Mapping[int, Title]) -> dict[int, str]:
    breaks: dict[int, str] = {}
    for title in titles.values():
        breaks[title.first] = PARAGRAPH
        breaks.update({title.first + offset: SPACE for offset in range(1, title.line_count)})
        breaks[title.first + title.line_count] = PARAGRAPH
    return breaks


def _blocks(lines: Sequence[Line], breaks: Mapping[int, str]) -> list[range]:
    """Ranges of lines of one size that follow one another without a gap."""
    if not lines:
        return []
    starts = [0]
    leading = _leading(lines)
    for index in range(1, len(lines)):
        separator = breaks.get(index)
        if separator == PARAGRAPH or (separator is None and _is_apart(lines[index - 1], lines[index], leading)):
            starts.append(index)
    return [range(start, end) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _leading(lines: Sequence[Line]) -> float:
    """The commonest distance of two baselines as a multiple of the type size."""
    steps: Counter[float] = Counter()
    for above, below in zip(lines, lines[1:], strict=False):
        step = below.box.bottom - above.box.bottom
        if above.size and abs(above.size - below.size) < 0.3 and 0.8 < step / above.size < 3:
            steps[round(step / above.size, 1)] += 1
    return steps.most_common(1)[0][0] if steps else 1.2


def _is_apart(above: Line, below: Line, leading: float) -> bool:
    size = max(above.size, below.size, 1.0)
    if min(above.size, below.size) < 0.88 * size and min(len(above.words), len(below.words)) > 2:
        return True
    step = below.box.bottom - above.box.bottom
    if step < -0.5 * size or step > (leading + 0.4) * size:
        return True
    overlap = min(above.box.right, below.box.right) - max(above.box.left, below.box.left)
    return overlap < -3 * size


def _separator(above: Line, below: Line, following: Line | None, right: float) -> str:
    size = max(below.size, 1.0)
    first = below.words[0]
    indent = below.box.left - above.box.left
    ends_sentence = bool(SENTENCE_END.search(above.words[-1].text))
    is_short = right - above.box.right > first.box.right - first.box.left + 0.6 * size
    if CAPTION_START.match(below.text) and (is_short or ends_sentence):
        return PARAGRAPH
    if begins_note(below) and (ends_sentence or is_short or first.text[0].isdigit()):
        return PARAGRAPH
    if LIST_ITEM.match(first.text) and (ends_sentence or is_short or first.text[0] in "•▪◦‣∙"):
        return PARAGRAPH
    if above.hyphenated:
        return SPACE
    if _is_row(above) and _is_row(below):
        return LINE_BREAK
    if indent > 0.7 * size and ends_sentence and (following is None or _returns(above, below, following)):
        return PARAGRAPH
    if is_short:
        return PARAGRAPH if ends_sentence else LINE_BREAK
    if (
        indent < -0.7 * size
        and ends_sentence
        and following is not None
        and following.box.left > below.box.left + 0.5 * size
    ):
        return PARAGRAPH
    return SPACE


def _is_row(line: Line) -> bool:
    """True for a row of a table: figures in at least two of five words."""
    figures = sum(1 for word in line.words if FIGURE.fullmatch(word.text))
    return len(line.words) > 1 and figures >= 0.4 * len(line.words)


def _returns(above: Line, below: Line, following: Line) -> bool:
    """True when the line after an indented one goes back to the margin."""
    return (
        below.box.left - following.box.left > 0.7 * below.size
        or abs(following.box.left - above.box.left) < 0.3 * below.size
    )


def _join_over_columns(
    lines: Sequence[Line], titles: Mapping[int, Title], breaks: Mapping[int, str], result: list[str]
) -> None:
    """Joins a sentence that goes on at the top of the next column."""
    for index in range(1, len(lines)):
        above, below = lines[index - 1], lines[index]
        if result[index] != PARAGRAPH or index in breaks or index - 1 in titles:
            continue
        moves = below.box.bottom < above.box.top or below.box.left > above.box.right
        same_print = abs(above.size - below.size) < 0.3 and above.bold == below.bold
        open_end = above.hyphenated or not SENTENCE_END.search(above.words[-1].text)
        goes_on = not below.text[0].isupper() or _is_as_wide(above, below)
        if moves and same_print and open_end and goes_on and len(above.words) > 2:
            result[index] = SPACE


def _is_as_wide(above: Line, below: Line) -> bool:
    """True for two full lines of prose, the first of which was not ended early."""
    ratio = (above.box.right - above.box.left) / max(1.0, below.box.right - below.box.left)
    return FULL_SHARE < ratio < 1 / FULL_SHARE and min(len(above.words), len(below.words)) > 4


class Hyphens:
    """Decides whether a hyphen at a line's end belongs to the word, from how the document writes it."""

    def __init__(self, pages: Iterable[Sequence[Line]]) -> None:
        printed: Counter[str] = Counter()
        for lines in pages:
            for line in lines:
                whole = line.words[:-1] if line.hyphenated else line.words
                printed.update([word.text for word in whole])
        self.counts: Counter[str] = Counter()
        for word, count in printed.items():
            self.counts[WORD_EDGE.sub("", word).lower()] += count

    def keeps(self, first: str, second: str) -> bool:
        """True when `first-second` is written with its hyphen."""
        left = re.split(r"[^\w\-]", WORD_EDGE.sub("", first).lower())[-1]
        right = WORD_EDGE.sub("", re.split(r"[^\w\-'’]", second.lstrip("([{“\"'"), maxsplit=1)[0]).lower()
        hyphenated, joined = self.counts[f"{left}-{right}"], self.counts[left + right]
        if hyphenated != joined:
            return hyphenated > joined
        if not right or not left or not second[0].isalpha() or second[0].isupper():
            return True
        if "-" in left or "-" in right.split("-")[0]:
            return True
        known = self.counts[left] > 2 and self.counts[right.split("-")[0]] > 2
        return known and len(left) >= 3 and len(right) >= 4 and left not in CLOSED_FIRST_PARTS
