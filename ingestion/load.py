"""One door for all kinds of files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ingestion.detect import detect_kind
from ingestion.document import Document
from ingestion.limits import DEFAULT_LIMITS, ReadLimits
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
