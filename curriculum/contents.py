"""All of the roadmap as one frozen value, with the lookups between its kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from curriculum.model import (
    Box,
    Gap,
    Link,
    Note,
    Notebook,
    Paper,
    PaperId,
    Part,
    PartId,
    Project,
    Row,
    Table,
    Topic,
    TopicId,
)


@dataclass(frozen=True, slots=True)
class Contents:
    """All parts, topics, papers, resources and notes, in learning order."""

    title: str
    purpose: str
    parts: tuple[Part, ...]
    topics: tuple[Topic, ...]
    papers: tuple[Paper, ...]
    tables: tuple[Table, ...]
    notebooks: tuple[Notebook, ...]
    projects: tuple[Project, ...]
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[Note, ...]
    glossary: Mapping[str, str]
    """Acronym to what it stands for, e.g. "RLHF" to "reinforcement learning from human feedback"."""

    @property
    def weeks(self) -> tuple[int, int]:
        """The least and the most weeks the whole path takes."""
        return sum(part.weeks_minimum for part in self.parts), sum(part.weeks_maximum for part in self.parts)

    def part(self, part_id: PartId) -> Part:
        """The part with that id."""
        return next(part for part in self.parts if part.id == part_id)

    def topic(self, topic_id: TopicId) -> Topic:
        """The topic with that id."""
        return next(topic for topic in self.topics if topic.id == topic_id)

    def paper(self, paper_id: PaperId) -> Paper:
        """The paper with that id."""
        return next(paper for paper in self.papers if paper.id == paper_id)

    def topics_of(self, part_id: PartId) -> tuple[Topic, ...]:
        """The topics of a part, in learning order."""
        return tuple(topic for topic in self.topics if topic.part_id == part_id)

    def papers_of(self, topic_id: TopicId) -> tuple[Paper, ...]:
        """The papers to read for a topic: the roadmap's in order of publication, then ours."""
        return tuple(paper for paper in self.papers if topic_id in paper.topic_ids)

    def notes_of(self, topic_id: TopicId) -> tuple[Note, ...]:
        """The teaching notes on a topic."""
        return tuple(note for note in self.notes if topic_id in note.topic_ids)

    def rows_of(self, topic_id: TopicId) -> tuple[Row, ...]:
        """The rows of the resource tables that belong to a topic."""
        return tuple(row for table in self.tables for row in table.rows if topic_id in row.topic_ids)

    def notebooks_of(self, topic_id: TopicId) -> tuple[Notebook, ...]:
        """The notebooks that teach a topic."""
        return tuple(notebook for notebook in self.notebooks if topic_id in notebook.topic_ids)

    def projects_of(self, topic_id: TopicId) -> tuple[Project, ...]:
        """The projects that use a topic."""
        return tuple(project for project in self.projects if topic_id in project.topic_ids)

    def gaps_of(self, topic_id: TopicId) -> tuple[Gap, ...]:
        """What the roadmap leaves open about a topic, with what fills it."""
        return tuple(gap for gap in self.gaps if topic_id in gap.topic_ids)

    def note(self, name: str) -> Note:
        """The note with that name; StopIteration when there is none."""
        return next(note for note in self.notes if note.name == name)

    def boxes_of(self, topic_id: TopicId) -> tuple[Box, ...]:
        """The tracker boxes that a topic counts for."""
        return tuple(box for box in self.boxes if topic_id in box.topic_ids)
