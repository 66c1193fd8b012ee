"""Text of documents and models on a page of ours: escaped, with the evidence marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from evals.pagetext import HYPHENS

_GAP = rf"[\s{re.escape(HYPHENS)}]*"
LEAST_LETTERS = 24


def marked(text: str, quotes: Sequence[str]) -> str:
    """The text as HTML with every quote, or the half of it that stands there, in a `<mark>`."""
    spans = _merged([span for quote in quotes for span in _find(text, quote)])
    parts, last = [], 0
    for start, end in spans:
        parts += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
        last = end
    return "".join([*parts, escape(text[last:])])


def _find(text: str, quote: str) -> list[tuple[int, int]]:
    letters = re.sub(_GAP, "", quote) if quote else ""
    middle = len(letters) // 2
    halves = [letters] if middle < LEAST_LETTERS else [letters, letters[:middle], letters[middle:]]
    for part in halves:
        if part and (found := re.search(_GAP.join(map(re.escape, part)), text, re.IGNORECASE)):
            return [found.span()]
    return []


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
