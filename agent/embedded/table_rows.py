"""Rows of a paper's table as a learner reads them: with the names of their columns, one table for rows of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.embedded.parts import plain

if TYPE_CHECKING:
    from agent.embedded.evidence import Evidence

_POWER = re.compile(
    r"(?<![\d.])(?P<ten>\d\.\d+\s?[·⋅×∗]\s?10)(?P<power>[1-9]\d|[−-]\d{1,2})(?<!1024)(?![\d.,]*\d)"  # noqa: RUF001
)
"""Scientific notation with a decimal and two figures; 1024 may be a number of its own."""
_RAISED = str.maketrans("0123456789−-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")  # noqa: RUF001
MOST_HEAD_ROWS = 2
CELL_CHARACTERS = 120
_REFERENCE = re.compile(r"\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
"""The paper's own list of references is not beside the table."""


def with_powers(text: str) -> str:
    """The text with powers of ten raised behind a multiplication sign: PDF text has "2.3 · 1019" for 2.3 · 10¹⁹."""
    return _POWER.sub(lambda match: match["ten"] + match["power"].translate(_RAISED), text)


def cells_of(line: str) -> tuple[str, ...]:
    """The cells of a row between bars, empty ones too; none of a line without bars."""
    line = line.strip()
    if not (line.startswith("|") and line.endswith("|") and len(line) > 1):
        return ()
    return tuple(" ".join(cell.split()) for cell in line[1:-1].split("|"))


def column_names(head_rows: Iterable[str]) -> tuple[str, ...]:
    """The names of the columns from the rows above the first figures, which stand below each other."""
    rows = [cells for row in head_rows if (cells := cells_of(row))][:MOST_HEAD_ROWS]
    if not rows or len({len(row) for row in rows}) > 1:
        return ()
    return tuple(" ".join(cell for cell in column if cell) for column in zip(*rows, strict=True))


def table_of(passage: Mapping[str, Any]) -> str:
    """What tells the passage's table from others: a long table is cut into several passages."""
    return f"{passage['document_id']} {passage['section']}"


def inline_row(line: str) -> str:
    """A row on a line of text, its filled cells parted by bars; a line without bars as it is."""
    return " | ".join(cell for cell in cells_of(line) if cell) or line


def shown_as_table(item: Evidence) -> bool:
    """Whether a quote is a row whose columns are named."""
    return item.kind == "row" and bool(item.columns) and len(cells_of(item.text)) == len(item.columns)


def tables_text(items: Sequence[Evidence]) -> list[str]:
    """A Markdown table for the rows of each table, in the order of their first rows."""
    tables: dict[tuple[str, tuple[str, ...]], list[Evidence]] = {}
    for item in items:
        tables.setdefault((item.table, item.columns), []).append(item)
    return [_table(columns, rows) for (_, columns), rows in tables.items()]


def _table(columns: Sequence[str], items: Sequence[Evidence]) -> str:
    rows = [_numbered(cells_of(item.text), item.number) for item in items]
    filled = [place for place in range(len(columns)) if place == 0 or any(row[place] for row in rows)]
    lines = [[plain(columns[place], CELL_CHARACTERS) for place in filled], ["---"] * len(filled)]
    lines += [[row[place] for place in filled] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _numbered(cells: Sequence[str], number: int) -> list[str]:
    """The cells with the citation behind the first one that says something."""
    shown = [plain(with_powers(_REFERENCE.sub("", cell)), CELL_CHARACTERS) for cell in cells]
    first = next((place for place, cell in enumerate(shown) if cell), 0)
    shown[first] = f"{shown[first]} [{number}]".strip()
    return shown
