"""Acts of the learner as evidence, and ticks by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from curriculum.contents import Contents
from curriculum.model import Notebook, Project, TopicId
from errors import BoxError
from learner.store import EVERYTHING, LearnerStore
from learner.values import Evidence


def notebook_evidence(
    notebook: Notebook, *, passed: int, total: int, at: datetime, details: dict[str, Any] | None = None
) -> Evidence:
    """A run of the learner's notebook. It ticks a box only when every check passed.

    Args:
        notebook: the lesson.
        passed: how many of its checks passed; give less than `total` when another cell failed.
        total: how many checks it has.
        at: when it was run (UTC).
        details: more plain values, such as the messages of failed checks.
    """
    return Evidence(
        key=f"notebook:{notebook.name}:{at.isoformat()}",
        kind="notebook",
        item_id=notebook.name,
        topic_ids=tuple(notebook.topic_ids),
        outcome=passed / total if total else 0.0,
        given=f"{passed} of {total} checks passed",
        expected="all checks pass",
        at=at,
        details=details or {},
    )


def project_evidence(
    project: Project, *, passed: int, total: int, at: datetime, details: dict[str, Any] | None = None
) -> Evidence:
    """A check of the learner's project. It ticks a box only when every check passed.

    Args:
        project: what was built.
        passed: how many checks passed.
        total: how many checks there are.
        at: when it was checked (UTC).
        details: more plain values, such as the sentences of failed checks.
    """
    return Evidence(
        key=f"project:{project.number}:{at.isoformat()}",
        kind="project",
        item_id=str(project.number),
        topic_ids=tuple(project.topic_ids),
        outcome=passed / total if total else 0.0,
        given=f"{passed} of {total} checks passed",
        expected="all checks pass",
        at=at,
        details=details or {},
    )


def tick(store: LearnerStore, curriculum: Contents, name: str, *, at: datetime) -> bool:
    """True when the box is now ticked by hand, False when it was so before.

    Raises:
        BoxError: there is no such box, or it is a part's.
    """
    box_id, topic_ids = find_box(curriculum, name)
    if store.count("by-hand", box_id):
        return False
    evidence = Evidence(
        key=f"by-hand:{box_id}:{at.isoformat()}",
        kind="by-hand",
        item_id=box_id,
        topic_ids=tuple(topic_ids),
        outcome=1.0,
        given="ticked by hand",
        expected="",
        at=at,
    )
    return store.record(evidence)


def untick(store: LearnerStore, curriculum: Contents, name: str, *, at: datetime) -> bool:
    """True when ticks by hand were withdrawn, False when there was none; what graded work shows stays.

    Raises:
        BoxError: there is no such box, or it is a part's.
    """
    box_id, _ = find_box(curriculum, name)
    ticks = store.evidence("by-hand", box_id, EVERYTHING)
    return any([store.undo(one.key, at=at) for one in ticks])


def find_box(curriculum: Contents, name: str) -> tuple[str, tuple[TopicId, ...]]:
    """Id and topics of the box, or of the topic without a box, that has this id or title.

    Raises:
        BoxError: there is none, or it is the box of a part, which follows from its leaves.
    """
    wanted = name.strip().casefold()
    leaves = [box for box in curriculum.boxes if not box.is_part]
    for box in curriculum.boxes:
        if wanted in (box.id.casefold(), box.title.casefold()):
            if box.is_part:
                own = (leaf.id for leaf in leaves if leaf.part_id == box.part_id)
                raise BoxError(f"“{box.title}” is ticked when its boxes are.", hint=f"Tick one of: {', '.join(own)}.")
            return box.id, box.topic_ids
    for topic in curriculum.topics:
        if wanted in (topic.id.casefold(), topic.title.casefold()):
            own_box = next((leaf for leaf in leaves if topic.id in leaf.topic_ids), None)
            return (own_box.id, own_box.topic_ids) if own_box else (topic.id, (topic.id,))
    raise BoxError(f"There is no box “{_shortened(name)}”.", hint=f"The boxes are {_names(box.id for box in leaves)}.")


def _shortened(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= 60 else line[:59] + "…"


def _names(ids: Iterable[str]) -> str:
    return ", ".join(ids)
