"""Files on their way in: what a path stands for, the file's id, and the library's own copies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from errors import DamagedDocumentError, LibraryError
from ingestion.detect import KIND_BY_ENDING
from ingestion.document import DocumentId

BLOCK_BYTES = 1 << 20
UNFINISHED = ".part"
DATA_ENDINGS = frozenset({".csv", ".json", ".toml", ".yaml", ".yml", ""})
"""Taken when they are named, but not found by themselves in a folder: rarely something to study."""


def found_endings() -> frozenset[str]:
    """Endings of the files that are found by themselves in a folder."""
    return frozenset(KIND_BY_ENDING.keys() - DATA_ENDINGS)


def expand_paths(paths: Sequence[Path]) -> list[Path]:
    """Files in the order given; a folder becomes its files of known endings, sorted.

    Hidden files and folders are left out. A folder without such files stays, for the reader to say so.
    """
    files: list[Path] = []
    for path in paths:
        files.extend((_inside(path) if _is_folder(path) else []) or [path])
    return list(dict.fromkeys(files))


def document_id_of(path: Path, *, cancelled: Callable[[], bool] = lambda: False) -> DocumentId:
    """The id that the file's bytes give: first 16 hex digits of their SHA-256."""
    digest = sha256()
    with path.open("rb") as stream:
        while (block := stream.read(BLOCK_BYTES)) and not cancelled():
            digest.update(block)
    return DocumentId(digest.hexdigest()[:16])


class FileStore:
    """The folder with the library's copy of each document's file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, file_name: str) -> Path:
        """Where the copy of that name stands."""
        return self._folder / file_name

    def keep(self, source: Path, document_id: DocumentId) -> str:
        """Copy a file and return the copy's name; it is complete and on disk when this returns.

        Raises:
            DamagedDocumentError: the file is no longer the one that was read.
            LibraryError: the copy cannot be written.
        """
        name = f"{document_id}{source.suffix.lower()}"
        target, unfinished = self._folder / name, self._folder / (name + UNFINISHED)
        digest = sha256()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as stream, unfinished.open("wb") as copy:
                while block := stream.read(BLOCK_BYTES):
                    digest.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            if digest.hexdigest()[:16] != document_id:
                raise DamagedDocumentError(
                    f"{source.name} was changed while it was read.", hint="Add it again when it is complete."
                )
            unfinished.replace(target)
            _write_through(self._folder)
        except OSError as error:
            raise LibraryError(
                f"{source.name} could not be copied into the library ({error.strerror}).",
                hint="Check the free space and the permissions of STUDY_HOME.",
            ) from error
        finally:
            unfinished.unlink(missing_ok=True)
        return name

    def remove(self, file_name: str) -> None:
        """Remove a copy; a missing one is fine."""
        (self._folder / file_name).unlink(missing_ok=True)

    def strays(self, known: Iterable[str]) -> list[str]:
        """Names of files that belong to no document, left by a crash."""
        if not self._folder.is_dir():
            return []
        wanted = set(known)
        return sorted(path.name for path in self._folder.iterdir() if path.is_file() and path.name not in wanted)

    def sweep(self, known: Iterable[str]) -> list[str]:
        """Remove the strays; returns their names."""
        names = self.strays(known)
        for name in names:
            self.remove(name)
        return names


def _write_through(folder: Path) -> None:
    """Make a rename in the folder survive a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # not ours to look at: the reader will say so
        return False


def _inside(folder: Path) -> list[Path]:
    endings = found_endings()
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in endings
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    return sorted(found)
