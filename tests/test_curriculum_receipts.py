"""Every quoted reference of a note stands on the page of the PDF that it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from curriculum.load import load_curriculum, note_paths

PAPERS = Path(__file__).resolve().parents[2] / "shared" / "papers"
QUOTE = re.compile(r'\[([\w.]+), (?:p\. (\d+)|Section ([\d.]+)): "(.+?)"\]')
QUOTE_BEGINNING = re.compile(r'\[[\w.]+, (?:p\.|Section)[^\]]*?"')
NOTE_NAMES = [path.name for path in note_paths()]
LEAST_QUOTES = 3
NOTE_WITHOUT_STAGED_PAPER = "10-rag.md"


@dataclass(frozen=True)
class Receipt:
    """A quote and where it is said to stand; no page for papers staged in another typesetting."""

    note: str
    paper: str
    page: int | None
    quote: str


def receipts(path: Path) -> Iterator[Receipt]:
    for paper, page, _section, quote in QUOTE.findall(path.read_text(encoding="utf-8")):
        yield Receipt(path.name, paper, int(page) if page else None, quote)


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


@pytest.mark.parametrize("name", NOTE_NAMES)
def test_each_reference_is_well_formed_and_names_a_known_paper(name: str) -> None:
    path = next(path for path in note_paths() if path.name == name)
    found = list(receipts(path))
    assert len(found) == len(QUOTE_BEGINNING.findall(path.read_text(encoding="utf-8")))
    assert {receipt.paper for receipt in found} <= {paper.id for paper in load_curriculum().papers}
    assert len(found) >= LEAST_QUOTES
    assert all(len(receipt.quote) <= 160 for receipt in found), "quotes stay short"


@pytest.mark.skipif(not PAPERS.is_dir(), reason="the papers are not staged beside the project")
@pytest.mark.parametrize("name", NOTE_NAMES)
def test_each_quote_is_on_its_page(name: str) -> None:
    path = next(path for path in note_paths() if path.name == name)
    missing = []
    for receipt in receipts(path):
        pages = pages_of(receipt.paper)
        if pages is None:
            missing.append(f"{receipt.paper}: no such PDF")
            continue
        where = "".join(pages) if receipt.page is None else "".join(pages[receipt.page - 1 : receipt.page])
        if squeezed(receipt.quote) not in where:
            missing.append(f"{receipt.paper}, p. {receipt.page}: {receipt.quote}")
    assert not missing, "\n".join(missing)


def test_squeezing_ignores_what_typesetting_changes() -> None:
    assert squeezed("well-\nknown  “ﬁve”") == squeezed('wellknown "five"')
    assert squeezed("two words") != squeezed("two worlds")
