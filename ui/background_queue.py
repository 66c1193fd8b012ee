"""Work that goes on while pages come and go: one background thread, a queue, and what every page may know of it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

REMEMBERED_OUTCOMES = 2000
"""Lines that a page may still show; those before are forgotten, and counted."""

Item = TypeVar("Item")
Progress = TypeVar("Progress")


@dataclass(frozen=True, slots=True)
class FileLine:
    """What came of one file."""

    name: str
    status: str
    """added, reread, unchanged, failed, cancelled or left out."""
    detail: str
    hint: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class QueueStatus(Generic[Progress]):
    """A picture of a queue."""

    running: bool
    progress: Progress | None
    """Of the item in hand."""
    waiting: int
    """How much waits behind it."""
    cancelling: bool
    outcomes: tuple[FileLine, ...]
    """What came of the items of this session of the server, the last first."""
    version: int
    """Grows when something was done, so that a page knows when its table is old."""
    forgotten: int = 0
    """How many earlier outcomes are not listed any more."""


class BackgroundQueue(ABC, Generic[Item, Progress]):
    """Works on items one after another; all methods may be called from any thread."""

    def __init__(self, thread_name: str, closing: Callable[[], bool] = lambda: False) -> None:
        self._thread_name = thread_name
        self._closing = closing
        self._lock = threading.Lock()
        self._queue: deque[Item] = deque()
        self._outcomes: deque[FileLine] = deque(maxlen=REMEMBERED_OUTCOMES)
        self._progress: Progress | None = None
        self._running = False
        self._cancel = threading.Event()
        self._version = 0
        self._forgotten = 0

    @abstractmethod
    def work_on(self, item: Item) -> list[FileLine]:
        """What came of an item; looks at `is_cancelled`, tells `note_progress`, and raises nothing."""

    def weight(self, item: Item) -> int:
        """How much an item counts among what waits."""
        return 1

    def put(self, item: Item) -> None:
        """Queue an item; one that waits already is not queued twice."""
        with self._lock:
            if item in self._queue:
                return
            self._queue.append(item)
            if self._running:
                return
            self._running = True
            self._cancel.clear()
        threading.Thread(target=self._work, name=self._thread_name, daemon=True).start()

    def cancel(self) -> None:
        """Stop after the present piece of work; what is done stays."""
        self._cancel.set()

    def is_cancelled(self) -> bool:
        """Whether a reader asked to stop, or the page goes."""
        return self._cancel.is_set() or self._closing()

    def note(self, *lines: FileLine) -> None:
        """Add lines about what was done, the last of them on top."""
        with self._lock:
            self._forgotten += max(0, len(self._outcomes) + len(lines) - REMEMBERED_OUTCOMES)
            self._outcomes.extendleft(reversed(lines))
            self._version += 1

    def clear(self) -> None:
        """Forget what came of the items so far."""
        with self._lock:
            self._outcomes.clear()
            self._forgotten = 0
            self._version += 1

    def note_progress(self, progress: Progress) -> None:
        """Keep how far the item in hand is."""
        with self._lock:
            self._progress = progress

    def status(self) -> QueueStatus[Progress]:
        """Where the queue stands."""
        with self._lock:
            return QueueStatus(
                running=self._running,
                progress=self._progress,
                waiting=sum(map(self.weight, self._queue)),
                cancelling=self._cancel.is_set() and self._running,
                outcomes=tuple(self._outcomes),
                version=self._version,
                forgotten=self._forgotten,
            )

    def _work(self) -> None:
        while True:
            with self._lock:
                self._progress = None
                if not self._queue:
                    self._running = False
                    return
                item = self._queue.popleft()
            self.note(*self.work_on(item))
