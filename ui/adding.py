"""Files on their way into the library."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from ui.background_queue import BackgroundQueue, FileLine, QueueStatus
from ui.translation import _, ngettext
from vectorstore.facts import DocumentFacts
from vectorstore.reports import AddProgress, FileOutcome

if TYPE_CHECKING:
    from vectorstore.library import Library

logger = logging.getLogger(__name__)

__all__ = ["AddStatus", "Adding", "Batch", "FileLine", "outcome_line"]

AddStatus = QueueStatus[AddProgress]


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that were given together."""

    paths: tuple[Path, ...]
    facts: DocumentFacts | None = None
    """What is believed about the file more than its pages, when a deleted document is brought back."""


class Adding(BackgroundQueue[Batch, AddProgress]):
    """Adds files one batch after another; a line for each file as soon as it is done."""

    def __init__(self, open_library: Callable[[], Library], closing: Callable[[], bool] = lambda: False) -> None:
        super().__init__("adding", closing)
        self._open_library = open_library

    def add(self, paths: Sequence[Path], facts: DocumentFacts | None = None) -> None:
        """Queue files; they belong to the queue from now on and are removed when they are done."""
        if paths:
            self.put(Batch(tuple(paths), facts))

    def weight(self, item: Batch) -> int:
        """The files of a batch."""
        return len(item.paths)

    def work_on(self, item: Batch) -> list[FileLine]:
        """A line for each file of the batch that was not told of before its end."""
        told: set[Path] = set()

        def ended(outcome: FileOutcome) -> None:
            told.add(outcome.path)
            self.note(outcome_line(outcome))

        lines = self._add_batch(item, ended)
        for path in item.paths:
            discard_upload(path)
        return [line for path, line in lines if path not in told]

    def _add_batch(self, batch: Batch, ended: Callable[[FileOutcome], None]) -> list[tuple[Path, FileLine]]:
        paths = batch.paths
        if self.is_cancelled():
            return [(path, FileLine(path.name, "cancelled", _("not added"))) for path in paths]
        facts = {} if batch.facts is None else dict.fromkeys(paths, batch.facts)
        try:
            report = self._open_library().add(
                paths, progress=self.note_progress, cancelled=self.is_cancelled, facts=facts, ended=ended
            )
        except StudyError as error:
            return [(path, FileLine(path.name, "failed", error.message, error.hint)) for path in paths]
        except Exception:
            logger.exception("Adding files failed")
            hint = _("Try again; the log has the details.")
            return [(path, FileLine(path.name, "failed", _("Something went wrong."), hint)) for path in paths]
        return [(outcome.path, outcome_line(outcome)) for outcome in report.files]


def outcome_line(outcome: FileOutcome) -> FileLine:
    """What came of one file, in words."""
    detail, hint = _("not added"), ""
    counts = ", ".join(
        [
            ngettext("{count:,} page", "{count:,} pages", outcome.pages).format(count=outcome.pages),
            ngettext("{count:,} passage", "{count:,} passages", outcome.chunks).format(count=outcome.chunks),
        ]
    )
    if outcome.error is not None:
        detail, hint = outcome.error.message, outcome.error.hint
    elif outcome.status in ("added", "reread"):
        detail = counts
    elif outcome.status == "unchanged":
        detail = _("already in the library")
    return FileLine(outcome.path.name, outcome.status, detail, hint, tuple(outcome.warnings))


def discard_upload(path: Path) -> None:
    """Remove an upload and its folder: the library has its own copy, and uploads are open to every reader."""
    try:
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            shutil.rmtree(path.parent, ignore_errors=True)
    except OSError as error:
        logger.warning("The uploaded file %s stays: %s", path, error)
