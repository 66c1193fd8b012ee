"""SHA-256 of large files, taken once for each state of a file and remembered on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from pathlib import Path


class DigestMemory:
    """Remembers digests in a JSON file, by path, size, time of change and inode.

    The file lies in a folder that only this user can write; who can write there can replace the code as well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, object] = {}
        """What this process knows, should the file not be writable."""

    def digest(self, file: Path) -> str:
        """SHA-256 of the file as 64 hexadecimal digits.

        Raises:
            OSError: the file cannot be read.
        """
        known = self._known() | self._seen
        name, identity = str(file.resolve()), _identity(file)
        entry = known.get(name)
        if isinstance(entry, list) and len(entry) == 2 and entry[0] == identity and isinstance(entry[1], str):
            return entry[1]
        digest = file_digest(file)
        if _identity(file) == identity:
            self._seen[name] = [identity, digest]
            self._remember(known | self._seen)
        return digest

    def _known(self) -> dict[str, object]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _remember(self, known: dict[str, object]) -> None:
        """Write whole or not at all; a full disk only costs the next start its time."""
        kept = {name: entry for name, entry in known.items() if Path(name).exists()}
        partial = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        with contextlib.suppress(OSError):
            partial.write_text(json.dumps(kept), encoding="utf-8")
            partial.replace(self._path)
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def file_digest(file: Path) -> str:
    """SHA-256 of the file, read now."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _identity(file: Path) -> list[int]:
    """What changes when the file does."""
    status = os.stat(file)  # noqa: PTH116 - the three numbers of one look
    return [status.st_size, status.st_mtime_ns, status.st_ino]
