"""Looking up: for each quote the page and the characters where it was found, for each name or number its pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from curriculum.receipts.pages import UNREADABLE, PaperPages
from curriculum.receipts.quotes import PageText, Receipt, Span
from curriculum.receipts.sources import Source
from curriculum.receipts.statements import Reference, Statement, pages_with

Status = Literal["found", "elsewhere", "missing", "no PDF", "unreadable"]
FAULTS: tuple[Status, ...] = ("elsewhere", "missing", "unreadable")
"""What makes the exit code 1; a paper without a PDF does not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a quote."""

    receipt: Receipt
    status: Status
    page: int | None = None
    """Where it stands; for "elsewhere" another page than the one it names."""
    span: Span | None = None
    """Characters of that page's text as pypdfium2 reads it."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where in its paper the names and numbers of an unverified statement stand."""

    statement: Statement
    has_pdf: bool
    pages: tuple[tuple[str, tuple[int, ...]], ...]
    """Each term with its pages; all without a page when there is no PDF."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """All that was looked up for one source."""

    source: Source
    findings: tuple[Finding, ...]
    unquoted: tuple[Reference, ...]
    """References to a page that no quote of the same source backs."""

    def count(self, status: Status) -> int:
        """How many quotes ended so."""
        return sum(finding.status == status for finding in self.findings)


def look_up(source: Source, papers: PaperPages) -> SourceReport:
    """Every quote of a source, and its references that have none."""
    backed = {(receipt.paper, receipt.page) for receipt in source.receipts}
    quoted_papers = {receipt.paper for receipt in source.receipts}
    unquoted = [
        reference
        for reference in source.references
        if not any((paper, reference.page) in backed for paper in reference.papers or quoted_papers)
    ]
    return SourceReport(source, tuple(find(receipt, papers) for receipt in source.receipts), tuple(unquoted))


def find(receipt: Receipt, papers: PaperPages) -> Finding:
    """Where a quote stands: on its page, on another one, or nowhere."""
    why_none = papers.why_none(receipt.paper)
    if why_none:
        return Finding(receipt, "unreadable" if why_none == UNREADABLE else "no PDF")
    pages = papers.of(receipt.paper)
    named = receipt.page
    for number, page in _in_order(pages, named):
        span = page.find(receipt.quote)
        if span is not None:
            return Finding(receipt, "found" if named in (number, None) else "elsewhere", number, span)
    return Finding(receipt, "missing")


def search(statements: Iterable[Statement], papers: PaperPages) -> tuple[Search, ...]:
    """The unverified statements paper by paper, those of no paper last, each term with the pages that have it."""
    searches = []
    for statement in statements:
        texts = [page.text for page in papers.of(statement.paper)] if statement.paper else []
        pages = tuple((term, pages_with(term, texts)) for term in statement.terms)
        searches.append(Search(statement, bool(texts), pages))
    return tuple(sorted(searches, key=lambda found: (not found.statement.paper, found.statement.paper)))


def _in_order(pages: Sequence[PageText], named: int | None) -> list[tuple[int, PageText]]:
    """All pages with their numbers, the named one first."""
    return sorted(enumerate(pages, start=1), key=lambda item: item[0] != named)
