"""One writer for a library: a lock on its folder that names who holds it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from errors import HomeBusyError, HomeError

WAIT_SECONDS = 0.3
"""A writer that is just closing gets this long."""


class WriterLock:
    """Held from `acquire` to `release`; the system frees it when the process dies."""

    def __init__(self, folder: Path) -> None:
        from filelock import FileLock

        self._folder = folder
        self._lock = FileLock(folder / "writer.lock", thread_local=False)

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            HomeBusyError: another process, or another library in this one, holds it.
            HomeError: the folder cannot be written.
        """
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=WAIT_SECONDS, poll_interval=0.05)
        except Timeout as error:
            raise HomeBusyError(
                f"The library {self._folder} is in use by {_holder(self._folder)}.",
                hint="Close that one first, or choose another STUDY_HOME.",
            ) from error
        except (OSError, NotImplementedError) as error:
            raise HomeError(
                f"The library folder {self._folder} cannot be written ({error}).",
                hint="Check its permissions, or set STUDY_HOME to another folder.",
            ) from error
        record = {"pid": os.getpid(), "host": socket.gethostname()}
        (self._folder / "writer.json").write_text(json.dumps(record), encoding="utf-8")

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._lock.is_locked:
            (self._folder / "writer.json").unlink(missing_ok=True)
            self._lock.release()


def _holder(folder: Path) -> str:
    try:
        record = json.loads((folder / "writer.json").read_text(encoding="utf-8"))
        pid, host = record["pid"], record["host"]
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
    if host != socket.gethostname():
        return f"process {pid} on {host}"
    return "this process already" if pid == os.getpid() else f"process {pid}"


def take_folder(folder: Path) -> WriterLock:
    """The lock of a library's folder, which is made if it is not there.

    Raises:
        HomeBusyError: another process writes to it.
        HomeError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HomeError(
            f"The library folder {folder} cannot be made ({error.strerror}).",
            hint="Check the permissions, or set STUDY_HOME to another folder.",
        ) from error
    lock = WriterLock(folder)
    lock.acquire()
    return lock
