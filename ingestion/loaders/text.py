"""Plain text and source files."""

from __future__ import annotations

import re
from pathlib import Path

from ingestion.characters import clean_text
from ingestion.decode import decode
from ingestion.detect import CODE_ENDINGS
from ingestion.document import Document
from ingestion.single_page import PageText, single_page_document

WRAPPED_CHARACTERS = 60
"""A paragraph whose lines but the last are at least this long was wrapped by an editor."""


def load_text(path: Path, content: bytes) -> Document:
    """The file's paragraphs; wrapped prose is joined, code keeps its lines."""
    text, warnings = decode(content)
    page = PageText()
    is_code = path.suffix.lower() in CODE_ENDINGS
    for block in re.split(r"\n[ ]*\n", clean_text(text)):
        page.add(block if is_code else _unwrapped(block))
    return single_page_document(path, content, "text", page, warnings=warnings)


def _unwrapped(block: str) -> str:
    lines = [line.rstrip() for line in block.strip("\n").split("\n")]
    wrapped = len(lines) > 1 and all(len(line) >= WRAPPED_CHARACTERS for line in lines[:-1])
    plain = not any(line.startswith((" ", "-", "*", "|", ">")) for line in lines)
    return " ".join(lines) if wrapped and plain else "\n".join(lines)
