"""The roadmap together with what the learner's record says of it, read afresh each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from errors import StudyError
from ui.translation import N_

if TYPE_CHECKING:
    from pathlib import Path

    from curriculum.curriculum import Curriculum
    from curriculum.model import Topic, TopicId
    from learner.next_topic import Next
    from learner.store import LearnerStore
    from learner.tracker import BoxState, TopicState
    from learner.values import Evidence

Mark = Literal["done", "hand", "next", "free", "later"]


@dataclass(frozen=True, slots=True)
class MarkWords:
    """How a mark is shown, so that it reads without colour."""

    sign: str
    words: str
    caption: str
    """The same in a word or two, for the picture."""


MARKS: Mapping[Mark, MarkWords] = {
    "done": MarkWords("✓", N_("done, by evidence"), N_("done")),
    "hand": MarkWords("✎", N_("ticked by hand"), N_("ticked by hand")),
    "next": MarkWords("▶", N_("next"), N_("next")),
    "free": MarkWords("○", N_("open, it can be begun"), N_("open")),
    "later": MarkWords("–", N_("later, it needs others first"), N_("later")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadmapRecord:
    """The roadmap and what one learner did, without a judgement on it."""

    curriculum: Curriculum
    evidence: Mapping[str, Evidence]
    """All that counts, by its key, newest first."""
    fault: str
    """Why the record cannot be read, in one sentence; empty when it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadmapState(RoadmapRecord):
    """What the tab shows of one learner at one moment."""

    boxes: tuple[BoxState, ...]
    topics: Mapping[TopicId, TopicState]
    next: Next | None

    @property
    def leaves(self) -> tuple[BoxState, ...]:
        """The roadmap's boxes without those of the parts, which follow from them."""
        return tuple(box for box in self.boxes if not box.is_part)

    def mark(self, topic: Topic) -> Mark:
        """How far a topic is."""
        if self.topics[topic.id].done:
            return "hand" if self.topics[topic.id].way == "hand" else "done"
        if self.next is not None and self.next.topic_id == topic.id:
            return "next"
        free = all(self.topics[needed].done for needed in topic.prerequisite_ids)
        return "free" if free else "later"


def learner_store(home: Path) -> LearnerStore:
    """The learner's record in the data folder.

    Raises:
        StudyError: the file cannot be read or written, or a newer version wrote it.
    """
    from agent.assemble import LEARNER
    from learner.store import LearnerStore

    return LearnerStore(home / LEARNER)


def read_record(home: Path) -> RoadmapRecord:
    """The record now; one that cannot be read is told in `fault` and left as it is.

    Raises:
        CurriculumError: the roadmap's own files have faults.
    """
    from curriculum.load import load_curriculum
    from learner.store import EVERYTHING

    fault = ""
    evidence: list[Evidence] = []
    try:
        evidence = learner_store(home).evidence(limit=EVERYTHING)
    except StudyError as error:
        fault = error.as_text()
    return RoadmapRecord(curriculum=load_curriculum(), evidence={one.key: one for one in evidence}, fault=fault)


def read_state(home: Path) -> RoadmapState:
    """The record now, with how far everything is.

    Raises:
        CurriculumError: the roadmap's own files have faults.
    """
    from learner.mastery import masteries
    from learner.next_topic import what_next
    from learner.tracker import topic_states, tracker_state

    record = read_record(home)
    curriculum, evidence = record.curriculum, list(record.evidence.values())
    at = datetime.now(UTC)
    boxes = tracker_state(curriculum, evidence, at=at)
    topics = topic_states(curriculum, evidence, at=at)
    known = masteries(evidence, [topic.id for topic in curriculum.topics], at=at)
    return RoadmapState(
        curriculum=curriculum,
        boxes=boxes,
        topics={state.topic_id: state for state in topics},
        evidence=record.evidence,
        next=what_next(curriculum, boxes, topics, known),
        fault=record.fault,
    )
