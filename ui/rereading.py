"""Documents that are read again in the background, by the present reader."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from errors import StudyError
from ingestion.document import DocumentId
from ui.adding import outcome_line
from ui.background_queue import BackgroundQueue, FileLine, QueueStatus
from ui.translation import N_, _
from vectorstore.reports import AddProgress, FileOutcome

if TYPE_CHECKING:
    from vectorstore.library import Library

logger = logging.getLogger(__name__)

RereadStatus = QueueStatus[AddProgress]
_DETAILS = {"unchanged": N_("read again, nothing changed"), "cancelled": N_("not read again; it stays as it was")}


class Rereading(BackgroundQueue[tuple[DocumentId, ...], AddProgress]):
    """Reads documents again, some at a time; they stay searchable."""

    def __init__(self, open_library: Callable[[], Library], closing: Callable[[], bool] = lambda: False) -> None:
        super().__init__("rereading", closing)
        self._open_library = open_library

    def weight(self, item: tuple[DocumentId, ...]) -> int:
        """The documents of a batch."""
        return len(item)

    def work_on(self, item: tuple[DocumentId, ...]) -> list[FileLine]:
        """A line for each document that was not told of before the end."""
        told: set[DocumentId | None] = set()

        def ended(outcome: FileOutcome) -> None:
            told.add(outcome.document_id)
            self.note(reread_line(outcome))

        try:
            report = self._open_library().reread(
                item, progress=self.note_progress, cancelled=self.is_cancelled, ended=ended
            )
        except StudyError as error:
            return [FileLine(_("Reading again"), "failed", error.message, error.hint)]
        except Exception:
            logger.exception("Reading again failed")
            hint = _("Try again; the log has the details.")
            return [FileLine(_("Reading again"), "failed", _("Something went wrong."), hint)]
        return [reread_line(outcome) for outcome in report.files if outcome.document_id not in told]


def reread_line(outcome: FileOutcome) -> FileLine:
    """What came of one document, in words."""
    line = outcome_line(outcome)
    return replace(line, detail=_(_DETAILS.get(outcome.status, "")) or line.detail)
