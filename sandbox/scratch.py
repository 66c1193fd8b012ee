"""The scratch folder of a guest: made fresh, weighed while it is used, removed afterwards.

A guest can make neither links nor folders that their owner cannot read, so a walk stays inside and sees all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PREFIX = "study-scratch-"
YOUNG_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a scratch folder takes of the disk."""

    size_bytes: int
    files: int


class Scratch:
    """A fresh folder that only this user can enter. It is locked while its owner lives, and so known to be in use."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        self._handle = _locked(self.path)

    def remove(self) -> None:
        """Remove the folder with all that is in it; links would be removed, never followed."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        shutil.rmtree(self.path, ignore_errors=True)


def remove_left_over() -> None:
    """Remove the folders of owners that were killed before they could."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
                continue
            if time.time() - status.st_mtime < YOUNG_SECONDS:  # perhaps not locked yet
                continue
            handle = _locked(path)
            if handle is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(handle)


def _locked(folder: Path) -> int | None:
    """A handle that holds the folder's lock; None when another process does."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def usage(folder: Path, process: int | None, *, most_files: int) -> Usage:
    """The folder's size on the disk, with files that `process` removed but holds open; stops at `most_files`."""
    size = files = 0
    waiting = [folder]
    while waiting and files <= most_files:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                files += 1
                if files > most_files:
                    break
                with contextlib.suppress(OSError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
    return Usage(size + (_removed_but_open(folder, process) if process else 0), files)


def _removed_but_open(folder: Path, process: int) -> int:
    """Bytes of files without a name on the folder's disk, as far as the system shows them."""
    size = 0
    with contextlib.suppress(OSError):
        disk = folder.stat().st_dev
        for handle in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                status = handle.stat()
                if status.st_nlink == 0 and status.st_dev == disk:
                    size += status.st_blocks * 512
    return size
