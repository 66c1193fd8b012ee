"""The listing of what was looked up: as lines for people, as plain values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from curriculum.receipts.lookup import Finding, Search, SourceReport, Status

STATUSES: tuple[Status, ...] = get_args(Status)
SHOWN_PAGES = 8
FETCH_HINT = (
    "Papers without a PDF: `python -m papers fetch-roadmap` fetches those that are on arXiv, then run this again."
)
READ_HINT = (
    "A page with the term is where to read, not yet a proof; when the page says so too, quote it and drop the mark."
)


def as_text(reports: Sequence[SourceReport], searches: Sequence[Search]) -> str:
    """Every quote by source, every unverified statement by paper, and the counts."""
    return "\n".join([*_quotes(reports), *_unverified(searches), *_summary(reports, searches)])


def as_values(reports: Sequence[SourceReport], searches: Sequence[Search]) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "quotes": [_finding_values(finding) for report in reports for finding in report.findings],
        "references_without_quote": [
            {
                "source": reference.source,
                "papers": list(reference.papers),
                "page": reference.page,
                "words": reference.words,
            }
            for report in reports
            for reference in report.unquoted
        ],
        "unverified": [
            {
                "paper": search.statement.paper,
                "source": search.statement.source,
                "statement": search.statement.text,
                "has_pdf": search.has_pdf,
                "found_on_pages": {term: list(pages) for term, pages in search.pages},
            }
            for search in searches
        ],
        "counts": {report.source.name: {status: report.count(status) for status in STATUSES} for report in reports},
    }


def _finding_values(finding: Finding) -> dict[str, Any]:
    return {
        "source": finding.receipt.source,
        "paper": finding.receipt.paper,
        "page": finding.receipt.page,
        "quote": finding.receipt.quote,
        "status": finding.status,
        "found_on_page": finding.page,
        "characters": [finding.span.start, finding.span.end] if finding.span else None,
    }


def _quotes(reports: Sequence[SourceReport]) -> Iterator[str]:
    for report in reports:
        if not report.findings and not report.unquoted:
            continue
        yield report.source.name
        for finding in report.findings:
            yield f"  {finding.status:<10} {finding.receipt.paper:<10}  {_where(finding):<32}  {finding.receipt.quote}"
        for reference in report.unquoted:
            paper = ", ".join(reference.papers) or "?"
            yield f"  {'no quote':<10} {paper:<10}  page {reference.page}: … {reference.words}"
        yield ""


def _where(finding: Finding) -> str:
    named = f"page {finding.receipt.page}" if finding.receipt.page else "any page"
    if finding.span is None:
        return named
    characters = f"characters {finding.span.start} to {finding.span.end}"
    if finding.status == "elsewhere":
        return f"{named}, but on page {finding.page}, {characters}"
    return f"page {finding.page}, {characters}"


def _unverified(searches: Sequence[Search]) -> Iterator[str]:
    if not searches:
        return
    yield "Unverified statements"
    paper = None
    for search in searches:
        if search.statement.paper != paper:
            paper = search.statement.paper
            yield f"  {paper or 'no paper on arXiv named'}{'' if search.has_pdf or not paper else ' (no PDF)'}"
        yield f"    {search.statement.source}: {search.statement.text}"
        if search.has_pdf:
            yield f"      {_terms(search)}"
    yield f"  {READ_HINT}"
    yield ""


def _terms(search: Search) -> str:
    if not search.pages:
        return "no name or number to look for; look for the words"
    return "; ".join(f"{term}: {_page_list(pages)}" for term, pages in search.pages)


def _page_list(pages: tuple[int, ...]) -> str:
    if not pages:
        return "not found"
    more = f" and {len(pages) - SHOWN_PAGES} more" if len(pages) > SHOWN_PAGES else ""
    return f"page {', '.join(map(str, pages[:SHOWN_PAGES]))}{more}"


def _summary(reports: Sequence[SourceReport], searches: Sequence[Search]) -> Iterator[str]:
    yield "Summary"
    for report in reports:
        if report.findings or report.unquoted:
            yield f"  {report.source.name:<44} {_counts([report])}"
    yield f"  {'all':<44} {_counts(reports)}"
    yield f"  {'unverified':<44} {len(searches)} statements"
    if any(report.count("no PDF") for report in reports) or any(not search.has_pdf for search in searches):
        yield FETCH_HINT


def _counts(reports: Sequence[SourceReport]) -> str:
    total = sum(len(report.findings) for report in reports)
    counts = {status: sum(report.count(status) for report in reports) for status in STATUSES}
    told = [f"{count} {status}" for status, count in counts.items() if count]
    unquoted = sum(len(report.unquoted) for report in reports)
    told += [f"{unquoted} pages without a quote"] if unquoted else []
    return f"{total:>4} quotes: {', '.join(told) or 'none'}"
