"""The one thing others use of this room: search arXiv, add papers, fetch the roadmap's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import ArxivError
from papers.adding import Adder
from papers.client import ArxivClient
from papers.fitting import Fitting
from papers.holdings import Holdings
from papers.pacing import never
from papers.query import build_query
from papers.reports import AddedPaper, FetchOutcome, FetchProgress, FetchReport, FoundPaper, FoundPapers
from papers.roadmap import fetch_roadmap
from papers.shelf import FetchedPaper, Shelf
from papers.telling import Telling
from papers.values import ArxivId, PaperRecord, SearchAnswer

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from vectorstore.library import Library


class PaperService:
    """Papers of arXiv for one library and one roadmap.

    All methods may be called from any thread but that of an event loop: they block, and wait for their turn.
    """

    def __init__(self, library: Library, curriculum: Curriculum, client: ArxivClient, folder: Path) -> None:
        self._curriculum = curriculum
        self._client = client
        self._shelf = Shelf(folder / "pdf")
        self._holdings = Holdings(library, self._shelf, folder / "replaced")
        self._fitting = Fitting(curriculum)
        self._adder = Adder(
            library=library, client=client, shelf=self._shelf, holdings=self._holdings, fitting=self._fitting
        )

    def search(
        self,
        query: str,
        *,
        author: str = "",
        category: str = "",
        since: date | str | None = None,
        until: date | str | None = None,
        ids: Sequence[str] = (),
        limit: int = 8,
        context: str = "",
        cancelled: Callable[[], bool] | None = None,
    ) -> FoundPapers:
        """The papers that fit best, best first; a list that also has `notices` and `total`.

        Args:
            query: free text; phrases in quotes, and arXiv's fields such as `ti:`, are understood. Ids or
                addresses of papers are looked up.
            author: a name, in any spelling order.
            category: of arXiv, e.g. "cs.CL" or "cs".
            since: first day of submission; a date, "2024", "2024-05" or "2024-05-17".
            until: last day, in the same forms.
            ids: look among these papers only.
            limit: most results.
            context: what the learner is at, e.g. a topic's title; told in `why`.
            cancelled: asked while waiting.

        Raises:
            ArxivError: there is nothing to search for, or arXiv gave no usable answer.
        """
        papers = [ArxivId.parse(reference) for reference in ids]
        named = ArxivId.find_all(query)
        if named and not papers:
            papers, query = list(named), ""
        stop = cancelled or never
        filters: dict[str, Any] = {"author": author, "category": category, "since": since, "until": until}
        if papers and not query.strip() and not any(filters.values()):
            answer = self._client.get(papers[:limit], cancelled=stop)
        else:
            answer = self._client.search(query, **filters, ids=papers, limit=limit, cancelled=stop)
        words = build_query(query).words
        found = [self._found(record, words, author, context) for record in answer.records]
        return FoundPapers(found, total=answer.total, notices=_notices(answer, papers[:limit]))

    def add(
        self,
        reference: str,
        *,
        progress: Callable[[FetchProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AddedPaper:
        """Fetch the paper of an id, address or roadmap name, and take it into the library.

        Without a version it is the newest. What the library already has is left alone; another version takes
        the place of the one that is there, whose file is kept.

        Raises:
            ArxivNotFoundError: arXiv knows no such paper.
            DownloadError: its PDF cannot be had: withdrawn, no PDF, too large, broken off.
            FetchStoppedError: `cancelled` said so.
            ArxivError: the reference is none, or arXiv gave no usable answer.
            DocumentError: the PDF cannot be read.
            HomeError: the data folder cannot be written.
        """
        paper = self._identify(reference)
        return self._adder.add(paper, Telling(progress=progress, cancelled=cancelled or never))

    def fetch_roadmap(
        self,
        progress: Callable[[FetchProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        ended: Callable[[FetchOutcome], None] = lambda outcome: None,
    ) -> FetchReport:
        """Add every paper of the roadmap that is on arXiv and not in the library.

        `ended` is told of each one that was missing, as soon as it is done. It may be stopped or killed at any
        moment; the next run goes on where this one ended.

        Raises:
            ArxivError: arXiv does not say what the papers are.
        """
        telling = Telling(progress=progress, cancelled=cancelled or never)
        return fetch_roadmap(self._adder, self._curriculum, telling, ended)

    def fetched(self) -> list[FetchedPaper]:
        """What was fetched so far, with versions and times."""
        return list(self._shelf.all())

    def _identify(self, reference: str) -> ArxivId:
        try:
            return ArxivId.parse(reference)
        except ArxivError as error:
            wanted = reference.strip().casefold()
            for paper in self._curriculum.papers:
                if wanted not in (name.casefold() for name in (paper.title, *paper.aliases)):
                    continue
                if paper.arxiv_id is not None:
                    return ArxivId(paper.arxiv_id)
                raise ArxivError(
                    f"{paper.title!r} is not on arXiv.", hint=f"It is at {paper.url}; save it and add the file."
                ) from error
            raise

    def _found(self, record: PaperRecord, words: Sequence[str], author: str, context: str) -> FoundPaper:
        topic_ids = self._fitting.topics_of(record)
        listed = self._fitting.paper_of(record)
        return FoundPaper(
            record=record,
            why=self._fitting.why(record, words, author=author, context=context),
            document_id=self._document_id(record),
            paper_id=None if listed is None else listed.id,
            topic_ids=topic_ids,
            topics=self._fitting.titles(topic_ids),
        )

    def _document_id(self, record: PaperRecord) -> str | None:
        held = self._holdings.find(record.id.any_version)
        document = held.document if held is not None else self._holdings.with_title(record.title)
        return None if document is None else document.id


def open_papers(
    library: Library,
    curriculum: Curriculum,
    home: Path,
    *,
    api_url: str,
    pdf_url: str,
    spacing_seconds: float = 3.0,
    timeout_seconds: float = 20.0,
    pace_folder: Path | None = None,
) -> PaperService:
    """The room's service, with its data in `home`/arxiv. Nothing is asked of arXiv yet.

    Services of one `pace_folder` keep the pause between requests together; by default it is the data's own.

    Raises:
        ArxivError: one of the addresses is none.
    """
    folder = home / "arxiv"
    client = ArxivClient(
        folder,
        api_url=api_url,
        pdf_url=pdf_url,
        spacing_seconds=spacing_seconds,
        timeout_seconds=timeout_seconds,
        pace_folder=pace_folder,
    )
    return PaperService(library, curriculum, client, folder)


def _notices(answer: SearchAnswer, papers: Sequence[ArxivId]) -> tuple[str, ...]:
    found = {record.arxiv_id for record in answer.records}
    unknown = [str(paper) for paper in papers if paper.number not in found]
    withdrawn = [str(record.id) for record in answer.records if record.withdrawn]
    missing = (f"Not among what arXiv found: {', '.join(unknown)}.",) if unknown else ()
    gone = (f"Withdrawn, so there is no PDF: {', '.join(withdrawn)}.",) if withdrawn else ()
    return (*answer.notices, *missing, *gone)
