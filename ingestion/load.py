"""One door for all kinds of files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from errors import OversizedDocumentError
from ingestion.detect import detect_kind
from ingestion.document import Document, DocumentKind
from ingestion.limits import DEFAULT_LIMITS, MOST_TAGS, MOST_TEXT_CHARACTERS, ReadLimits
from ingestion.pdf_process import PdfProcess


class PdfReader(Protocol):
    """Anything that reads a PDF: normally a PdfProcess kept open over many files."""

    def read(self, path: Path) -> Document:
        """The document in a PDF file."""
        ...


def load_document(path: Path, *, reader: PdfReader | None = None, limits: ReadLimits = DEFAULT_LIMITS) -> Document:
    """The document in the file at `path`, whatever its kind.

    Without a `reader`, a PDF gets a process of its own, which costs about half a second.

    Raises:
        DocumentError: the child of it that says why the file cannot be taken.
    """
    kind = detect_kind(path, limits)
    if kind == "pdf":
        if reader is not None:
            return reader.read(path)
        with PdfProcess(limits) as process:
            return process.read(path)
    content = path.read_bytes()
    _check_text(path, kind, content)
    match kind:
        case "markdown":
            from ingestion.loaders.markdown import load_markdown

            return load_markdown(path, content)
        case "notebook":
            from ingestion.loaders.notebook import load_notebook

            return load_notebook(path, content)
        case "html":
            from ingestion.loaders.html import load_html

            return load_html(path, content)
        case _:
            from ingestion.loaders.text import load_text

            return load_text(path, content)


def _check_text(path: Path, kind: DocumentKind, content: bytes) -> None:
    """Nothing for a text that can be read soon; a notebook, which may hold pictures, is looked at cell by cell.

    Raises:
        OversizedDocumentError: there is too much of it.
    """
    if kind != "notebook" and len(content) > MOST_TEXT_CHARACTERS:
        raise OversizedDocumentError(
            f"{path.name} has {len(content) / 1e6:.1f} MB of text; the limit is {MOST_TEXT_CHARACTERS / 1e6:g} MB.",
            hint="Split it into smaller files.",
        )
    if kind == "html" and (tags := content.count(b"<")) > MOST_TAGS:
        raise OversizedDocumentError(
            f"{path.name} has {tags:,} tags; the limit is {MOST_TAGS:,}.",
            hint="Save it as text or PDF from a browser.",
        )
