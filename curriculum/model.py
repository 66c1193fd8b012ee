"""The frozen values the curriculum is made of. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NewType

PartId = NewType("PartId", str)
TopicId = NewType("TopicId", str)

PaperId = NewType("PaperId", str)
"""The arXiv id without version, or a short name ("gpt2") for a paper that is not on arXiv."""

Origin = Literal["roadmap", "ours"]
"""Whether the seed roadmap names an entry, or we added it to fill a gap."""

Status = Literal["current", "moved", "deprecated", "stale", "weak", "no-link"]
"""What became of the roadmap's address: good as it is, elsewhere now, given up for something else, no longer true or
kept up, working but served better elsewhere; or the roadmap gives none."""
Level = Literal["beginner", "intermediate", "advanced"]
LinkKind = Literal["book", "course", "channel", "community", "repository"]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the large steps of the roadmap."""

    id: PartId
    number: int
    title: str
    weeks_minimum: int
    weeks_maximum: int
    goal: str
    keywords: tuple[str, ...]
    """Other names a learner may use."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A leaf of the learning path; topics stand in the order they are learned."""

    id: TopicId
    part_id: PartId
    title: str
    summary: str
    keywords: tuple[str, ...]
    """Other names a learner may use."""
    prerequisite_ids: tuple[TopicId, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper (or the page that stands for one) of the roadmap."""

    id: PaperId
    title: str
    authors: str
    """Short form, e.g. "Vaswani et al."."""
    year: int
    arxiv_id: str | None
    url: str
    aliases: tuple[str, ...]
    topic_ids: tuple[TopicId, ...]
    prerequisite_ids: tuple[PaperId, ...]
    """Papers to read before, the most needed first."""
    origin: Origin
    remark: str

    def reference(self) -> str:
        """Title, authors, year and arXiv id on one line."""
        where = f", arXiv {self.arxiv_id}" if self.arxiv_id else ""
        return f"{self.title} ({self.authors}, {self.year}{where})"


@dataclass(frozen=True, slots=True)
class Successor:
    """Where to look instead of a resource that is not current."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a resource table; `cells` match the table's columns."""

    cells: tuple[str, ...]
    url: str
    paper_id: PaperId | None
    topic_ids: tuple[TopicId, ...]
    """Its own topics, or those of its paper when it names none."""
    status: Status
    remark: str
    """What a learner must know about a row that is not current, e.g. where it moved."""
    successor: Successor | None
    """None for a current row, and for one whose place a note of ours takes."""
    note_name: str
    """The teaching note that says what the roadmap's row only names; empty when there is none."""

    def label(self) -> str:
        """All cells as one line, with the address where there is one."""
        text = " | ".join(self.cells)
        return f"{text} <{self.url}>" if self.url else text


@dataclass(frozen=True, slots=True)
class Table:
    """A resource table of the roadmap."""

    section: str
    """Section number within a part ("1.1"), or the year of the list of key papers ("2017")."""
    title: str
    part_id: PartId | None
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Notebook:
    """A lesson with code."""

    number: int
    name: str
    """File name without folder and ending."""
    title: str
    part_id: PartId
    topic_ids: tuple[TopicId, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """Something to build."""

    number: int
    title: str
    level: Level
    brief: str
    topic_ids: tuple[TopicId, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the progress tracker: one for each part, and leaves below it."""

    id: str
    title: str
    part_id: PartId
    is_part: bool
    topic_ids: tuple[TopicId, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A book, course, channel, community or repository of the roadmap's resource lists."""

    kind: LinkKind
    title: str
    url: str
    about: str
    status: Status
    remark: str
    successor: Successor | None


@dataclass(frozen=True, slots=True)
class Note:
    """The front matter of a teaching note, and where the note is."""

    name: str
    path: Path
    title: str
    topic_ids: tuple[TopicId, ...]
    paper_ids: tuple[PaperId, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the roadmap names and gives nothing for, and what fills it: ours, or from elsewhere in the roadmap."""

    id: str
    missing: str
    topic_ids: tuple[TopicId, ...]
    paper_ids: tuple[PaperId, ...]
    note_names: tuple[str, ...]
    notebook_names: tuple[str, ...]
    project_numbers: tuple[int, ...]
    links: tuple[Successor, ...]
    """Pages of the web that we added."""
