"""All papers of the roadmap that are on arXiv, one after the other; what is there is left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from errors import ArxivError, FetchStoppedError, StudyError
from papers.adding import Adder
from papers.client import not_found
from papers.reports import FetchOutcome, FetchReport, FetchStatus
from papers.telling import Telling
from papers.values import ArxivId, PaperRecord

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.model import Paper

GIVE_UP_AFTER = 3
"""So many papers in a row that arXiv did not answer for, and the rest is not tried."""


def fetch_roadmap(
    adder: Adder,
    curriculum: Curriculum,
    telling: Telling,
    ended: Callable[[FetchOutcome], None] = lambda outcome: None,
) -> FetchReport:
    """Add what is missing; one outcome for each paper, and a failed one never stops the rest.

    `ended` is told of each paper that was missing, as soon as it is done.

    Raises:
        ArxivError: arXiv does not even say what the papers are.
        HomeError: the library is open for reading only.
    """
    started = time.monotonic()
    papers = [paper for paper in curriculum.papers if paper.arxiv_id]
    outcomes = {paper.id: held for paper in papers if (held := _held(adder, paper)) is not None}
    missing = [paper for paper in papers if paper.id not in outcomes]
    telling.files_total, telling.files_done = len(papers), len(outcomes)
    notices: tuple[str, ...] = ()
    if missing:
        run = _Run(adder, telling)
        try:
            notices = run.ask(missing)
            for paper in missing:
                outcomes[paper.id] = run.take(paper)
                telling.files_done = len(outcomes)
                ended(outcomes[paper.id])
        except FetchStoppedError:
            notices = (*notices, "Stopped; what was fetched is kept, and the next run goes on from there.")
    all_outcomes = tuple(outcomes.get(paper.id) or _outcome(paper, "cancelled") for paper in papers)
    return FetchReport(all_outcomes, time.monotonic() - started, notices)


class _Run:
    """One run over the papers that are missing."""

    def __init__(self, adder: Adder, telling: Telling) -> None:
        self._adder = adder
        self._telling = telling
        self._records: dict[str, PaperRecord] = {}
        self._failed_in_a_row = 0

    def ask(self, papers: Sequence[Paper]) -> tuple[str, ...]:
        """Get all records in one question; returns arXiv's notices."""
        telling = self._telling
        telling.metadata(f"{len(papers)} papers")
        ids = [ArxivId(paper.arxiv_id) for paper in papers if paper.arxiv_id]
        answer = self._adder.client.get(ids, cancelled=telling.cancelled, waiting=telling.waiting)
        self._records = {record.arxiv_id: record for record in answer.records}
        return answer.notices

    def take(self, paper: Paper) -> FetchOutcome:
        """Add one paper."""
        arxiv_id = paper.arxiv_id or ""
        self._telling.paper = paper.title
        record = self._records.get(arxiv_id)
        if self._failed_in_a_row >= GIVE_UP_AFTER:
            return _failed(paper, ArxivError("It was not tried: arXiv does not answer.", hint="Run it again later."))
        if record is None:
            return _failed(paper, not_found(ArxivId(arxiv_id)))
        try:
            added = self._adder.add(ArxivId(arxiv_id), self._telling, record)
        except FetchStoppedError:
            raise
        except StudyError as error:
            self._failed_in_a_row += isinstance(error, ArxivError)
            return _failed(paper, error)
        self._failed_in_a_row = 0
        return FetchOutcome(
            paper_id=paper.id,
            title=paper.title,
            status=added.status,
            version=added.record.version,
            document_id=added.document_id,
            notices=added.notices,
        )


def _held(adder: Adder, paper: Paper) -> FetchOutcome | None:
    held = adder.holdings.find(ArxivId(paper.arxiv_id or ""))
    if held is None:
        return None
    return FetchOutcome(
        paper_id=paper.id,
        title=paper.title,
        status="already",
        version=held.version,
        document_id=held.document.id,
    )


def _failed(paper: Paper, error: StudyError) -> FetchOutcome:
    return FetchOutcome(paper_id=paper.id, title=paper.title, status="failed", error=error)


def _outcome(paper: Paper, status: FetchStatus) -> FetchOutcome:
    return FetchOutcome(paper_id=paper.id, title=paper.title, status=status)
