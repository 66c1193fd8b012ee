"""Files on their way into the library."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from ui.background_queue import BackgroundQueue, FileLine, QueueStatus
from vectorstore.reports import AddProgress

if TYPE_CHECKING:
    from vectorstore.library import Library
    from vectorstore.reports import AddReport

logger = logging.getLogger(__name__)

__all__ = ["AddStatus", "Adding", "FileLine", "file_lines"]

AddStatus = QueueStatus[AddProgress]


class Adding(BackgroundQueue[tuple[Path, ...], AddProgress]):
    """Adds files one batch after another."""

    def __init__(self, open_library: Callable[[], Library]) -> None:
        super().__init__("adding")
        self._open_library = open_library

    def add(self, paths: Sequence[Path]) -> None:
        """Queue files; they belong to the queue from now on and are removed when they are done."""
        if paths:
            self.put(tuple(paths))

    def weight(self, item: tuple[Path, ...]) -> int:
        """The files of a batch."""
        return len(item)

    def work_on(self, item: tuple[Path, ...]) -> list[FileLine]:
        """A line for each file of the batch."""
        lines = self._add_batch(item)
        for path in item:
            discard_upload(path)
        return lines

    def _add_batch(self, batch: tuple[Path, ...]) -> list[FileLine]:
        if self.is_cancelled():
            return [FileLine(path.name, "cancelled", "not added") for path in batch]
        try:
            report = self._open_library().add(batch, progress=self.note_progress, cancelled=self.is_cancelled)
        except StudyError as error:
            return [FileLine(path.name, "failed", error.message, error.hint) for path in batch]
        except Exception:
            logger.exception("Adding files failed")
            hint = "Try again; the log has the details."
            return [FileLine(path.name, "failed", "Something went wrong.", hint) for path in batch]
        return file_lines(report)


def file_lines(report: AddReport) -> list[FileLine]:
    """One line a file."""
    lines: list[FileLine] = []
    for outcome in report.files:
        detail, hint = "", ""
        if outcome.error is not None:
            detail, hint = outcome.error.message, outcome.error.hint
        elif outcome.status == "added":
            detail = f"{_count(outcome.pages, 'page')}, {_count(outcome.chunks, 'passage')}"
        elif outcome.status == "unchanged":
            detail = "already in the library"
        else:
            detail = "not added"
        lines.append(FileLine(outcome.path.name, outcome.status, detail, hint, tuple(outcome.warnings)))
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def discard_upload(path: Path) -> None:
    """Remove an upload and its folder: the library has its own copy, and uploads are open to every reader."""
    try:
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            shutil.rmtree(path.parent, ignore_errors=True)
    except OSError as error:
        logger.warning("The uploaded file %s stays: %s", path, error)
