"""Jupyter notebooks: notes, code and the text the code printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from errors import DamagedDocumentError, OversizedDocumentError
from ingestion.characters import clean_text
from ingestion.decode import decode
from ingestion.document import Document
from ingestion.limits import MOST_TEXT_CHARACTERS
from ingestion.loaders.markdown import add_markdown
from ingestion.single_page import PageText, single_page_document

TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
OUTPUT_LINES = 20
OUTPUT_CHARACTERS = 1500
CELL_CHARACTERS = 30
"""What a cell counts for beside its text."""


def load_notebook(path: Path, content: bytes) -> Document:
    """The notebook's cells in order; long outputs are cut, pictures left out.

    Raises:
        DamagedDocumentError: the file is no notebook.
        OversizedDocumentError: its cells hold too much text.
    """
    text, warnings = decode(content)
    try:
        notebook = json.loads(text)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
        page = PageText()
        size = 0
        for cell in cells:
            size += len(_text(cell.get("source", cell.get("input", "")))) + CELL_CHARACTERS
            if size > MOST_TEXT_CHARACTERS:
                raise OversizedDocumentError(
                    f"The cells of {path.name} hold more than {MOST_TEXT_CHARACTERS / 1e6:g} MB of text.",
                    hint="Split it into smaller notebooks.",
                )
            _add_cell(page, cell)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise DamagedDocumentError(
            f"{path.name} is not a readable notebook.", hint="Open it in Jupyter and save it again."
        ) from error
    return single_page_document(path, content, "notebook", page, warnings=warnings)


def _add_cell(page: PageText, cell: dict[str, Any]) -> None:
    source = clean_text(_text(cell.get("source", cell.get("input", ""))))
    kind = cell["cell_type"]
    if kind == "markdown":
        add_markdown(page, source)
    elif kind == "heading":
        page.add_heading(int(cell.get("level", 1)), source)
    elif kind == "code":
        if source.strip():
            page.add(f"```python\n{source.strip(chr(10))}\n```")
        for output in cell.get("outputs", []):
            _add_output(page, output)
    elif source.strip():
        page.add(source)


def _add_output(page: PageText, output: dict[str, Any]) -> None:
    kind = output.get("output_type")
    if kind == "error":
        text = f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
    elif kind == "stream":
        text = _text(output.get("text", ""))
    else:
        text = _text(output.get("data", output).get("text/plain", output.get("text", "")))
    text = clean_text(TERMINAL_COLOUR.sub("", text)).strip("\n")
    lines = text[:OUTPUT_CHARACTERS].split("\n")
    if len(lines) > OUTPUT_LINES or len(text) > OUTPUT_CHARACTERS:
        lines = [*lines[:OUTPUT_LINES], "..."]
    if text.strip():
        page.add("Output:\n```\n" + "\n".join(line.rstrip() for line in lines) + "\n```")


def _text(value: Any) -> str:
    return "".join(str(part) for part in value) if isinstance(value, list) else str(value)
