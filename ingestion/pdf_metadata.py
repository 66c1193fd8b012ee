"""What pypdf knows about a PDF: password, title, authors, bookmarks, page labels. Worker process only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestion.characters import clean_text
from ingestion.pdf_headings import OutlineEntry

MAXIMUM_OUTLINE_ENTRIES = 2000


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """Facts beside the text; all may be missing."""

    needs_password: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    """`title`, `authors` and `created` (PDF date), where they are given."""
    labels: tuple[str, ...] = ()
    """Printed page labels, first page first."""
    outline: dict[int, list[OutlineEntry]] = field(default_factory=dict)
    """Bookmarks by 1-based page number."""


def read_metadata(path: Path) -> PdfMetadata:
    """What can be read; a fault in one part never hides the others."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return PdfMetadata(needs_password=True)
    except Exception:  # noqa: BLE001 - pypdf raises nearly anything on damaged files; pdfium decides
        return PdfMetadata()
    return PdfMetadata(
        False, _guarded(_fields, reader, {}), _guarded(_labels, reader, ()), _guarded(_outline, reader, {})
    )


def read_texts(path: Path) -> list[str]:
    """The pages' text as pypdf sees it, for files that pdfium cannot open.

    Raises:
        Exception: whatever pypdf raises.
    """
    from pypdf import PdfReader

    reader = PdfReader(path, strict=False)
    if reader.is_encrypted:
        reader.decrypt("")
    return [clean_text(page.extract_text()) for page in reader.pages]


def _guarded(read: Any, reader: Any, otherwise: Any) -> Any:
    try:
        return read(reader)
    except Exception:  # noqa: BLE001 - see read_metadata
        return otherwise


def _fields(reader: Any) -> dict[str, str]:
    information = reader.metadata or {}
    names = {"/Title": "title", "/Author": "authors", "/CreationDate": "created"}
    texts = {name: information.get(source) for source, name in names.items()}
    return {name: clean_text(str(text)).strip() for name, text in texts.items() if isinstance(text, str)}


def _labels(reader: Any) -> tuple[str, ...]:
    return tuple(clean_text(str(label)).strip() for label in reader.page_labels)


def _outline(reader: Any) -> dict[int, list[OutlineEntry]]:
    entries: dict[int, list[OutlineEntry]] = {}
    for count, (level, item) in enumerate(_walk(reader.outline, 1)):
        if count >= MAXIMUM_OUTLINE_ENTRIES:
            break
        page = reader.get_destination_page_number(item)
        if page is not None and page >= 0 and item.title:
            entries.setdefault(page + 1, []).append(OutlineEntry(level, clean_text(str(item.title)).strip()))
    return entries


def _walk(items: Any, level: int) -> Iterator[tuple[int, Any]]:
    for item in items:
        if isinstance(item, list):
            yield from _walk(item, level + 1)
        else:
            yield level, item
