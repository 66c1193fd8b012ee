"""The references of our texts that quote a page, looked up in the staged papers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from curriculum.receipts.lookup import find
from curriculum.receipts.pages import PaperPages
from curriculum.receipts.quotes import Receipt, beginnings_in, receipts_in

PAPERS = Path(__file__).resolve().parents[2] / "shared" / "papers"
MOST_CHARACTERS = 160
PAGES = PaperPages(PAPERS)


def receipts(path: Path) -> list[Receipt]:
    """The well-formed references of a file."""
    return receipts_in(path.read_text(encoding="utf-8"), path.name)


def beginnings(path: Path) -> int:
    """How many references the file starts; more than `receipts` finds when one is not well formed."""
    return beginnings_in(path.read_text(encoding="utf-8"))


def not_found(found: Iterable[Receipt]) -> list[str]:
    """The references whose quote does not stand on the page of the PDF that they name."""
    findings = [find(receipt, PAGES) for receipt in found]
    return [
        f"{finding.receipt.source}: {finding.receipt.paper}, p. {finding.receipt.page}: {finding.receipt.quote} "
        f"({finding.status})"
        for finding in findings
        if finding.status != "found"
    ]
