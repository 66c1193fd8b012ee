"""The tracker's boxes, computed from evidence. Pure: nothing here reads a file or a clock, or stores anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Literal

from curriculum.contents import Contents
from curriculum.model import Box, PartId, TopicId
from learner.values import Evidence

Way = Literal["open", "evidence", "hand"]
"""Not done, shown by graded work, or ticked by the learner's own word."""

QUIZ_ITEMS = 5
"""Different items before a quiz says anything: one lucky guess among four choices at each of them has a chance of
1 in 1024, and a mean over fewer items jumps by more than 0.2 with a single answer."""
QUIZ_MEAN = 0.8
"""Least mean outcome (0 to 1) over the newest result of each item: of five answers, one wrong or two that are close."""
_QUIZ_KINDS = frozenset({"quiz", "prediction"})
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How far something is, and on what that rests."""

    way: Way
    since: datetime | None
    """Since when it has been done in this way without a break (UTC); None while open."""
    evidence_keys: tuple[str, ...]
    """The evidence that opened it, to be shown beside the tick; empty while open."""
    reason: str
    """The same in words; while open, how far the quiz is."""

    @property
    def done(self) -> bool:
        """Whether it is ticked, in whichever way."""
        return self.way != "open"


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxState(Standing):
    """One of the roadmap's boxes, ticked or not."""

    box_id: str
    title: str
    part_id: PartId
    is_part: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicState(Standing):
    """One topic of the path; done when its box is, or judged like a box when it has none."""

    topic_id: TopicId


@dataclass(frozen=True, slots=True)
class Next:
    """What to learn next."""

    topic_id: TopicId
    reason: str
    """Why this one, in one sentence."""


@dataclass(frozen=True, slots=True)
class _Finding:
    since: datetime
    keys: tuple[str, ...]
    sentence: str


def tracker_state(curriculum: Contents, evidence: Iterable[Evidence]) -> tuple[BoxState, ...]:
    """All boxes in the roadmap's order; withdrawn evidence does not count.

    A leaf is ticked by evidence when a notebook of its topics was run with all checks passing, a project of its topics
    passed, or its quiz is mastered (`QUIZ_ITEMS` and `QUIZ_MEAN`); otherwise by hand, when the learner said so. What
    was built once stays built, so the first passing run counts and later ones do not take it back. What is known can be
    forgotten, so of each quiz item the newest result counts, and a box that rests on a quiz alone can open again.
    A part is ticked when all its leaves are: by evidence when every leaf is, by hand when one of them is.
    """
    acts = _counting(evidence)
    leaves = {box.id: _leaf(curriculum, box, acts) for box in curriculum.boxes if not box.is_part}
    return tuple(_part(box, leaves.values()) if box.is_part else leaves[box.id] for box in curriculum.boxes)


def topic_states(curriculum: Contents, evidence: Iterable[Evidence]) -> tuple[TopicState, ...]:
    """All topics in learning order. Not every topic has a box; those without are judged by the same rule."""
    acts = _counting(evidence)
    states = []
    for topic in curriculum.topics:
        boxes = [box for box in curriculum.boxes_of(topic.id) if not box.is_part]
        found = [_standing(curriculum, box.topic_ids, box.id, acts) for box in boxes] or [
            _standing(curriculum, (topic.id,), topic.id, acts)
        ]
        best = next((one for one in found if one.done), found[0])
        states.append(
            TopicState(
                topic_id=topic.id,
                way=best.way,
                since=best.since,
                evidence_keys=best.evidence_keys,
                reason=best.reason,
            )
        )
    return tuple(states)


def what_next(
    curriculum: Contents, states: Sequence[BoxState], topics: Sequence[TopicState] | None = None
) -> Next | None:
    """The first topic in learning order that is not done and whose prerequisites are; None when all is done.

    Without `topics`, those that have no box are passed over, as the boxes cannot tell whether they are done.
    """
    ticked = {state.box_id for state in states if state.done}
    shown = {state.topic_id for state in topics or () if state.done}
    done = set()
    for topic in curriculum.topics:
        boxes = [box for box in curriculum.boxes_of(topic.id) if not box.is_part]
        without_box = not boxes and (topics is None or topic.id in shown)
        if without_box or any(box.id in ticked for box in boxes):
            done.add(topic.id)
    for topic in curriculum.topics:
        if topic.id not in done and done.issuperset(topic.prerequisite_ids):
            needed = [curriculum.topic(one).title for one in topic.prerequisite_ids]
            why = f"you have done what it needs: {' and '.join(needed)}" if needed else "it needs no other topic"
            return Next(topic.id, f"“{topic.title}” is the first open topic of the path whose way is free, and {why}.")
    return None


def _counting(evidence: Iterable[Evidence]) -> list[Evidence]:
    """What was not withdrawn, oldest first; the key decides between acts of one instant."""
    return sorted((one for one in evidence if one.withdrawn_at is None), key=lambda one: (one.at, one.key))


