"""What a process and its children hold, from /proc (Linux): memory, open handles, threads, processes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
CHROMA_DATABASE, POOL_THREAD = "chroma.sqlite3", "sqlx-sqlite"
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One look."""

    done: int
    """Acts that were done by then."""
    seconds: float
    """Since the meter was made."""
    memory_megabytes: float
    """Proportional set size, all processes together: what is shared counts once."""
    handles: int
    """Open files, sockets and pipes of the process itself."""
    threads: int
    children: int


def use_of(process: int, *, done: int = 0, since: float = 0.0) -> Use:
    """What the process holds now; one of its children that ends meanwhile counts as nothing."""
    family = descendants(process)
    kilobytes = 0
    for one in (process, *family):
        with suppress(OSError):
            found = _PSS.search((PROC / str(one) / "smaps_rollup").read_text(encoding="ascii"))
            kilobytes += int(found[1]) if found else 0
    return Use(
        done=done,
        seconds=time.monotonic() - since,
        memory_megabytes=kilobytes / 1024,
        handles=_count(PROC / str(process) / "fd"),
        threads=_count(PROC / str(process) / "task"),
        children=len(family),
    )


def descendants(process: int) -> list[int]:
    """Its children, and theirs."""
    parents: dict[int, int] = {}
    for path in PROC.iterdir():
        if path.name.isdigit():
            with suppress(OSError, ValueError):
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
    found, last = [], {process}
    while last:
        last = {child for child, parent in parents.items() if parent in last}
        found += sorted(last)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """What a process keeps open: handles and threads; Chroma's pools of connections are told apart."""

    handles: int
    """A database counts once: SQLite keeps the handle of a closed connection, for the next one, as long as another
    connection of the process has the file open (https://www.sqlite.org/src/file?name=src/os_unix.c, `pUnused`)."""
    threads: int
    connections: int
    """To databases of Chroma, which opens more of them when several ask at once, up to 10 for a library, and closes
    those that were idle for ten minutes. Each has a handle and a thread."""


def held_by(process: int) -> Held:
    """What it keeps open now."""
    handles = pooled = threads = workers = 0
    databases: set[Path] = set()
    for path in (PROC / str(process) / "fd").iterdir():
        with suppress(OSError):
            target = path.readlink()
            if target.name == CHROMA_DATABASE:
                pooled += 1
            elif target.suffix.startswith(".sqlite"):
                databases.add(target)
            else:
                handles += 1
    for path in (PROC / str(process) / "task").iterdir():
        with suppress(OSError):
            is_worker = (path / "comm").read_text().startswith(POOL_THREAD)
            threads, workers = threads + 1, workers + is_worker
    return Held(handles + len(databases), threads - workers, pooled)


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


class Meter:
    """Looks at a process every so often, in a thread of its own."""

    def __init__(self, process: int, done: Callable[[], int], pause_seconds: float) -> None:
        self._process, self._done, self._pause_seconds = process, done, pause_seconds
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="meter", daemon=True)
        self.uses: list[Use] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(self._pause_seconds):
            with suppress(OSError):
                self.uses.append(use_of(self._process, done=self._done(), since=self._began))
