"""One paper into the library: found, compared with what is there, fetched, read, and linked to the roadmap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from errors import ArxivError, DamagedDocumentError, DownloadError, FetchStoppedError, HomeError
from papers.client import ArxivClient, not_found
from papers.download import PdfSource, download_pdf
from papers.fitting import Fitting
from papers.holdings import Held, Holdings
from papers.pacing import POLL_SECONDS, stop_if
from papers.reports import AddedPaper, AddStatus, Prerequisite
from papers.shelf import FetchedPaper, Shelf
from papers.telling import Telling
from papers.values import ArxivId, PaperRecord

if TYPE_CHECKING:
    from vectorstore.library import Library
    from vectorstore.reports import DocumentSummary

MOST_AUTHORS_NAMED = 60
"""The library's line of authors has no more names."""

ROOM_SENTENCES = ("Replaced the earlier copy", "The library holds a longer copy")
"""What the library says about copies of one paper; here it is said with versions."""


@dataclass(kw_only=True)
class Adder:
    """Adds papers, one at a time."""

    library: Library
    client: ArxivClient
    shelf: Shelf
    holdings: Holdings
    fitting: Fitting

    def __post_init__(self) -> None:
        self._turn = threading.Lock()

    def add(self, paper: ArxivId, telling: Telling, record: PaperRecord | None = None) -> AddedPaper:
        """The paper in the library, in the newest version or in the one that was asked for.

        `record` is what arXiv said about it, where that is known already.
        """
        self._take_turn(telling.cancelled)
        try:
            held = self.holdings.find(paper)
            if held is not None and held.fetched is not None and held.version == paper.version:
                return self._already(held, held.fetched.record)
            notices: tuple[str, ...] = ()
            if record is None:
                telling.metadata(str(paper))
                record, notices = self._ask(paper, held, telling)
            added = self._decide(paper, record, held, telling)
            return replace(added, notices=(*added.notices, *notices))
        finally:
            self._turn.release()

    def _ask(self, paper: ArxivId, held: Held | None, telling: Telling) -> tuple[PaperRecord, tuple[str, ...]]:
        """What arXiv says; of a paper that is here, what it said before serves when it does not answer."""
        try:
            answer = self.client.get([paper], cancelled=telling.cancelled, waiting=telling.waiting)
        except FetchStoppedError:
            raise
        except ArxivError as error:
            if held is None or held.fetched is None or paper.version is not None:
                raise
            return held.fetched.record, (f"{error.message} So a newer version was not looked for.",)
        if not answer.records:
            raise not_found(paper)
        return answer.records[0], answer.notices

    def _decide(self, paper: ArxivId, record: PaperRecord, held: Held | None, telling: Telling) -> AddedPaper:
        telling.paper = record.title
        if held is None:
            _refuse_withdrawn(record)
            return self._bring(record, None, telling)
        if held.version == record.version:
            return self._already(held, record)
        if paper.version is None and held.version is None:
            sentence = (
                f"The library holds your own copy ({held.document.source_name}), whose version is not known; "
                f"it stays. To take arXiv's instead, add {record.id}."
            )
            return self._already(held, record, sentence)
        if paper.version is None and (held.version or 0) > record.version:
            return self._already(held, record)
        if record.withdrawn:
            kept = f"version {held.version}" if held.version else "your copy"
            return self._already(held, record, f"Version {record.version} is withdrawn; the library keeps {kept}.")
        return self._bring(record, held, telling)

    def _bring(self, record: PaperRecord, held: Held | None, telling: Telling) -> AddedPaper:
        """Fetch and read; `held` makes room when that is done."""
        if self.library.read_only:
            raise HomeError(
                "The library is open for reading only, so no paper can be added.",
                hint="Close the other program that uses it and start again.",
            )
        fetched = self._fetch(record, telling)
        same = self.holdings.with_bytes(fetched.document_id)
        if same is not None and (held is None or held.document.id == same.id):
            self.shelf.note_added(fetched)
            return self._answer("already", record, same, (f"This very file is there already, as {same.source_name}.",))
        kept = None if held is None else self.holdings.keep_file(held.document)
        notices = self._doubles(record, held)
        if same is None:
            notices += self._read(fetched, telling)
        self._make_room(held)
        self.shelf.note_added(fetched)
        document = self.holdings.with_bytes(fetched.document_id)
        if document is None:
            raise DownloadError(f"{record.id} was read, but removed again by somebody.", hint="Add it again.")
        if held is None or kept is None:
            return self._answer("added", record, document, notices)
        return self._answer("updated", record, document, (*_exchange(record, held, kept), *notices))

    def _make_room(self, held: Held | None) -> None:
        """Remove a former version that the library kept beside the new one, because it is longer."""
        known = held is not None and held.version is not None
        if held is not None and known and self.holdings.with_bytes(held.document.id) is not None:
            self.library.delete(held.document.id)

    def _doubles(self, record: PaperRecord, held: Held | None) -> tuple[str, ...]:
        double = None if held is not None else self.holdings.with_title(record.title)
        if double is None:
            return ()
        return (f"The library also holds {double.source_name} with the same title; both stay.",)

    def _fetch(self, record: PaperRecord, telling: Telling) -> FetchedPaper:
        """The PDF on the shelf, fetched where it is not there yet."""
        url = f"{self.client.pdf_url}/pdf/{record.id}"
        if not self.shelf.holds_pdf(record.id):
            telling.download(0, None)
            source = PdfSource(url=url, name=str(record.id), page_url=record.url)
            download_pdf(
                self.client.transport,
                source,
                self.shelf.path(record.id),
                progress=telling.download,
                cancelled=telling.cancelled,
                waiting=telling.waiting,
            )
        return self.shelf.note_fetched(record, url)

    def _read(self, fetched: FetchedPaper, telling: Telling) -> tuple[str, ...]:
        """Take the PDF into the library; returns what is to be said about it."""
        from vectorstore.facts import DocumentFacts

        record, path = fetched.record, self.shelf.path(fetched.record.id)
        stop_if(telling.cancelled)
        telling.ingest(None)
        authors = ", ".join(record.authors[:MOST_AUTHORS_NAMED])
        more = " et al." if len(record.authors) > MOST_AUTHORS_NAMED else ""
        facts = DocumentFacts(
            title=record.title, authors=authors + more, arxiv_id=record.arxiv_id, year=record.published.year
        )
        report = self.library.add([path], progress=telling.ingest, cancelled=telling.cancelled, facts={path: facts})
        outcome = report.files[0]
        if outcome.status == "cancelled":
            raise FetchStoppedError(
                f"{record.id} was fetched, but reading it was stopped.", hint="Add it again; the PDF is kept."
            )
        if outcome.error is not None:
            if isinstance(outcome.error, DamagedDocumentError):
                self.shelf.discard(record.id)  # the next wish fetches it anew
            raise outcome.error
        return tuple(sentence for sentence in outcome.warnings if not sentence.startswith(ROOM_SENTENCES))

    def _already(self, held: Held, record: PaperRecord, *notices: str) -> AddedPaper:
        if held.fetched is not None:
            self.shelf.note_added(held.fetched)
        return self._answer("already", record, held.document, notices)

    def _answer(
        self, status: AddStatus, record: PaperRecord, document: DocumentSummary, notices: tuple[str, ...]
    ) -> AddedPaper:
        topic_ids = self.fitting.topics_of(record)
        return AddedPaper(
            status=status,
            record=record,
            document_id=document.id,
            title=document.title,
            pages=document.pages,
            chunks=document.chunks,
            topic_ids=topic_ids,
            topics=self.fitting.titles(topic_ids),
            prerequisites=self._prerequisites(record),
            notices=notices,
        )

    def _prerequisites(self, record: PaperRecord) -> tuple[Prerequisite, ...]:
        found = []
        for paper in self.fitting.prerequisites_of(record):
            here = self.holdings.find(ArxivId(paper.arxiv_id)) if paper.arxiv_id else None
            there = here is not None or self.holdings.with_title(paper.title) is not None
            found.append(Prerequisite(paper_id=paper.id, title=paper.title, in_library=there))
        return tuple(found)

    def _take_turn(self, cancelled: Callable[[], bool]) -> None:
        while not self._turn.acquire(timeout=POLL_SECONDS):
            stop_if(cancelled)


def _exchange(record: PaperRecord, held: Held, kept: Path) -> tuple[str, str]:
    """What took the place of what, and the way back."""
    was = f"version {held.version}" if held.version else f"your copy ({held.document.source_name})"
    again = str(record.id.with_version(held.version)) if held.version and held.fetched else f"the file {kept}"
    return (
        f"Version {record.version} took the place of {was}; the former file is kept: {kept}.",
        f"To go back, add {again}.",
    )


def _refuse_withdrawn(record: PaperRecord) -> None:
    if not record.withdrawn:
        return
    said = record.comment or record.abstract
    earlier = f" Version {record.version - 1} may still be there: {record.id.with_version(record.version - 1)}."
    raise DownloadError(
        f"{record.title!r} ({record.id}) has been withdrawn, so arXiv has no PDF of it.",
        hint=f'arXiv notes: "{said[:160]}".{earlier if record.version > 1 else ""}',
    )
