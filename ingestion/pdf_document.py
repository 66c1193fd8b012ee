"""A PDF file becomes a Document. Runs in the worker process only; see pdf_process.py."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from errors import (
    DamagedDocumentError,
    DocumentMissingError,
    EmptyDocumentError,
    EncryptedDocumentError,
    ScannedDocumentError,
)
from ingestion.document import Document, DocumentId, Page
from ingestion.lines import Line, RawPage, body_size
from ingestion.pdf_compose import compose
from ingestion.pdf_furniture import find_stamp, without_furniture
from ingestion.pdf_headings import OutlineEntry, Title, covered, find_titles
from ingestion.pdf_layout import arrange
from ingestion.pdf_metadata import PdfMetadata, read_fields, read_labels, read_metadata, read_outline, read_texts
from ingestion.pdf_paragraphs import Hyphens
from ingestion.pdf_tables import with_tables
from ingestion.pdf_text import read_page
from ingestion.pdf_title import (
    arxiv_id_from_name,
    authors_from_lines,
    title_from_lines,
    title_from_metadata,
    title_lines,
    word_forms,
    year_of,
)

NO_LINES: Mapping[int, tuple[Line, ...]] = MappingProxyType({})
MINIMUM_BOOKMARKS = 5
"""Fewer bookmarks than these do not describe a document."""


def read_pdf(path: Path, *, use_pdfium: bool = True, recognised: Mapping[int, tuple[Line, ...]] = NO_LINES) -> Document:
    """The document in `path`; `use_pdfium=False` reads with pypdf alone, without boxes.

    `recognised` are lines read off the pictures of pages, by page number.

    Raises:
        EncryptedDocumentError: a password is needed.
        ScannedDocumentError: no page has text.
        DamagedDocumentError: neither library can read it.
    """
    if not path.is_file():
        raise DocumentMissingError(f"There is no file {path}.", hint="Check the path.")
    warnings: list[str] = []
    pdf = _open(path) if use_pdfium else None
    if pdf is None:
        metadata = read_metadata(path)
        if metadata.needs_password:
            raise encrypted(path.name)
        return _document(path, _plain_pages(path), metadata, "", "", None, None, warnings)
    try:
        raw = [_read_page(pdf, index, warnings) for index in range(len(pdf))]
        metadata, labels, outline = read_fields(pdf), read_labels(pdf), read_outline(pdf)
    finally:
        pdf.close()
    raw = [page if page.lines else replace(page, lines=recognised.get(page.number, ())) for page in raw]
    if recognised:
        warnings.append(
            f"The text on {page_list(sorted(recognised))} was recognised from the picture and may have mistakes."
        )
    return _from_pdfium(path, raw, metadata, labels, outline, warnings)


def count_pages(path: Path) -> int:
    """How many pages pdfium sees; 0 when it cannot open the file."""
    pdf = _open(path)
    if pdf is None:
        return 0
    try:
        return len(pdf)
    finally:
        pdf.close()


def encrypted(name: str) -> EncryptedDocumentError:
    """The error for a file that asks for a password."""
    return EncryptedDocumentError(
        f"{name} is protected by a password.",
        hint="Open it in a PDF reader, save a copy without the password and add that copy.",
    )


def damaged(name: str) -> DamagedDocumentError:
    """The error for a file that no library can read."""
    return DamagedDocumentError(
        f"{name} is damaged or incomplete and cannot be read.",
        hint="Download it again, or save it anew from a PDF reader.",
    )


def blank(name: str) -> EmptyDocumentError:
    """The error for a file with nothing to read on any page."""
    return EmptyDocumentError(f"{name} has no text: its pages are blank.", hint="Check that it is the file you meant.")


def _open(path: Path) -> Any:
    """The file opened by pdfium, None when pdfium cannot."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
        if len(pdf):
            return pdf
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise encrypted(path.name) from error
    return None


