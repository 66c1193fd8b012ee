"""What the library tab does with arXiv: searches, fetches one paper or all of the roadmap's, cancels; no layout."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from errors import StudyError
from ui.arxiv_view import RoadmapPaper, fetching_html, found_html, roadmap_html
from ui.fetching import ROADMAP, Fetching
from ui.library_desk import LibraryDesk
from ui.messages import failure_markdown
from ui.translation import _

if TYPE_CHECKING:
    from ui.services import Services

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class ArxivView:
    """What the tab's part about arXiv shows now; None leaves a part as it is."""

    fetching: str | None = None
    documents: str | None = None
    roadmap: str | None = None
    busy: bool | None = None
    missing: int | None = None
    """How many of the roadmap's papers are not in the library."""


@dataclass
class ArxivActions:
    """The actions over the services; `documents` gives the table of the library as HTML."""

    services: Services
    documents: Callable[[], str]

    @property
    def fetching(self) -> Fetching:
        """The queue of papers."""
        return self._desk.fetching

    @property
    def _desk(self) -> LibraryDesk:
        return self.services.part(LibraryDesk)

    def search(self, query: str) -> str:
        """What arXiv has for words, an id or an address, as HTML."""
        if not query.strip():
            return ""
        try:
            return found_html([found.to_dict() for found in self._desk.papers().search(query.strip())])
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        except Exception:
            logger.exception("The search on arXiv failed")
            return failure_markdown(_("The search on arXiv failed."), _("Try again; the log has the details."))

    async def show(self) -> AsyncIterator[ArxivView]:
        """The part as soon as the library is open, then the fetching that goes on."""
        yield await asyncio.to_thread(self.roadmap_view)
        async for view in self.follow():
            yield view

    async def add(self, reference: str) -> AsyncIterator[ArxivView]:
        """Queue a paper, or all of the roadmap's, and follow the queue until it is empty."""
        if fault := await asyncio.to_thread(self._desk.write_fault):
            yield ArxivView(fetching=fault)
            return
        self.fetching.put(reference)
        async for view in self.follow():
            yield view

    async def add_roadmap(self) -> AsyncIterator[ArxivView]:
        """Queue the roadmap's papers and follow them."""
        async for view in self.add(ROADMAP):
            yield view

    async def follow(self) -> AsyncIterator[ArxivView]:
        """The progress until nothing is being fetched; the table whenever it changed."""
        shown = self.fetching.status()
        was_running = shown.running
        while shown.running:
            yield ArxivView(fetching=fetching_html(shown), busy=True)
            await asyncio.sleep(POLL_SECONDS)
            version, shown = shown.version, self.fetching.status()
            if shown.version != version and shown.running:
                yield ArxivView(documents=await asyncio.to_thread(self.documents))
        if was_running or shown.outcomes:
            documents = await asyncio.to_thread(self.documents)
            roadmap = await asyncio.to_thread(self.roadmap_view)
            yield replace(roadmap, fetching=fetching_html(shown), documents=documents, busy=False)

    def cancel(self) -> ArxivView:
        """Ask the fetching to stop."""
        self.fetching.cancel()
        return ArxivView(fetching=fetching_html(self.fetching.status()))

    def clear(self) -> str:
        """What is shown of the fetching without lines about earlier papers."""
        self.fetching.clear()
        return fetching_html(self.fetching.status())

    def roadmap_view(self) -> ArxivView:
        """Which of the roadmap's papers are in the library."""
        try:
            library = self.services.rooms().library
        except StudyError:
            return ArxivView()
        from curriculum.load import load_curriculum

        here = {document.arxiv_id: document.id for document in library.documents()}
        papers = [
            RoadmapPaper(paper.title, paper.arxiv_id, here.get(paper.arxiv_id, ""))
            for paper in load_curriculum().papers
            if paper.arxiv_id
        ]
        missing = sum(not paper.document_id for paper in papers)
        return ArxivView(roadmap=roadmap_html(papers), missing=missing)
