"""One request at a time, and a pause between two: over all threads and processes that share a folder.

arXiv asks for no more than one request every three seconds over a single connection
(https://info.arxiv.org/help/api/tou.html). The lock is the system's, so a killed process never keeps it.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from errors import ArxivError, FetchStoppedError, HomeError

if TYPE_CHECKING:
    from filelock import FileLock

POLL_SECONDS = 0.1
"""How often a waiting request looks whether it was stopped."""
LONGEST_WAIT_SECONDS = 60.0
"""A longer pause, asked for by arXiv, is told to the learner and not slept through."""
LONGEST_PAUSE_SECONDS = 3600.0
"""No pause on record counts for longer, whatever the file says."""
LOCK_SECONDS = 300.0
"""Longest wait for a request of another thread or process to end."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as this room sees it; tests bring their own."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds since the machine started; the same for all processes, and never set back."""
    wall: Callable[[], float] = time.time
    """Seconds since 1970; comparable after a restart of the machine, but may be changed."""
    sleep: Callable[[float], None] = time.sleep


REAL_CLOCK = Clock()


def never() -> bool:
    """False: nobody can stop it."""
    return False


class Pace:
    """Hands out turns for requests."""

    def __init__(self, folder: Path, *, spacing_seconds: float, clock: Clock = REAL_CLOCK) -> None:
        self.spacing_seconds = spacing_seconds
        self.clock = clock
        self._folder = folder
        self._state = folder / "pace.json"
        self._here = threading.Lock()
        self._everywhere: FileLock | None = None

    @contextmanager
    def turn(
        self, *, cancelled: Callable[[], bool] = never, waiting: Callable[[float], None] | None = None
    ) -> Iterator[None]:
        """A turn for one request; it ends when the block ends. `waiting` hears the seconds still to wait.

        Raises:
            FetchStoppedError: `cancelled` said so before the turn came.
            ArxivError: arXiv wants a pause that is too long to wait for, or other requests take too long.
            HomeError: the folder cannot be written.
        """
        self._take(cancelled)
        try:
            self._wait(cancelled, waiting)
            self.pause(self.spacing_seconds)  # before the request, so that a killed one counts too
            try:
                yield
            finally:
                if self._remaining() < self.spacing_seconds:
                    self.pause(self.spacing_seconds)
        finally:
            self._give_back()

    def pause(self, seconds: float) -> None:
        """Let nobody send a request for so long from now on. Only inside a turn."""
        record = {"monotonic": self.clock.monotonic(), "wall": self.clock.wall(), "pause_seconds": seconds}
        unfinished = self._state.with_suffix(".part")
        try:
            unfinished.write_text(json.dumps(record), encoding="utf-8")
            unfinished.replace(self._state)
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def sleep(self, seconds: float, cancelled: Callable[[], bool] = never) -> None:
        """Wait, and look now and then whether the learner stopped it.

        Raises:
            FetchStoppedError: `cancelled` said so.
        """
        end = self.clock.monotonic() + seconds
        while True:
            stop_if(cancelled)
            left = end - self.clock.monotonic()
            if left <= 0:
                return
            self.clock.sleep(min(left, POLL_SECONDS))

    def _wait(self, cancelled: Callable[[], bool], waiting: Callable[[float], None] | None) -> None:
        left = self._remaining()
        if left > max(LONGEST_WAIT_SECONDS, self.spacing_seconds):
            raise ArxivError(
                f"arXiv asked for a pause that lasts another {spoken_seconds(left)}.",
                hint="Try again after that; what is in the library is not affected.",
            )
        if left > 0:
            if waiting is not None:
                waiting(left)
            self.sleep(left, cancelled)
        stop_if(cancelled)

    def _remaining(self) -> float:
        """Seconds until the next request may be sent, 0 or less for now.

        The time gone by is the lesser of what both clocks say, of those that make sense: the monotonic one
        starts anew with the machine, the other may be set to any time.
        """
        try:
            record = json.loads(self._state.read_text(encoding="utf-8"))
            pause = min(max(float(record["pause_seconds"]), self.spacing_seconds), LONGEST_PAUSE_SECONDS)
            gone = [
                self.clock.monotonic() - float(record["monotonic"]),
                self.clock.wall() - float(record["wall"]),
            ]
        except FileNotFoundError:
            return 0.0
        except (OSError, ValueError, KeyError, TypeError):
            self.pause(self.spacing_seconds)  # damaged: as if there had been a request just now
            return self.spacing_seconds
        possible = [seconds for seconds in gone if seconds >= 0]
        left = pause - min(possible, default=0.0)
        return left if math.isfinite(left) else self.spacing_seconds

    def _take(self, cancelled: Callable[[], bool]) -> None:
        end = self.clock.monotonic() + LOCK_SECONDS
        while not self._try_to_take():
            stop_if(cancelled)
            if self.clock.monotonic() > end:
                raise ArxivError(
                    "Another fetch from arXiv has been going on for minutes.", hint="Wait for it, or stop it first."
                )
            self.clock.sleep(POLL_SECONDS / 2)

    def _try_to_take(self) -> bool:
        if not self._here.acquire(blocking=False):
            return False
        try:
            if self._try_the_file():
                return True
        except BaseException:
            self._here.release()
            raise
        self._here.release()
        return False

    def _try_the_file(self) -> bool:
        from filelock import FileLock, Timeout

        try:
            if self._everywhere is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._everywhere = FileLock(self._folder / "pace.lock", thread_local=False)
            self._everywhere.acquire(timeout=0)
        except Timeout:
            return False
        except (OSError, NotImplementedError) as error:
            raise _unwritable(self._folder, error) from error
        return True

    def _give_back(self) -> None:
        if self._everywhere is not None:
            self._everywhere.release()
        self._here.release()


def stop_if(cancelled: Callable[[], bool]) -> None:
    """Go on, unless the learner wants to stop.

    Raises:
        FetchStoppedError: they do.
    """
    if cancelled():
        raise FetchStoppedError("The fetch from arXiv was stopped.", hint="Start it again; what was fetched is kept.")


def spoken_seconds(seconds: float) -> str:
    """`1 second`, `40 seconds`, `3 minutes`."""
    if seconds <= 1:
        return "1 second"
    if seconds < 120:
        return f"{math.ceil(seconds)} seconds"
    return f"{math.ceil(seconds / 60)} minutes"


def _unwritable(folder: Path, error: Exception) -> HomeError:
    return HomeError(
        f"The folder {folder} cannot be written ({error}).",
        hint="Check its permissions, or set STUDY_HOME to another folder.",
    )
