"""Scratch folders of live children, and the removal of those whose supervisor was killed."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

LOCK = ".lock"


class RunningFolder:
    """A folder for one child below `parent`; a lock beside it lasts as long as this process."""

    def __init__(self, parent: Path) -> None:
        from filelock import FileLock

        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = Path(tempfile.mkdtemp(prefix="child-", dir=parent))
        # One thread opens a session and another may close it.
        self._lock = FileLock(handle.with_name(handle.name + LOCK), mode=0o600, thread_local=False)
        self._lock.acquire(timeout=0)
        self.path = handle

    def remove(self) -> None:
        """Remove the folder and its lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        with contextlib.suppress(OSError):
            Path(self._lock.lock_file).unlink(missing_ok=True)


def remove_left_over(parent: Path) -> int:
    """How many folders of processes that are gone were removed."""
    removed = 0
    for lock_file in parent.glob(f"child-*{LOCK}"):
        lock = _taken(lock_file)
        if lock is None:
            continue
        shutil.rmtree(lock_file.with_name(lock_file.name.removesuffix(LOCK)), ignore_errors=True)
        lock.release()
        with contextlib.suppress(OSError):
            lock_file.unlink(missing_ok=True)
        removed += 1
    return removed


def _taken(lock_file: Path) -> Any:
    """The lock, if nobody holds it."""
    from filelock import FileLock, Timeout

    lock = FileLock(lock_file, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return None
    return lock
