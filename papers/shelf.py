"""The PDFs that were fetched, each with a record of what it is: `pdf/2305.18290v2.pdf` and `.json`.

A record is written whole or not at all, after the PDF it tells of; a PDF without one was fetched just before
a crash and is taken in as it is. So there is no moment at which a killed process leaves anything unusable.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from errors import HomeError
from papers.download import MAGIC, MAGIC_WITHIN_BYTES
from papers.values import ArxivId, PaperRecord

ID_DIGITS = 16
"""A document's id in the library is so many hex digits of its file's SHA-256."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPaper:
    """A PDF that was fetched: what, when and from where."""

    record: PaperRecord
    sha256: str
    size_bytes: int
    fetched_at: str
    """UTC, ISO form."""
    fetched_from: str
    added_at: str = ""
    """When it was taken into the library, UTC; empty before."""

    @property
    def document_id(self) -> str:
        """The library's id of a document with these bytes."""
        return self.sha256[:ID_DIGITS]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "record": self.record.to_dict(), "document_id": self.document_id}


class Shelf:
    """The folder of fetched PDFs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, paper: ArxivId) -> Path:
        """Where the PDF of a version stands, or would stand."""
        return self._folder / paper.file_name

    def find(self, paper: ArxivId) -> FetchedPaper | None:
        """The record of a version, if its PDF is there too."""
        if not self.path(paper).is_file():
            return None
        return self._read(self._note(paper))

    def all(self) -> Iterator[FetchedPaper]:
        """Every PDF with its record, by file name."""
        for path in sorted(self._folder.glob("*.json")):
            if path.name.endswith(".part.json"):
                continue
            fetched = self._read(path)
            if fetched is not None and self.path(fetched.record.id).is_file():
                yield fetched

    def of_document(self, document_id: str) -> FetchedPaper | None:
        """The fetched PDF that a document of the library was made of."""
        return next((fetched for fetched in self.all() if fetched.document_id == document_id), None)

    def holds_pdf(self, paper: ArxivId) -> bool:
        """True when the PDF is there and looks like one."""
        try:
            with self.path(paper).open("rb") as stream:
                return MAGIC in stream.read(MAGIC_WITHIN_BYTES)
        except OSError:
            return False

    def note_fetched(self, record: PaperRecord, fetched_from: str) -> FetchedPaper:
        """Write down a PDF that is there; the time is that of the file."""
        path = self.path(record.id)
        try:
            with path.open("rb") as stream:
                digest = file_digest(stream, "sha256").hexdigest()
            status = path.stat()
        except OSError as error:
            raise _unwritable(path, error) from error
        moment = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
        known = self.find(record.id)
        if known is not None and known.sha256 == digest:
            return known
        fetched = FetchedPaper(
            record=record, sha256=digest, size_bytes=status.st_size, fetched_at=moment, fetched_from=fetched_from
        )
        self._write(fetched)
        return fetched

    def note_added(self, fetched: FetchedPaper) -> FetchedPaper:
        """Write down that the library has it."""
        if fetched.added_at:
            return fetched
        added = replace(fetched, added_at=datetime.now(UTC).isoformat(timespec="seconds"))
        self._write(added)
        return added

    def discard(self, paper: ArxivId) -> None:
        """Remove a PDF that turned out to be unusable, with its record."""
        self._note(paper).unlink(missing_ok=True)
        self.path(paper).unlink(missing_ok=True)

    def _note(self, paper: ArxivId) -> Path:
        return self.path(paper).with_suffix(".json")

    def _read(self, path: Path) -> FetchedPaper | None:
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            known = {name: values[name] for name in FetchedPaper.__dataclass_fields__ if name in values}
            return FetchedPaper(**{**known, "record": PaperRecord.from_dict(values["record"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("The record %s cannot be read and is left out (%s).", path.name, error)
            return None

    def _write(self, fetched: FetchedPaper) -> None:
        path = self._note(fetched.record.id)
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        try:
            with unfinished.open("w", encoding="utf-8") as stream:
                json.dump(fetched.to_dict(), stream, ensure_ascii=False, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(path)
        except OSError as error:
            raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> HomeError:
    return HomeError(
        f"{path} cannot be read or written ({error.strerror}).",
        hint="Check the free space and the permissions of STUDY_HOME.",
    )
