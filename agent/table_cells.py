"""Rows of Markdown tables: where a cell with a citation of its own is a claim of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.marks import Mark, Span

FEWEST_CELLS = 3
"""A row of a label and one value is one claim: the value says nothing without its label."""
_BAR = re.compile(r"(?<!\\)\|")
_ROW = re.compile(r"[ \t]*\|")


@dataclass(frozen=True, slots=True)
class Row:
    """A table row that is judged cell by cell."""

    label: Span
    """Its first cell, which names what the others are about."""
    cells: tuple[Span, ...]


def row_of_claims(text: str, start: int, end: int, whole: Sequence[Span], marks: Sequence[Mark]) -> Row | None:
    """The cells of a row that cites in several of them; None for any other row or line, which is one claim.

    Args:
        text: the answer.
        start: where the line begins.
        end: past its end.
        whole: spans in which a bar parts no cells: code, formulas, quotes.
        marks: the answer's citations.
    """
    if not _ROW.match(text[start:end]):
        return None
    cells = _cells(text, start, end, whole)
    if len(cells) < FEWEST_CELLS:
        return None
    label, *values = cells
    cited = [any(first <= mark.start < last for mark in marks) for first, last in values]
    if any(label[0] <= mark.start < label[1] for mark in marks) or not any(cited):
        return None
    alone = sum(cited) == 1
    if alone and any(
        not has and re.search(r"\d", text[first:last]) for has, (first, last) in zip(cited, values, strict=True)
    ):
        return None
    return Row(label, tuple(values))


def _cells(text: str, start: int, end: int, whole: Sequence[Span]) -> list[Span]:
    """The cells between the bars of a line, without the space around them; empty ones are left out."""
    bars = [
        match.start()
        for match in _BAR.finditer(text, start, end)
        if not any(first <= match.start() < last for first, last in whole)
    ]
    cells = []
    for before, after in zip(bars, [*bars[1:], end], strict=True):
        inside = text[before + 1 : after]
        if inside.strip():
            first = before + 1 + len(inside) - len(inside.lstrip())
            cells.append((first, first + len(inside.strip())))
    return cells
