"""Where an answer cites: `[1]`, `[1, 2]`, `[1-3]`, outside of code, formulas and links."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""Start and end (exclusive) of a range of characters."""

LARGEST_NUMBER = 999
LONGEST_RANGE = 50

_PROTECTED = re.compile(
    r"""
      (?P<block>
          ^[ \t>]{0,6}(?P<fence>`{3,}|~{3,})[^\n]*
          (?:\n(?![ \t>]{0,6}(?P=fence))[^\n]*)*
          (?:\n[ \t>]{0,6}(?P=fence)[^\n]*|\Z)
        | \$\$.{1,4000}?\$\$
        | \\\[.{1,4000}?\\\]
        | \\begin\{(?P<environment>\w+\*?)\}.{1,4000}?\\end\{(?P=environment)\}
      )
    | (?P<ticks>`+)(?!`)[^\n]{1,1000}?(?<!`)(?P=ticks)(?!`)
    | \\\([^\n]{1,1000}?\\\)
    | (?<![\\$])\$(?![\s$])[^$\n]{1,1000}?(?<![\s\\])\$(?![\d$])
    | !?\[[^\]\n]{0,300}\]\((?:https?:|mailto:|www\.|[#/.])[^)\n]{0,2000}\)
    | ^[ ]{0,3}\[[^\]\n]{1,100}\]:[ \t]+\S+
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(
    r"[\[【]\s*(?:(?:sources?|passages?)\s*)?(\d{1,4}(?:\s*(?:,|;|&|and|-|–|—)\s*\d{1,4})*)"
    r"(?:\s*,\s*pp?\.\s*\d+)?\s*[\]】]",
    re.IGNORECASE,
)
_PART = re.compile(r"(\d+)(?:\s*[-–—]\s*(\d+))?")


@dataclass(frozen=True, slots=True)
class Mark:
    """One citation in an answer."""

    start: int
    end: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Protected:
    """The parts of a text in which nothing is a citation."""

    spans: tuple[Span, ...]
    """Code, formulas and links, in order."""
    blocks: tuple[Span, ...]
    """Those of `spans` that stand for themselves: code fences and displayed formulas."""

    def covers(self, position: int) -> bool:
        """Whether a character lies inside one of the spans."""
        index = bisect_right(self.spans, (position, len(self.spans) and self.spans[-1][1] + 1)) - 1
        return index >= 0 and self.spans[index][0] <= position < self.spans[index][1]


def protected_parts(text: str) -> Protected:
    """The code, formulas and links of a Markdown text."""
    matches = list(_PROTECTED.finditer(text))
    return Protected(
        spans=tuple(match.span() for match in matches),
        blocks=tuple(match.span() for match in matches if match["block"]),
    )


def find_marks(text: str, *, ignored: Sequence[Span] = ()) -> list[Mark]:
    """The citations of a text, in order.

    Args:
        text: an answer in Markdown.
        ignored: more spans in which brackets are no citations, e.g. verbatim quotes.
    """
    protected = protected_parts(text)
    marks: list[Mark] = []
    for match in _MARK.finditer(text):
        numbers = _numbers(match[1])
        inside = any(start <= match.start() < end for start, end in ignored)
        if numbers and not inside and not protected.covers(match.start()):
            marks.append(Mark(match.start(), match.end(), numbers))
    return marks


def without_marks(text: str, marks: Sequence[Mark], start: int, end: int) -> str:
    """Characters `start` to `end` of the text with the marks blanked out."""
    kept: list[str] = []
    for mark in marks:
        if start <= mark.start < end:
            kept.append(text[start : mark.start])
            start = min(end, mark.end)
    return " ".join([*kept, text[start:end]])


def _numbers(inside: str) -> tuple[int, ...]:
    """The numbers between the brackets; none when they cannot be citations (0, a year, an interval)."""
    numbers: dict[int, None] = {}
    for part in _PART.finditer(inside):
        first, last = int(part[1]), int(part[2] or part[1])
        if not 1 <= first <= last <= LARGEST_NUMBER or last - first > LONGEST_RANGE:
            return ()
        numbers.update(dict.fromkeys(range(first, last + 1)))
    return tuple(numbers)
