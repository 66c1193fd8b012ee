"""Papers on their way from arXiv into the library."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from errors import StudyError
from papers.reports import FetchProgress
from ui.background_queue import BackgroundQueue, FileLine, QueueStatus
from ui.translation import N_, _, ngettext

if TYPE_CHECKING:
    from agent.hands import PaperFinder
    from papers.reports import FetchOutcome

logger = logging.getLogger(__name__)

ROADMAP = "the roadmap's papers"
"""The queue's entry that stands for all of them."""
ROADMAP_LINE = N_("The roadmap's papers")
_SHOWN_STATUS = {"already": "unchanged", "updated": "added"}

FetchStatus = QueueStatus[FetchProgress]


class Fetching(BackgroundQueue[str, FetchProgress]):
    """Fetches papers one after another: an arXiv id or address each, or `ROADMAP`."""

    def __init__(self, open_papers: Callable[[], PaperFinder], closing: Callable[[], bool] = lambda: False) -> None:
        super().__init__("fetching", closing)
        self._open_papers = open_papers

    def work_on(self, item: str) -> list[FileLine]:
        """A line for the paper, or for each paper of the roadmap."""
        if self.is_cancelled():
            return [FileLine(item, "cancelled", _("not fetched"))]
        try:
            papers = self._open_papers()
            if item == ROADMAP:
                return self._fetch_roadmap(papers)
            added = papers.add(item, progress=self.note_progress, cancelled=self.is_cancelled)
        except StudyError as error:
            status = "cancelled" if self.is_cancelled() else "failed"
            return [FileLine(item, status, error.message, error.hint)]
        except Exception:
            logger.exception("Fetching %s failed", item)
            return [FileLine(item, "failed", _("Something went wrong."), _("Try again; the log has the details."))]
        return [added_line(added.to_dict())]

    def _fetch_roadmap(self, papers: PaperFinder) -> list[FileLine]:
        """A line for each paper as soon as it is done; then what was there already, and what is left."""
        told: set[str] = set()

        def ended(outcome: FetchOutcome) -> None:
            told.add(outcome.paper_id)
            self.note(outcome_line(outcome))

        report = papers.fetch_roadmap(progress=self.note_progress, cancelled=self.is_cancelled, ended=ended)
        rest = Counter(outcome.status for outcome in report.papers if outcome.paper_id not in told)
        lines: list[FileLine] = []
        if left := rest["cancelled"]:
            left_over = ngettext(
                "{count} are left; start again to go on", "{count} are left; start again to go on", left
            )
            lines.append(FileLine(_(ROADMAP_LINE), "cancelled", left_over.format(count=left)))
        if here := rest["already"]:
            known = ngettext("{count} were in the library already", "{count} were in the library already", here)
            lines.append(FileLine(_(ROADMAP_LINE), "unchanged", known.format(count=here)))
        return lines + [FileLine(_(ROADMAP_LINE), "unchanged", notice) for notice in report.notices if not left]

    def note_progress(self, progress: FetchProgress) -> None:
        """Keep how far it is; a paper of several that is done makes the pages' tables old."""
        with self._lock:
            before, self._progress = self._progress, progress
            self._version += before is not None and progress.files_done > before.files_done


def outcome_line(outcome: FetchOutcome) -> FileLine:
    """One line about a paper of the roadmap."""
    if outcome.error is not None:
        return FileLine(outcome.title, outcome.status, outcome.error.message, outcome.error.hint)
    details = {"already": _("already in the library"), "cancelled": _("not fetched")}
    version = _("version {number}").format(number=outcome.version) if outcome.version else _("fetched")
    status = _SHOWN_STATUS.get(outcome.status, outcome.status)
    return FileLine(outcome.title, status, details.get(outcome.status, version), warnings=outcome.notices)


def added_line(added: Mapping[str, Any]) -> FileLine:
    """One line about a paper that was added, from its plain values."""
    notices = tuple(str(notice) for notice in added["notices"])
    if added["status"] == "already":
        return FileLine(str(added["title"]), "unchanged", _("already in the library"), warnings=notices)
    pages, passages = int(added["pages"]), int(added["chunks"])
    counts = ", ".join(
        [
            ngettext("{count:,} page", "{count:,} pages", pages).format(count=pages),
            ngettext("{count:,} passage", "{count:,} passages", passages).format(count=passages),
        ]
    )
    return FileLine(str(added["title"]), "added", counts, warnings=notices)
