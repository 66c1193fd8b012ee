"""What a PDF says about itself: title, authors, bookmarks and page labels by pdfium, by pypdf what pdfium cannot open.

Worker process only. Both say the same of every paper measured; pdfium takes a tenth of the time, a twentieth for
bookmarks (docs/decisions/022-pypdf-is-the-second-reader.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ingestion.characters import clean_text
from ingestion.pdf_headings import OutlineEntry

MAXIMUM_OUTLINE_ENTRIES = 2000
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """Facts beside the text; all may be missing."""

    needs_password: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    """`title`, `authors` and `created` (PDF date), where they are given."""


def read_fields(pdf: Any) -> PdfMetadata:
    """What an open pypdfium2 document says; a fault in one part never hides the others."""
    return PdfMetadata(False, _guarded(lambda source: _named(source.get_metadata_dict(skip_empty=True), ""), pdf, {}))


def read_metadata(path: Path) -> PdfMetadata:
    """What pypdf can read, for files that pdfium cannot open."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return PdfMetadata(needs_password=True)
    except Exception:  # noqa: BLE001 - pypdf raises nearly anything on damaged files; pdfium decides
        return PdfMetadata()
    return PdfMetadata(False, _guarded(_fields, reader, {}))


def read_labels(pdf: Any) -> list[str]:
    """The printed label of each page of an open pypdfium2 document, its number where it has none."""
    return [
        _guarded(lambda page: clean_text(pdf.get_page_label(page)).strip(), index, "") or str(index + 1)
        for index in range(len(pdf))
    ]


def read_outline(pdf: Any) -> dict[int, list[OutlineEntry]]:
    """The bookmarks of an open pypdfium2 document by 1-based page number; none when they are damaged."""
    return _guarded(_outline, pdf, {})


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


def _guarded(read: Callable[[Any], Result], source: Any, otherwise: Result) -> Result:
    try:
        return read(source)
    except Exception:  # noqa: BLE001 - see read_metadata
        return otherwise


def _fields(reader: Any) -> dict[str, str]:
    return _named(reader.metadata or {}, "/")


def _named(information: Mapping[str, Any], prefix: str) -> dict[str, str]:
    names = {"Title": "title", "Author": "authors", "CreationDate": "created"}
    texts = {name: information.get(f"{prefix}{source}") for source, name in names.items()}
    return {name: clean_text(str(text)).strip() for name, text in texts.items() if isinstance(text, str)}


def _outline(pdf: Any) -> dict[int, list[OutlineEntry]]:
    entries: dict[int, list[OutlineEntry]] = {}
    for bookmark in islice(pdf.get_toc(), MAXIMUM_OUTLINE_ENTRIES):
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        title = clean_text(bookmark.get_title()).strip()
        if page is not None and page >= 0 and title:
            entries.setdefault(page + 1, []).append(OutlineEntry(bookmark.level + 1, title))
    return entries
