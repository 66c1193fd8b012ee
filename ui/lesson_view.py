"""A lesson's cells as HTML: text, code in colour, exercises and checks named, solutions folded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ui.markdown_view import Replacements, code_html, markdown_html
from ui.translation import N_, _

if TYPE_CHECKING:
    from curriculum.notebook_values import Cell

_LABELS = {"exercise": N_("Exercise {number}: your code goes here"), "check": N_("Check of exercise {number}")}


def lesson_html(cells: Sequence[Cell], replacements: Replacements | None = None) -> str:
    """All cells in order; the lesson's own title is left out, it stands above."""
    written = []
    number = 0
    for index, cell in enumerate(cells):
        if cell.role == "text":
            source = cell.source.partition("\n")[2] if index == 0 and cell.source.startswith("# ") else cell.source
            written.append(markdown_html(source, replacements))
            continue
        number += cell.role == "exercise"
        written.append(_code_cell(cell, number))
    return "".join(written)


def _code_cell(cell: Cell, number: int) -> str:
    code = code_html(cell.source)
    if cell.role == "solution":
        return (
            f'<details class="solution"><summary>'
            f"{_('One solution of exercise {number} (try it yourself first)').format(number=number)}</summary>"
            f"{code}</details>"
        )
    if cell.role in _LABELS:
        label = _(_LABELS[cell.role]).format(number=number)
        return f'<div class="cell cell-{cell.role}"><p class="cell-label">{label}</p>{code}</div>'
    return code
