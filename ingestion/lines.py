"""What a PDF page gives before it is cleaned: printed lines of words, in the file's order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from ingestion.document import Box


class Word(NamedTuple):
    """A run of characters without a space."""

    text: str
    """Clean, never empty."""
    box: Box
    size: float
    """Font size in points as printed, 0 when unknown."""
    glued: bool = False
    """True when no space stands before it, as between Chinese characters."""


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line."""

    words: tuple[Word, ...]
    text: str
    """Its words with spaces."""
    box: Box
    size: float
    """Font size of most of its characters, in points."""
    bold: bool = False
    angle: int = 0
    """Turn of the writing against the page, in steps of 90 degrees: 0 to 3."""
    hyphenated: bool = False
    """True when a hyphen at its end may only be there because the line ended."""
    cells: tuple[int, ...] = ()
    """For a row of a table, how many of the words each cell has; empty for any other line."""


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as the PDF gives it."""

    number: int
    """1-based."""
    width_points: float
    height_points: float
    lines: tuple[Line, ...]
    is_blank: bool = False
    """True when nothing is printed on the page, not even a picture."""


def make_line(words: list[Word], *, bold: bool = False, angle: int = 0, hyphenated: bool = False) -> Line:
    """A line of `words` (at least one), with the box around them and the commonest size."""
    texts, boxes, sizes, _ = zip(*words, strict=True)
    size = sizes[0]
    if sizes.count(size) < len(sizes):
        characters: dict[float, int] = {}
        for word in words:
            characters[word.size] = characters.get(word.size, 0) + len(word.text)
        size = max(characters, key=characters.__getitem__)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    box = Box(min(lefts), min(tops), max(rights), max(bottoms))
    is_spaced = not any([word.glued for word in words])
    text = " ".join(texts) if is_spaced else "".join([word[0] if word[3] else " " + word[0] for word in words]).strip()
    return Line(tuple(words), text, box, size, bold, angle, hyphenated)


LETTERS = re.compile(r"[^\W\d_]")


def body_size(pages: list[RawPage]) -> float:
    """The font size that most characters of the document have, in points; 10 when nothing is known."""
    counts: dict[float, int] = {}
    for page in pages:
        for line in page.lines:
            size = round(line.size * 2) / 2
            counts[size] = counts.get(size, 0) + len(line.text)
    return max(counts, key=lambda value: counts[value]) if counts else 10.0
