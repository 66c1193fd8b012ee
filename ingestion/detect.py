"""What a file really is: looked at by its content first, then compared with its ending."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Literal

from errors import (
    DocumentError,
    DocumentMissingError,
    EmptyDocumentError,
    MislabelledDocumentError,
    OversizedDocumentError,
    UnsupportedDocumentError,
)
from ingestion.document import DocumentKind
from ingestion.limits import DEFAULT_LIMITS, ReadLimits

KIND_BY_ENDING: dict[str, DocumentKind] = {
    ".pdf": "pdf",
    ".md": "markdown",
    ".mdx": "markdown",
    ".markdown": "markdown",
    ".ipynb": "notebook",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".text": "text",
    ".rst": "text",
    ".py": "text",
    ".tex": "text",
    ".csv": "text",
    ".json": "text",
    ".toml": "text",
    ".yaml": "text",
    ".yml": "text",
    "": "text",
}
"""The kinds that are read, by the ending of the file's name in lower case."""

CODE_ENDINGS = frozenset({".py", ".json", ".toml", ".yaml", ".yml", ".csv", ".tex"})
"""Text whose lines mean something: it is never rewrapped, and its chunks are of the kind `code`."""

NAMES: dict[str, str] = {
    "pdf": "a PDF",
    "markdown": "Markdown",
    "notebook": "a notebook",
    "html": "a web page (HTML)",
    "text": "plain text",
}
MAGIC = (
    (b"PK\x03\x04", "a ZIP archive (or an Office file)"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3", "a database"),
    (b"RIFF", "a sound, video or picture file"),
    (b"\x00\x00\x01\x00", "an icon"),
)
HEAD_BYTES = 4096
PDF_MARK_BYTES = 1024
"""The mark %PDF must stand within the first so many bytes."""
HTML_START = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
WEB_ADDRESS = re.compile(r"(?:https?|ftp):[/\\]", re.IGNORECASE)
KINDS_READ = "Read are PDF, Markdown, notebooks, HTML and plain text (.txt)."
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
Content = Literal["pdf", "html", "notebook", "text"] | str


def detect_kind(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> DocumentKind:
    """The kind of the file at `path`.

    Raises:
        DocumentError: it is missing, a folder, empty, too large, of a kind that is not read, or not what its
            ending says.
    """
    check_file(path, limits)
    ending = path.suffix.lower()
    named = KIND_BY_ENDING.get(ending)
    content = _content(path)
    if named is None:
        raise _unsupported(path, content)
    if named == "pdf":
        if content == "pdf":
            return "pdf"
        raise _not_a_pdf(path, content)
    if content == "pdf":
        raise _mislabelled(path, "a PDF", ".pdf")
    if content not in NAMES:
        raise MislabelledDocumentError(
            f"{path.name} is {content}, not {NAMES[named]} as its ending says.",
            hint="Add the text or the PDF it was made from.",
        )
    if content == "html" and named == "notebook":
        raise _mislabelled(path, NAMES["html"], ".html")
    return named


def check_file(path: Path, limits: ReadLimits) -> None:
    """Nothing when the file can be opened.

    Raises:
        DocumentError: it is missing, a folder, empty, too large or not readable.
    """
    try:
        if path.is_dir():
            raise UnsupportedDocumentError(f"{path} is a folder without files that are read.", hint=KINDS_READ)
        if not path.exists():
            if WEB_ADDRESS.match(str(path)):
                raise DocumentMissingError(
                    f"{path} is a web address, not a file.",
                    hint="Download it and add the file; papers on arXiv come with: python -m papers add ID",
                )
            raise DocumentMissingError(f"There is no file {path}.", hint="Check the path.")
        if not path.is_file():
            raise UnsupportedDocumentError(f"{path} is not a regular file.")
        size = path.stat().st_size
        if size == 0:
            raise EmptyDocumentError(f"{path.name} is empty (0 bytes).", hint="Download or save it again.")
        if size > limits.file_megabytes << 20:
            raise OversizedDocumentError(
                f"{path.name} has {size >> 20} MB; the limit is {limits.file_megabytes} MB.",
                hint="Split it, or raise STUDY_UPLOAD_MEGABYTES.",
            )
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise DocumentMissingError(
            f"{path} cannot be opened: {error}.", hint="Check the path and its permissions."
        ) from error


def _content(path: Path) -> Content:
    """`pdf`, `html`, `notebook`, `text`, or words for something that is none of these."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if b"%PDF" in head[:PDF_MARK_BYTES]:
        return "pdf"
    for mark, name in MAGIC:
        if head.startswith(mark):
            return name
    if head.startswith(UTF16_MARKS):
        return "text"
    if b"\x00" in head:
        return "a binary file"
    if HTML_START.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        return "html"
    if head.lstrip().startswith(b"{") and b'"cells"' in head and _is_notebook(path):
        return "notebook"
    return "text"


def _is_notebook(path: Path) -> bool:
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "nbformat" in value and "cells" in value


def _not_a_pdf(path: Path, content: str) -> DocumentError:
    endings = {"html": ".html", "notebook": ".ipynb", "text": ".txt"}
    if content in endings:
        return _mislabelled(path, NAMES[content], endings[content])
    return MislabelledDocumentError(
        f"{path.name} is {content}, not a PDF as its ending says.", hint="Download the PDF again."
    )


def _mislabelled(path: Path, what: str, ending: str) -> MislabelledDocumentError:
    return MislabelledDocumentError(
        f"{path.name} is {what}, not what its ending says.",
        hint=f"If that is what you want, rename it to end in {ending}; otherwise download it again.",
    )


def _unsupported(path: Path, content: str) -> DocumentError:
    known = {"pdf": ".pdf", "html": ".html", "notebook": ".ipynb"}
    if content in known:
        return _mislabelled(path, NAMES[content], known[content])
    return UnsupportedDocumentError(
        f"{path.name}: files ending in {path.suffix} are not read.",
        hint=KINDS_READ,
    )