def _leaf(curriculum: Contents, box: Box, acts: Sequence[Evidence]) -> BoxState:
    return _box_state(box, _standing(curriculum, box.topic_ids, box.id, acts))


def _part(box: Box, leaves: Iterable[BoxState]) -> BoxState:
    own = [leaf for leaf in leaves if leaf.part_id == box.part_id]
    times = [leaf.since for leaf in own if leaf.since is not None]
    reason = f"{len(times)} of {len(own)} boxes are ticked."
    if not own or len(times) < len(own):
        return _box_state(box, Standing(way="open", since=None, evidence_keys=(), reason=reason))
    by_hand = sum(leaf.way == "hand" for leaf in own)
    keys = tuple(dict.fromkeys(key for leaf in own for key in leaf.evidence_keys))
    reason = f"All {len(own)} boxes are ticked" + (f", {by_hand} of them by hand." if by_hand else " by evidence.")
    way: Way = "hand" if by_hand else "evidence"
    return _box_state(box, Standing(way=way, since=max(times), evidence_keys=keys, reason=reason))


def _box_state(box: Box, standing: Standing) -> BoxState:
    return BoxState(
        box_id=box.id,
        title=box.title,
        part_id=box.part_id,
        is_part=box.is_part,
        way=standing.way,
        since=standing.since,
        evidence_keys=standing.evidence_keys,
        reason=standing.reason,
    )


def _standing(curriculum: Contents, topic_ids: Sequence[TopicId], hand_id: str, acts: Sequence[Evidence]) -> Standing:
    quiz, progress = _quiz(topic_ids, acts)
    findings = [*_notebooks(curriculum, topic_ids, acts), *_projects(curriculum, topic_ids, acts)]
    way: Way = "evidence"
    if quiz is not None:
        findings.append(quiz)
    if not findings:
        way = "hand"
        findings = _by_hand(hand_id, acts)
    if not findings:
        return Standing(way="open", since=None, evidence_keys=(), reason=progress)
    return Standing(
        way=way,
        since=min(finding.since for finding in findings),
        evidence_keys=tuple(dict.fromkeys(key for finding in findings for key in finding.keys)),
        reason=" ".join(finding.sentence for finding in findings),
    )


def _notebooks(curriculum: Contents, topic_ids: Sequence[TopicId], acts: Sequence[Evidence]) -> list[_Finding]:
    names = dict.fromkeys(notebook.name for topic_id in topic_ids for notebook in curriculum.notebooks_of(topic_id))
    findings = []
    for name in names:
        act = _first_pass(act for act in acts if act.kind == "notebook" and act.item_id == name)
        if act is not None:
            findings.append(_Finding(act.at, (act.key,), f"Notebook {name} was run with all checks passing."))
    return findings


def _projects(curriculum: Contents, topic_ids: Sequence[TopicId], acts: Sequence[Evidence]) -> list[_Finding]:
    projects = {project.number: project for topic_id in topic_ids for project in curriculum.projects_of(topic_id)}
    findings = []
    for number, project in projects.items():
        act = _first_pass(act for act in acts if act.kind == "project" and _project_number(act.item_id) == str(number))
        if act is not None:
            findings.append(_Finding(act.at, (act.key,), f"Project {number}, {project.title}, passed its checks."))
    return findings


def _project_number(item_id: str) -> str:
    """The number of a project named by it ("4") or by its folder ("4_rag_system")."""
    return item_id.partition("_")[0]


def _first_pass(acts: Iterable[Evidence]) -> Evidence | None:
    return next((act for act in acts if act.outcome == 1.0), None)


def _quiz(topic_ids: Sequence[TopicId], acts: Sequence[Evidence]) -> tuple[_Finding | None, str]:
    """The mastery, when it holds now, and how far the quiz is in words."""
    wanted = set(topic_ids)
    newest: dict[tuple[str, str], Evidence] = {}
    total = 0.0
    since: datetime | None = None
    for act in acts:
        if act.kind not in _QUIZ_KINDS or wanted.isdisjoint(act.topic_ids):
            continue
        item = (act.kind, act.item_id)
        total += act.outcome - (newest[item].outcome if item in newest else 0.0)
        newest[item] = act
        holds = len(newest) >= QUIZ_ITEMS and total >= QUIZ_MEAN * len(newest) - _ROUNDING
        since = (since or act.at) if holds else None
    if not newest:
        return None, "Nothing is recorded yet."
    mean = f"{floor(100 * total / len(newest) + _ROUNDING) / 100:.2f}"
    if since is None:
        return None, f"Quiz: {len(newest)} different items of {QUIZ_ITEMS}, mean {mean} of {QUIZ_MEAN}."
    keys = tuple(act.key for act in newest.values())
    return _Finding(since, keys, f"Quiz mastered: {len(newest)} different items with a mean of {mean}."), ""


def _by_hand(hand_id: str, acts: Sequence[Evidence]) -> list[_Finding]:
    ticks = [act for act in acts if act.kind == "by-hand" and act.item_id == hand_id]
    return [_Finding(ticks[0].at, tuple(act.key for act in ticks), "You ticked it.")] if ticks else []
