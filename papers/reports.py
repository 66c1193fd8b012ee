"""What the room tells its callers: found papers, progress, and what was added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from errors import StudyError
from papers.values import PaperRecord

AddStatus = Literal["added", "already", "updated"]
FetchStatus = Literal["added", "already", "updated", "failed", "cancelled"]
Stage = Literal["metadata", "download", "ingest", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPaper:
    """A search result, seen from the learner's roadmap and library."""

    record: PaperRecord
    why: str
    """One sentence: which words of the query it has, its category, where the roadmap has it."""
    document_id: str | None
    """The document of the library that is this paper, in any version."""
    paper_id: str | None
    """The paper of the roadmap that this is."""
    topic_ids: tuple[str, ...]
    """Topics of the roadmap it belongs to, the nearest first."""
    topics: tuple[str, ...]
    """Their titles."""

    @property
    def in_library(self) -> bool:
        """True when the library holds the paper in any version."""
        return self.document_id is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain values: those of the record, and ours."""
        return {
            **self.record.to_dict(),
            "why": self.why,
            "in_library": self.in_library,
            "document_id": self.document_id,
            "paper_id": self.paper_id,
            "topic_ids": list(self.topic_ids),
            "topics": list(self.topics),
        }


class FoundPapers(list[FoundPaper]):
    """The results of one search, best first, with what is to be said about all of them."""

    def __init__(self, found: Iterable[FoundPaper] = (), *, total: int = 0, notices: Iterable[str] = ()) -> None:
        super().__init__(found)
        self.total = total
        """Papers that fit in all of arXiv."""
        self.notices = tuple(notices)
        """One sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchProgress:
    """How far an `add` or a `fetch_roadmap` has come."""

    stage: Stage
    paper: str
    """Title of the paper in hand, its id before the title is known."""
    files_done: int
    files_total: int
    bytes_done: int = 0
    """Of the PDF in hand."""
    bytes_total: int | None = None
    """None while arXiv has not said."""
    sentence: str = ""
    """What goes on, for people."""
    fraction: float | None = None
    """Share of the stage in hand that is done, 0 to 1; None where it cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prerequisite:
    """A paper of the roadmap that a learner should have read before."""

    paper_id: str
    title: str
    in_library: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedPaper:
    """What became of one wish to have a paper."""

    status: AddStatus
    record: PaperRecord
    document_id: str
    title: str
    """The document's title in the library."""
    pages: int
    chunks: int
    topic_ids: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    """Their titles."""
    prerequisites: tuple[Prerequisite, ...] = ()
    """In reading order."""
    notices: tuple[str, ...] = ()
    """One sentence each: what was replaced and how to undo it, what to know about the file."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for messages."""
        return {
            "status": self.status,
            "record": self.record.to_dict(),
            "arxiv_id": self.record.arxiv_id,
            "version": self.record.version,
            "document_id": self.document_id,
            "title": self.title,
            "pages": self.pages,
            "chunks": self.chunks,
            "topic_ids": list(self.topic_ids),
            "topics": list(self.topics),
            "prerequisites": [paper.to_dict() for paper in self.prerequisites],
            "notices": list(self.notices),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOutcome:
    """What became of one paper of the roadmap."""

    paper_id: str
    title: str
    status: FetchStatus
    version: int | None = None
    """None when it is not known, e.g. of a file the learner added."""
    document_id: str | None = None
    error: StudyError | None = None
    notices: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "paper_id": self.paper_id,
            "title": self.title,
            "status": self.status,
            "version": self.version,
            "document_id": self.document_id,
            "error": None if self.error is None else self.error.message,
            "hint": None if self.error is None else self.error.hint,
            "notices": list(self.notices),
        }


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What one `fetch_roadmap` did, in the roadmap's order."""

    papers: tuple[FetchOutcome, ...]
    seconds: float
    notices: tuple[str, ...] = field(default=())

    def with_status(self, status: FetchStatus) -> tuple[FetchOutcome, ...]:
        """The papers that ended with `status`."""
        return tuple(paper for paper in self.papers if paper.status == status)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "papers": [paper.to_dict() for paper in self.papers],
            "seconds": round(self.seconds, 3),
            "notices": list(self.notices),
        }