def _read_page(pdf: Any, index: int, warnings: list[str]) -> RawPage:
    import pypdfium2

    try:
        return read_page(pdf, index)
    except pypdfium2.PdfiumError:
        warnings.append(f"Page {index + 1} is damaged and was left out.")
        return RawPage(index + 1, 0.0, 0.0, ())


def _plain_pages(path: Path) -> tuple[Page, ...]:
    try:
        texts = read_texts(path)
    except MemoryError:
        raise
    except Exception as error:
        raise damaged(path.name) from error
    return tuple(Page(number, str(number), text, 0.0, 0.0, (), ()) for number, text in enumerate(texts, 1))


def _from_pdfium(
    path: Path,
    raw: list[RawPage],
    metadata: PdfMetadata,
    labels: Sequence[str],
    outline: Mapping[int, Sequence[OutlineEntry]],
    warnings: list[str],
) -> Document:
    stamp_id, _ = find_stamp(raw)
    title_print = title_lines(raw[0])
    forms = word_forms(raw)
    title = title_from_lines(title_print, forms)
    authors = authors_from_lines(raw[0], title_print)
    stripped = without_furniture(raw)
    body = body_size(stripped)
    has_outline = sum(map(len, outline.values())) >= MINIMUM_BOOKMARKS

    def titles_of(page: RawPage, page_lines: Sequence[Line]) -> dict[int, Title]:
        return find_titles(page_lines, outline.get(page.number, ()), body, has_outline=has_outline)

    printed = [arrange(page, body) for page in stripped]
    lines = with_tables(stripped, printed, lambda page, page_lines: covered(titles_of(page, page_lines)), body)
    hyphens = Hyphens(lines)
    pages = []
    for page, page_lines, label in zip(stripped, lines, labels, strict=True):
        titles = titles_of(page, page_lines)
        if page.number == 1:
            titles = _without_main_title(titles, page_lines, title_print)
        pages.append(compose(page, page_lines, titles, hyphens, label))
    if all(page.width_points == 0 for page in pages):
        raise damaged(path.name)
    if all(page.is_blank or page.width_points == 0 for page in raw):
        raise blank(path.name)
    arxiv_id = stamp_id or arxiv_id_from_name(path.name)
    return _document(path, tuple(pages), metadata, title, authors, arxiv_id, None, warnings)


def _without_main_title(
    titles: dict[int, Title], lines: Sequence[Line], title_print: Sequence[Line]
) -> dict[int, Title]:
    """The paper's own title is not a section."""
    places = {line.box.top for line in title_print}
    return {index: title for index, title in titles.items() if lines[index].box.top not in places}


def _document(
    path: Path,
    pages: tuple[Page, ...],
    metadata: PdfMetadata,
    title: str,
    authors: str,
    arxiv_id: str | None,
    year: int | None,
    warnings: Sequence[str],
) -> Document:
    if not pages:
        raise EmptyDocumentError(f"{path.name} has no pages.", hint="Download it again, or save it anew.")
    without_text = [page.number for page in pages if not page.text.strip()]
    if len(without_text) == len(pages):
        raise ScannedDocumentError(
            f"{path.name} has no text, only pictures of pages.",
            hint="Install tesseract and add it again, or run text recognition on it, for example with ocrmypdf.",
        )
    all_warnings = list(warnings)
    if without_text:
        all_warnings.append(f"No text on {page_list(without_text)}, which can be looked at but not searched.")
    arxiv_id = arxiv_id or arxiv_id_from_name(path.name)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Document(
        id=DocumentId(digest[:16]),
        kind="pdf",
        title=title_from_metadata(metadata.fields) or title or path.stem.replace("_", " "),
        authors=metadata.fields.get("authors", "") or authors,
        arxiv_id=arxiv_id,
        year=year or year_of(arxiv_id, metadata.fields),
        source_name=path.name,
        sha256=digest,
        pages=pages,
        warnings=tuple(all_warnings),
    )


def page_list(numbers: Sequence[int]) -> str:
    """`page 3` or `pages 1-4, 7`, from numbers in rising order."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
    return f"{'page' if len(numbers) == 1 else 'pages'} {text}"
