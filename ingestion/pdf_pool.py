"""Several processes that read PDFs at the same time, for many files in a row."""

from __future__ import annotations

import gc
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from ingestion.document import Document
from ingestion.limits import DEFAULT_LIMITS, ReadLimits
from ingestion.pdf_process import PdfProcess

MOST_READERS = 2
"""More would only take memory: reading is a tenth of the work, embedding wants the processor too."""
AHEAD = 2
"""Files that each reader may be ahead of the caller; what was read stays in memory until it is taken."""
POLL_SECONDS = 0.2

Item = TypeVar("Item")
Result = TypeVar("Result")


class PdfPool:
    """Reads PDFs in as many child processes as `size`, each started when it is first needed."""

    def __init__(self, limits: ReadLimits = DEFAULT_LIMITS, size: int | None = None) -> None:
        self.size = size or min(MOST_READERS, processors())
        self._processes = [PdfProcess(limits) for _ in range(self.size)]
        self._users = [0] * self.size
        """How many threads use each process, or wait for it."""
        self._choosing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; a later request starts new ones."""
        for process in self._processes:
            process.close()

    def read(self, path: Path) -> Document:
        """The document in a PDF file, read by the process that has the least to do.

        Raises:
            DocumentError: the child of it that says why the file cannot be read.
        """
        with self._choosing:
            place = self._users.index(min(self._users))
            self._users[place] += 1
        try:
            return self._processes[place].read(path)
        finally:
            with self._choosing:
                self._users[place] -= 1

    @property
    def threads(self) -> int:
        """Threads that keep all processes busy: one more than those, for it takes its answer apart meanwhile."""
        return self.size + 1


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_ahead(
    read: Callable[[Item], Result], items: Sequence[Item], *, workers: int, heard: Callable[[], None] = lambda: None
) -> Generator[Future[Result], None, None]:
    """What `read` makes of each item, in their order, made by `workers` threads a little ahead of the caller.

    `heard` is called while the caller waits; what it raises ends the reading.
    """
    following = iter(items)
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="reading") as pool, _resting_collector():
        try:
            waiting.extend(pool.submit(read, item) for item in islice(following, AHEAD * workers))
            while waiting:
                first = waiting.popleft()
                while not wait([first], timeout=POLL_SECONDS).done:
                    heard()
                waiting.extend(pool.submit(read, item) for item in islice(following, 1))
                yield first
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def _resting_collector() -> Iterator[None]:
    """Let the garbage collector pass over what is there already, such as the models' half a million objects.

    Pages come as many small objects, each thousand of which makes it look over all: a fifth of the time of reading.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
