"""What can be saved when the catalogue is damaged or gone: the files, their names, most vectors."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from errors import LibraryError
from vectorstore.catalogue import Catalogue
from vectorstore.checking import must_be_whole
from vectorstore.embedder import FloatMatrix
from vectorstore.files import UNFINISHED

CATALOGUE_NAME = "catalogue.sqlite3"
ROWS_AT_ONCE = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remains:
    """A library's folder whose catalogue has to be made anew."""

    folder: Path
    damaged: Path | None
    """The damaged catalogue, put aside; None when there is none."""

    def names(self) -> dict[str, str]:
        """The name each copy's file had, as far as it can be read."""
        rows = list(self._rows("SELECT file_name, source_name FROM documents"))
        return {str(copy): str(name) for copy, name in rows}

    def vectors(self, embedder_name: str) -> Iterator[Mapping[bytes, FloatMatrix]]:
        """Vectors by text hash, some hundred at once, as far as they can be read."""
        found: dict[bytes, FloatMatrix] = {}
        for name, key, vector in self._rows("SELECT embedder, text_hash, vector FROM embeddings"):
            if name == embedder_name and isinstance(key, bytes) and isinstance(vector, bytes) and len(vector) % 4 == 0:
                row = np.frombuffer(vector, dtype="<f4")
                if abs(float(row @ row) - 1.0) < 1e-3:
                    found[key] = row
            if len(found) >= ROWS_AT_ONCE:
                yield found
                found = {}
        yield found

    def _rows(self, sql: str) -> Iterator[Any]:
        """Rows up to the first that cannot be read."""
        if self.damaged is None:
            return
        try:
            with closing(sqlite3.connect(self.damaged)) as connection:
                yield from connection.execute(sql)
        except sqlite3.Error as error:
            log.info("Not all of %s could be read (%s).", self.damaged.name, error)


def open_catalogue(folder: Path) -> tuple[Catalogue, Remains | None]:
    """The catalogue, and what is left of an earlier one when this one is new but files are there.

    Raises:
        LibraryError: it cannot be opened, and that is no damage.
    """
    path = folder / CATALOGUE_NAME
    remains: Remains | None = None
    try:
        catalogue = Catalogue(path)
        must_be_whole(catalogue)
    except LibraryError as error:
        if not is_damage(error):
            raise
        log.warning("%s", error)
        remains = set_aside(folder)
        catalogue = Catalogue(path)
    if remains is None and catalogue.generation() == 0 and has_files(folder):
        remains = Remains(folder, None)
    return catalogue, remains


def is_damage(error: LibraryError) -> bool:
    """True when the error says that the catalogue's file is broken, not that it is busy, new or full."""
    cause = error.__cause__
    text = str(cause).lower()
    return isinstance(cause, sqlite3.DatabaseError) and ("malformed" in text or "not a database" in text)


def has_files(folder: Path) -> bool:
    """True when the library holds copies of files."""
    return any(_copies(folder))


def set_aside(folder: Path) -> Remains:
    """Rename the catalogue, so that a new one can take its place; nothing is deleted."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target = folder / f"damaged-{stamp}.sqlite3"
    for suffix in ("", "-wal", "-shm"):
        source = folder / f"catalogue.sqlite3{suffix}"
        if source.exists():
            source.rename(target.with_name(target.name + suffix))
    return Remains(folder, target if target.exists() else None)


@contextmanager
def under_own_names(folder: Path, remains: Remains) -> Iterator[list[Path]]:
    """The copies of all files under the names they were added with, in a folder that is removed afterwards."""
    names = remains.names()
    with TemporaryDirectory(dir=folder, prefix="restoring-") as temporary:
        paths: list[Path] = []
        for number, copy in enumerate(_copies(folder)):
            place = Path(temporary) / str(number)
            place.mkdir()
            paths.append(place / Path(names.get(copy.name, copy.name)).name)
            shutil.copyfile(copy, paths[-1])
        yield paths


def _copies(folder: Path) -> list[Path]:
    files = folder / "files"
    if not files.is_dir():
        return []
    return sorted(path for path in files.iterdir() if path.is_file() and path.suffix != UNFINISHED)
