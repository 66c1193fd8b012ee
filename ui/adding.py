"""Files on their way into the library: one background thread, a queue, and what every page may know of it."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError

if TYPE_CHECKING:
    from vectorstore.library import Library
    from vectorstore.reports import AddProgress, AddReport

logger = logging.getLogger(__name__)

_REMEMBERED_OUTCOMES = 100


@dataclass(frozen=True, slots=True)
class AddStatus:
    """A picture of the queue."""

    running: bool
    progress: AddProgress | None
    """Of the files being added now."""
    waiting_files: int
    cancelling: bool
    outcomes: tuple[FileLine, ...]
    """What came of the files of this session of the server, the last first."""
    version: int
    """Grows when a file was added, so that a page knows when its table is old."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """What came of one file."""

    name: str
    status: str
    """added, unchanged, failed or cancelled."""
    detail: str
    hint: str = ""
    warnings: tuple[str, ...] = ()


@dataclass
class Adding:
    """Adds files one batch after another; all methods may be called from any thread."""

    open_library: Callable[[], Library]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _queue: deque[tuple[Path, ...]] = field(default_factory=deque)
    _outcomes: deque[FileLine] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_OUTCOMES))
    _progress: AddProgress | None = None
    _running: bool = False
    _cancel: threading.Event = field(default_factory=threading.Event)
    _version: int = 0

    def add(self, paths: Sequence[Path]) -> None:
        """Queue files; they belong to the queue from now on and are removed when they are done."""
        if not paths:
            return
        with self._lock:
            self._queue.append(tuple(paths))
            if self._running:
                return
            self._running = True
            self._cancel.clear()
        threading.Thread(target=self._work, name="adding", daemon=True).start()

    def cancel(self) -> None:
        """Stop after the present piece of work; what is done stays."""
        self._cancel.set()

    def note(self, line: FileLine) -> None:
        """Add a line of another cause, e.g. a deleted document."""
        with self._lock:
            self._outcomes.appendleft(line)
            self._version += 1

    def status(self) -> AddStatus:
        """Where the queue stands."""
        with self._lock:
            return AddStatus(
                running=self._running,
                progress=self._progress,
                waiting_files=sum(len(batch) for batch in self._queue),
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
                batch = self._queue.popleft()
            lines = self._add_batch(batch)
            with self._lock:
                self._outcomes.extendleft(reversed(lines))
                self._version += 1
            for path in batch:
                _discard(path)

    def _add_batch(self, batch: tuple[Path, ...]) -> list[FileLine]:
        if self._cancel.is_set():
            return [FileLine(path.name, "cancelled", "not added") for path in batch]
        try:
            report = self.open_library().add(batch, progress=self._note_progress, cancelled=self._cancel.is_set)
        except StudyError as error:
            return [FileLine(path.name, "failed", error.message, error.hint) for path in batch]
        except Exception:
            logger.exception("Adding files failed")
            hint = "Try again; the log has the details."
            return [FileLine(path.name, "failed", "Something went wrong.", hint) for path in batch]
        return file_lines(report)

    def _note_progress(self, progress: AddProgress) -> None:
        with self._lock:
            self._progress = progress


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


def _discard(path: Path) -> None:
    """Remove an upload and its folder: the library has its own copy, and uploads are open to every reader."""
    try:
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            shutil.rmtree(path.parent, ignore_errors=True)
    except OSError as error:
        logger.warning("The uploaded file %s stays: %s", path, error)
