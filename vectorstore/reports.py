"""What the library tells its caller: summaries, progress and reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from errors import StudyError
from ingestion.document import DocumentId, DocumentKind
from ingestion.reader_version import is_outdated

FileStatus = Literal["added", "reread", "unchanged", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document of the library without its text."""

    id: DocumentId
    kind: DocumentKind
    title: str
    authors: str
    arxiv_id: str | None
    year: int | None
    source_name: str
    """The file's name when it was first added."""
    pages: int
    chunks: int
    added_at: datetime
    """UTC."""
    warnings: tuple[str, ...]
    reader_version: int = 0
    """Of `READER_VERSIONS`; 0 when it was read before versions were counted."""
    read_at: datetime | None = None
    """UTC; later than `added_at` when it was read again."""

    @property
    def stamp(self) -> str:
        """What its content is known by; another stamp means another reading."""
        return (self.read_at or self.added_at).isoformat()

    @property
    def is_outdated(self) -> bool:
        """Whether the present reader may read it better."""
        return is_outdated(self.kind, self.reader_version)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for messages; times in ISO form."""
        times = {"added_at": self.added_at.isoformat(), "read_at": self.stamp}
        return {**asdict(self), **times, "warnings": list(self.warnings), "is_outdated": self.is_outdated}


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far an `add` has come. Totals are those known so far: they grow while files are read."""

    files_done: int
    files_total: int
    pages_done: int
    pages_total: int
    chunks_done: int
    chunks_total: int
    chunks_per_second: float
    """Embedded chunks by the time spent on embedding; 0 before the first batch."""
    seconds_left: float | None
    """None until there is a rate to judge by."""
    current: str
    """Name of the file in hand."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file."""

    path: Path
    status: FileStatus
    document_id: DocumentId | None
    pages: int
    chunks: int
    error: StudyError | None
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "path": str(self.path),
            "status": self.status,
            "document_id": self.document_id,
            "pages": self.pages,
            "chunks": self.chunks,
            "error": None if self.error is None else self.error.message,
            "hint": None if self.error is None else self.error.hint,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class AddReport:
    """What one `add` did, in the order of the files."""

    files: tuple[FileOutcome, ...]
    seconds: float
    embedded_chunks: int
    """Chunks that went through the model; texts whose embedding was known are not counted."""

    def with_status(self, status: FileStatus) -> tuple[FileOutcome, ...]:
        """The files that ended with `status`."""
        return tuple(file for file in self.files if file.status == status)

    @property
    def pages(self) -> int:
        """Pages of the files that were added."""
        return sum(file.pages for file in self.with_status("added"))

    @property
    def chunks(self) -> int:
        """Chunks of the files that were added."""
        return sum(file.chunks for file in self.with_status("added"))


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check of the library found."""

    documents: int
    pages: int
    chunks: int
    embeddings: int
    faults: tuple[str, ...]
    """One sentence for each fault; empty when all is well."""
    repaired: tuple[str, ...]
    """One sentence for each fault that was put right."""

    @property
    def healthy(self) -> bool:
        """True when nothing is wrong any more."""
        return len(self.faults) == len(self.repaired)
