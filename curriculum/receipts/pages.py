"""The PDFs of a folder, page by page: `1706.03762.pdf`, or with a version as `papers` fetches them."""

from __future__ import annotations

import re
from pathlib import Path

from curriculum.receipts.quotes import PageText
from errors import CurriculumError

NO_PDF, UNREADABLE = "no PDF", "unreadable"


class PaperPages:
    """The texts of papers in a folder; each PDF is read once, when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[PageText, ...] | str] = {}

    def of(self, paper: str) -> tuple[PageText, ...]:
        """The pages of a paper, first page first; none when there is no PDF or it cannot be read."""
        pages = self._pages(paper)
        return () if isinstance(pages, str) else pages

    def why_none(self, paper: str) -> str:
        """`NO_PDF`, `UNREADABLE`, or nothing for a paper whose pages are there."""
        pages = self._pages(paper)
        return pages if isinstance(pages, str) else ""

    def pdf_of(self, paper: str) -> Path | None:
        """The PDF of a paper: the one without a version, else the newest version."""
        plain = self._folder / f"{paper}.pdf"
        if plain.is_file():
            return plain
        versions = {
            int(match[1]): path
            for path in self._folder.glob(f"{paper}v*.pdf")
            if (match := re.fullmatch(rf"{re.escape(paper)}v(\d+)\.pdf", path.name))
        }
        return versions[max(versions)] if versions else None

    def _pages(self, paper: str) -> tuple[PageText, ...] | str:
        if paper not in self._read:
            path = self.pdf_of(paper)
            self._read[paper] = NO_PDF if path is None else _pages_in(path)
        return self._read[paper]


def page_texts(path: Path) -> tuple[str, ...]:
    """The text of each page of a PDF, first page first.

    Raises:
        CurriculumError: the file cannot be read as a PDF.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        try:
            return tuple(page.get_textpage().get_text_range() for page in document)
        finally:
            document.close()
    except (OSError, pypdfium2.PdfiumError) as error:
        raise CurriculumError(
            f"{path.name} cannot be read as a PDF.", hint="Remove it, and fetch or copy the paper again."
        ) from error


def _pages_in(path: Path) -> tuple[PageText, ...] | str:
    try:
        return tuple(map(PageText, page_texts(path)))
    except CurriculumError:
        return UNREADABLE
