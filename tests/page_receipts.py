"""References that quote a page of a paper, and the pages they are looked up in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAPERS = Path(__file__).resolve().parents[2] / "shared" / "papers"
MOST_CHARACTERS = 160
QUOTE = re.compile(r'\[([\w.]+), (?:p\. (\d+)|Section ([\d.]+)): "(.+?)"\]')
QUOTE_BEGINNING = re.compile(r'\[[\w.]+, (?:p\.|Section)[^\]]*?"')


@dataclass(frozen=True)
class Receipt:
    """A quote and where it is said to stand; no page for papers staged in another typesetting."""

    source: str
    paper: str
    page: int | None
    quote: str


def receipts(path: Path) -> list[Receipt]:
    found = QUOTE.findall(path.read_text(encoding="utf-8"))
    return [Receipt(path.name, paper, int(page) if page else None, quote) for paper, page, _section, quote in found]


def beginnings(path: Path) -> int:
    """How many references the text starts; more than `receipts` finds when one is not well formed."""
    return len(QUOTE_BEGINNING.findall(path.read_text(encoding="utf-8")))


def squeezed(text: str) -> str:
    """The text without anything that typesetting changes: blanks, hyphens, ligatures, curly quotes."""
    plain = unicodedata.normalize("NFKC", text)
    plain = plain.replace("“", '"').replace("”", '"').replace("’", "'").replace("‘", "'")
    return re.sub(r"[\s\-\u2010-\u2015\u2212\u00ad\ufffe\uffff\x02]", "", plain)


@cache
def pages_of(paper: str) -> tuple[str, ...] | None:
    import pypdfium2

    path = PAPERS / f"{paper}.pdf"
    if not path.is_file():
        return None
    document = pypdfium2.PdfDocument(path)
    try:
        return tuple(squeezed(page.get_textpage().get_text_range()) for page in document)
    finally:
        document.close()


def not_found(found: Iterable[Receipt]) -> list[str]:
    """The references whose quote does not stand on the page of the PDF that they name."""
    missing = []
    for receipt in found:
        pages = pages_of(receipt.paper)
        if pages is None:
            missing.append(f"{receipt.paper}: no such PDF")
            continue
        where = "".join(pages) if receipt.page is None else "".join(pages[receipt.page - 1 : receipt.page])
        if squeezed(receipt.quote) not in where:
            missing.append(f"{receipt.source}: {receipt.paper}, p. {receipt.page}: {receipt.quote}")
    return missing
