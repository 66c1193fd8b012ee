"""The text of a page, read without the assistant's own readers, and how two readings compare."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

HYPHENS = "-\u00ad\u2010\u2011\ufffe"
"""Hyphen, soft hyphen, typographic hyphens, and pdfium's mark for a hyphen at a line's end."""

ACCENTS = {"Mn", "Lm", "Sk"}
"""Unicode categories of combining marks, and of accents that stand alone."""

_IGNORED = re.compile(rf"[\s|{re.escape(HYPHENS)}]")
"""White space, hyphens, and the bars that part the cells of a table."""
_MARKUP = re.compile(r"\]\([^)]*\)|[^\w]|_")


def plain(text: str) -> str:
    """The text with ligatures resolved, line-end hyphens joined and white space made single."""
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"\s+", " ", re.sub(r"[\ufffe\u00ad]\s*", "", folded)).strip()


def squeezed(text: str) -> str:
    """The text without white space, hyphens, bars, ligatures, accents and case: equal for two readers of a page.

    Accents are left out because in a PDF they are often signs of their own, before or after their letter.
    """
    return _IGNORED.sub("", folded(text))


def folded(text: str) -> str:
    """The text without ligatures, accents and case."""
    split = unicodedata.normalize("NFKD", text)
    letters = "".join(sign for sign in split if sign.isascii() or unicodedata.category(sign) not in ACCENTS)
    return unicodedata.normalize("NFKC", letters).casefold()


def without_markup(text: str) -> str:
    """Only the letters and digits, link targets dropped: equal for a note and what is shown of it."""
    return _MARKUP.sub("", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache(maxsize=256)
def pdfium_page(path: Path, page_number: int) -> str:
    """A page's text as pypdfium2 gives it; empty when there is no such page."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        if not 1 <= page_number <= len(document):
            return ""
        page = document[page_number - 1]
        text_page = page.get_textpage()
        text: str = text_page.get_text_range()
        text_page.close()
        page.close()
    return text


@lru_cache(maxsize=256)
def pypdf_page(path: Path, page_number: int) -> str:
    """A page's text as pypdf gives it; empty when there is no such page."""
    from pypdf import PdfReader

    with PdfReader(path) as reader:
        if not 1 <= page_number <= len(reader.pages):
            return ""
        return reader.pages[page_number - 1].extract_text()


def page_count(path: Path) -> int:
    """How many pages a PDF has."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return len(document)
