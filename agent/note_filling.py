"""The program's notes on their way into a new library, some at a time, so that each question finds what is there."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agent.closest_notes import ClosestNotes
from agent.first_start import missing_notes, notes_by_id, remember
from vectorstore.reports import AddReport

if TYPE_CHECKING:
    from vectorstore.library import Library
    from vectorstore.reports import FileOutcome

logger = logging.getLogger(__name__)

FIRST = ("01-attention.md", "04-bert-vs-gpt.md", "06-lora.md", "10-rag.md")
"""The notes that answer the questions which the page suggests: they go before the others, and by themselves."""
PORTION = 6
"""Notes that are embedded together, some two seconds of two cores. In one piece all of them take a sixth less, and none
can be found before the last."""
PATIENCE_SECONDS = 10.0
"""Longest wait of a question for the notes that it is about."""
LOOK_SECONDS = 0.05
CLOSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FillingStatus:
    """How far the notes have come."""

    done: int
    """Notes that are in the library, or that the learner took out of it."""
    total: int
    running: bool
    failed: int = 0
    """Notes that could not be added; they are tried again at the next start."""

    @property
    def sentence(self) -> str:
        """For the learner; empty when there is nothing to tell."""
        if self.running:
            return f"The notes that come with this program are still being added: {self.done} of {self.total}."
        if self.failed:
            return (
                f"{self.failed} of the {self.total} notes that come with this program could not be added; "
                "the log says why. They are tried again at the next start."
            )
        return ""


class NoteFilling:
    """Adds what is missing once, on the caller's thread or on one of its own. Safe to use from several threads."""

    def __init__(
        self,
        library: Library,
        memory: Path,
        *,
        told: Callable[[FillingStatus], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """See `agent.first_start.ensure_notes`."""
        self._library = library
        self._memory = memory
        self._told = told
        self._cancelled = cancelled
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._all = notes_by_id()
        missing = missing_notes(library, memory)
        self._waiting = sorted(missing, key=lambda identity: missing[identity].name not in FIRST)
        self._urgent = sum(path.name in FIRST for path in missing.values())
        """So many of those that wait, from the first on, are a portion of their own."""
        self._pending = set(missing)
        """Those that wait, and those in hand."""
        self._failed = 0
        self._running = False
        self._thread: threading.Thread | None = None

    def status(self) -> FillingStatus:
        """How far it has come."""
        with self._lock:
            done = len(self._all) - len(self._pending) - self._failed
            return FillingStatus(done, len(self._all), self._running, self._failed)

    # Adding

    def run(self) -> AddReport | None:
        """Add what is missing, and wait for it; None when nothing is.

        Raises:
            StudyError: the library was closed meanwhile.
        """
        if not self._pending:
            return None
        reports: list[AddReport] = []
        self._running = True
        self._remember(self._all.keys() - self._pending)  # also a sign that it was begun
        try:
            while portion := self._next():
                reports.append(self._add(portion))
                if self._is_over():
                    break
                self._closing.wait(LOOK_SECONDS)  # so that a file of the learner's, which waits for this, gets its turn
        finally:
            self._running = False
            self._tell()
        files = tuple(outcome for report in reports for outcome in report.files)
        seconds, chunks = sum(one.seconds for one in reports), sum(one.embedded_chunks for one in reports)
        return AddReport(files, seconds, chunks)

    def start(self, then: Callable[[], object]) -> None:
        """Do the same in the background; `then` is called when it has ended, or at once when nothing is missing."""
        if not self._pending:
            then()
            return
        self._running = True
        self._thread = threading.Thread(target=self._work, args=[then], name="notes", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the batch in hand; what was not reached is added at the next start."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _work(self, then: Callable[[], object]) -> None:
        try:
            self.run()
        except Exception:
            if not self._closing.is_set():  # the library may be closed under it
                logger.exception("The program's notes were not all added")
                self._give_up()
        if not self._is_over():
            then()

    def _is_over(self) -> bool:
        return self._closing.is_set() or (self._cancelled is not None and self._cancelled())

    def _give_up(self) -> None:
        with self._lock:
            self._failed += len(self._pending)
            self._pending.clear()

    def _next(self) -> list[str]:
        """The notes of the next portion."""
        with self._lock:
            size = self._urgent or PORTION
            portion, self._waiting, self._urgent = self._waiting[:size], self._waiting[size:], 0
            return portion

    def _add(self, portion: Sequence[str]) -> AddReport:
        self._tell()
        identities = {self._all[identity]: identity for identity in portion}

        def ended(outcome: FileOutcome) -> None:
            self._end(identities[outcome.path], outcome)

        return self._library.add(list(identities), cancelled=self._is_over, replace=True, ended=ended)

    def _end(self, identity: str, outcome: FileOutcome) -> None:
        """Remember each note at once: one that the learner deletes now must not come back after a crash."""
        if outcome.error is None:
            self._remember([identity])
        else:
            logger.warning("The note %s could not be added: %s", outcome.path.name, outcome.error)
        with self._lock:
            self._pending.discard(identity)
            self._failed += outcome.error is not None

    def _remember(self, identities: Iterable[str]) -> None:
        try:
            remember(self._memory, identities)
        except OSError as error:
            logger.warning("It cannot be kept which notes were added: %s", error)

    def _tell(self) -> None:
        if self._told is not None:
            self._told(self.status())

    # Questions meanwhile

    async def wait_for(self, question: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Have the notes that the question is about added next, and wait for them, but not longer than so."""
        if not self._running:
            return
        wanted = set(await asyncio.to_thread(self._prefer, question))
        until = time.monotonic() + seconds
        while self._running and wanted & self._pending and time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)

    def _prefer(self, question: str) -> list[str]:
        closest = self._closest.of(question)
        with self._lock:
            wanted = [identity for identity in closest if identity in self._waiting]
            if wanted:
                self._waiting = [*wanted, *(identity for identity in self._waiting if identity not in wanted)]
                self._urgent = len(wanted)
        return closest

    @cached_property
    def _closest(self) -> ClosestNotes:
        return ClosestNotes(self._all)
