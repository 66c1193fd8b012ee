"""What can be saved when the catalogue is damaged or gone: the files, their names, most vectors."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
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
from vectorstore.facts import DocumentFacts
from vectorstore.files import UNFINISHED

CATALOGUE_NAME = "catalogue.sqlite3"
ROWS_AT_ONCE = 500
SMALLEST_ROW_BYTES = 50
"""No row that is read here is smaller, so a file holds no more of them than its size allows."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a copy of a file does not tell by itself."""

    source_name: str
    facts: DocumentFacts | None


@dataclass(frozen=True, slots=True)
class Remains:
    """A library's folder whose catalogue has to be made anew."""

    folder: Path
    damaged: Path | None
    """The damaged catalogue, put aside; None when there is none."""

    def kept(self) -> dict[str, Kept]:
        """What was known about each copy's file, as far as it can be read, by the copy's name."""
        second = self._read("SELECT file_name, source_name, facts FROM documents INDEXED BY documents_as_kept")
        first = self._rows("documents", "file_name, source_name, facts")
        read = [row for row in (*second, *first) if "\0" not in f"{row[0]}{row[1]}"]  # zeros: not written to its end
        known = {str(copy): Kept(str(name), _facts(facts)) for copy, name, facts in read}
        if not known:  # of a version that kept nothing but names
            known = {
                str(copy): Kept(str(name), None) for copy, name in self._rows("documents", "file_name, source_name")
            }
        return known

    def vectors(self, embedder_name: str) -> Iterator[Mapping[bytes, FloatMatrix]]:
        """Vectors by text hash, some hundred at once, as far as they can be read."""
        found: dict[bytes, FloatMatrix] = {}
        for name, key, vector in self._rows("embeddings", "embedder, text_hash, vector"):
            if name == embedder_name and isinstance(key, bytes) and isinstance(vector, bytes) and len(vector) % 4 == 0:
                row = np.frombuffer(vector, dtype="<f4")
                with np.errstate(all="ignore"):  # the bytes of a torn page are any numbers, or none
                    length = float(np.linalg.norm(row.astype(np.float64)))
                if abs(length - 1.0) < 1e-3:
                    found[key] = row
            if len(found) >= ROWS_AT_ONCE:
                yield found
                found = {}
        yield found

    def _rows(self, table: str, columns: str) -> Iterator[Any]:
        """The rows of a table that can be read, those behind a damaged page, too."""
        if self.damaged is None:
            return
        most = self.damaged.stat().st_size // SMALLEST_ROW_BYTES
        lost = 0
        with closing(sqlite3.connect(self.damaged)) as connection:
            with suppress(sqlite3.Error):
                most = min(most, int(connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0))
            for row_id in range(1, most + 1):
                try:
                    yield from connection.execute(f"SELECT {columns} FROM {table} WHERE rowid = ?", (row_id,))
                except sqlite3.Error as error:
                    lost += 1
                    if "no such" in str(error):
                        return
        if lost:
            log.info("%d rows of %s in %s could not be read.", lost, table, self.damaged.name)

    def _read(self, sql: str) -> list[Any]:
        """The rows of a query up to the first that cannot be read."""
        rows: list[Any] = []
        if self.damaged is not None:
            with suppress(sqlite3.Error), closing(sqlite3.connect(self.damaged)) as connection:
                rows.extend(connection.execute(sql))
        return rows


def _facts(stored: object) -> DocumentFacts | None:
    """None when they cannot be read, or nothing is known."""
    try:
        facts = DocumentFacts.from_json(str(stored))
    except (ValueError, TypeError, AttributeError):
        return None
    return facts if facts != DocumentFacts() else None


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
def under_own_names(folder: Path, remains: Remains) -> Iterator[dict[Path, DocumentFacts | None]]:
    """The copies of all files under the names they were added with, in a folder that is removed afterwards.

    With each the facts that were believed more than the file.
    """
    known = remains.kept()
    with TemporaryDirectory(dir=folder, prefix="restoring-") as temporary:
        paths: dict[Path, DocumentFacts | None] = {}
        for number, copy in enumerate(_copies(folder)):
            place = Path(temporary) / str(number)
            place.mkdir()
            kept = known.get(copy.name, Kept(copy.name, None))
            path = place / Path(kept.source_name).name
            shutil.copyfile(copy, path)
            paths[path] = kept.facts
        yield paths


def _copies(folder: Path) -> list[Path]:
    files = folder / "files"
    if not files.is_dir():
        return []
    return sorted(path for path in files.iterdir() if path.is_file() and path.suffix != UNFINISHED)
