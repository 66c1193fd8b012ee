"""Papers on their way from arXiv: one background thread, a queue, and what every page may know of it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.adding import FileLine

if TYPE_CHECKING:
    from agent.hands import PaperFinder
    from papers.reports import FetchOutcome, FetchProgress

logger = logging.getLogger(__name__)

ROADMAP = "the roadmap's papers"
"""The queue's entry that stands for all of them."""
_REMEMBERED_OUTCOMES = 100
_SHOWN_STATUS = {"already": "unchanged", "updated": "added"}


@dataclass(frozen=True, slots=True)
class FetchStatus:
    """A picture of the queue."""

    running: bool
    progress: FetchProgress | None
    waiting: int
    """Entries behind the present one."""
    cancelling: bool
    outcomes: tuple[FileLine, ...]
    """What came of each paper of this session of the server, the last first."""
    version: int
    """Grows when a paper was added, so that a page knows when its table is old."""


@dataclass
class Fetching:
    """Fetches papers one after another; all methods may be called from any thread."""

    open_papers: Callable[[], PaperFinder]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _queue: deque[str] = field(default_factory=deque)
    _outcomes: deque[FileLine] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_OUTCOMES))
    _progress: FetchProgress | None = None
    _running: bool = False
    _cancel: threading.Event = field(default_factory=threading.Event)
    _version: int = 0

    def add(self, reference: str) -> None:
        """Queue an arXiv id or address, or `ROADMAP`; one that waits already is not queued twice."""
        with self._lock:
            if reference in self._queue:
                return
            self._queue.append(reference)
            if self._running:
                return
            self._running = True
            self._cancel.clear()
        threading.Thread(target=self._work, name="fetching", daemon=True).start()

    def cancel(self) -> None:
        """Stop what is being fetched and forget what waits; what is done stays, the rest can be resumed."""
        with self._lock:
            self._queue.clear()
            self._cancel.set()

    def status(self) -> FetchStatus:
        """Where the queue stands."""
        with self._lock:
            return FetchStatus(
                running=self._running,
                progress=self._progress,
                waiting=len(self._queue),
                cancelling=self._cancel.is_set() and self._running,
                outcomes=tuple(self._outcomes),
                version=self._version,
            )

    def _work(self) -> None:
        while True:
            with self._lock:
                self._progress = None
                if not self._queue:
                    self._running = False
                    return
                reference = self._queue.popleft()
            lines = self._fetch(reference)
            with self._lock:
                self._outcomes.extendleft(reversed(lines))
                self._version += 1

    def _fetch(self, reference: str) -> list[FileLine]:
        if self._cancel.is_set():
            return [FileLine(reference, "cancelled", "not fetched")]
        try:
            papers = self.open_papers()
            if reference == ROADMAP:
                report = papers.fetch_roadmap(progress=self._note_progress, cancelled=self._cancel.is_set)
                return [outcome_line(outcome) for outcome in report.papers]
            added = papers.add(reference, progress=self._note_progress, cancelled=self._cancel.is_set)
        except StudyError as error:
            status = "cancelled" if self._cancel.is_set() else "failed"
            return [FileLine(reference, status, error.message, error.hint)]
        except Exception:
            logger.exception("Fetching %s failed", reference)
            return [FileLine(reference, "failed", "Something went wrong.", "Try again; the log has the details.")]
        return [added_line(added.to_dict())]

    def _note_progress(self, progress: FetchProgress) -> None:
        with self._lock:
            before, self._progress = self._progress, progress
            self._version += before is not None and progress.files_done > before.files_done


def outcome_line(outcome: FetchOutcome) -> FileLine:
    """One line about a paper of the roadmap."""
    if outcome.error is not None:
        return FileLine(outcome.title, outcome.status, outcome.error.message, outcome.error.hint)
    details = {"already": "already in the library", "cancelled": "not fetched"}
    version = f"version {outcome.version}" if outcome.version else "fetched"
    status = _SHOWN_STATUS.get(outcome.status, outcome.status)
    return FileLine(outcome.title, status, details.get(outcome.status, version), warnings=outcome.notices)


def added_line(added: Mapping[str, Any]) -> FileLine:
    """One line about a paper that was added, from its plain values."""
    notices = tuple(str(notice) for notice in added["notices"])
    if added["status"] == "already":
        return FileLine(str(added["title"]), "unchanged", "already in the library", warnings=notices)
    counts = f"{added['pages']:,} pages, {added['chunks']:,} passages"
    return FileLine(str(added["title"]), "added", counts, warnings=notices)
