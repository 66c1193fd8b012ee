"""The scratch folder of a guest: made fresh, weighed while it is used, removed afterwards.

A guest can make neither links nor folders that their owner cannot read, so a walk stays inside and sees all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

PREFIX = "study-scratch-"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a scratch folder takes of the disk."""

    size_bytes: int
    files: int


def new_scratch() -> Path:
    """An empty folder that only this user can enter."""
    return Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()


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


def remove(folder: Path) -> None:
    """Remove the folder with all that is in it; links would be removed, never followed."""
    shutil.rmtree(folder, ignore_errors=True)
