"""The tracker's boxes, computed from evidence. Pure: nothing here reads a file or a clock, or stores anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import floor
from typing import Literal

from curriculum.contents import Contents
from curriculum.model import Box, PartId, TopicId
from learner.mastery import FULL_ITEMS, THRESHOLD, Mastery, mastery_of
from learner.schedule import CardState, replay, require_utc
from learner.values import Evidence

Way = Literal["open", "evidence", "hand"]
"""Not done, shown by graded work, or ticked by the learner's own word."""

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
    """The same in words; while open, how far the quiz is, and whether it was mastered before."""

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
class _Finding:
    since: datetime
    keys: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Record:
    """What counts until a time, oldest first, and the state of each answered item after each answer."""

    acts: Sequence[Evidence]
    answers: Sequence[tuple[Evidence, CardState]]
    at: datetime


def tracker_state(
    curriculum: Contents,
    evidence: Iterable[Evidence],
    *,
    at: datetime | None = None,
) -> tuple[BoxState, ...]:
    """All boxes in the roadmap's order; withdrawn evidence does not count.

    A leaf is ticked by evidence when a notebook of its topics was run with all checks passing, a project of its topics
    passed, or its quiz is mastered (`learner.mastery`); otherwise by hand, when the learner said so. What was built
    once stays built, so the first passing run counts and later ones do not take it back. What is known is forgotten,
    so a box that rests on a quiz alone opens again when a newer answer is worse, or when its mastery has faded.
    A part is ticked when all its leaves are: by evidence when every leaf is, by hand when one of them is.

    Args:
        curriculum: the roadmap.
        evidence: what the learner did.
        at: the time that is asked about (UTC); when left out, that of the newest act, after which nothing has faded.
    """
    record = _recorded(evidence, at)
    leaves = {box.id: _leaf(curriculum, box, record) for box in curriculum.boxes if not box.is_part}
    return tuple(_part(box, leaves.values()) if box.is_part else leaves[box.id] for box in curriculum.boxes)


def topic_states(
    curriculum: Contents,
    evidence: Iterable[Evidence],
    *,
    at: datetime | None = None,
) -> tuple[TopicState, ...]:
    """All topics in learning order. Not every topic has a box; those without are judged by the same rule."""
    record = _recorded(evidence, at)
    states = []
    for topic in curriculum.topics:
        boxes = [box for box in curriculum.boxes_of(topic.id) if not box.is_part]
        found = [_standing(curriculum, box.topic_ids, box.id, record) for box in boxes] or [
            _standing(curriculum, (topic.id,), topic.id, record)
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


def _recorded(evidence: Iterable[Evidence], at: datetime | None) -> _Record:
    """What was not withdrawn until then, oldest first; the key decides between acts of one instant."""
    acts = sorted((one for one in evidence if one.withdrawn_at is None), key=lambda one: (one.at, one.key))
    if at is None:
        at = acts[-1].at if acts else datetime.min.replace(tzinfo=UTC)
    require_utc(at)
    acts = [one for one in acts if one.at <= at]
    return _Record(acts, tuple(replay(acts)), at)


def _leaf(curriculum: Contents, box: Box, record: _Record) -> BoxState:
    return _box_state(box, _standing(curriculum, box.topic_ids, box.id, record))


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


def _standing(curriculum: Contents, topic_ids: Sequence[TopicId], hand_id: str, record: _Record) -> Standing:
    quiz, progress = _quiz(topic_ids, record)
    acts = record.acts
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


def _quiz(topic_ids: Sequence[TopicId], record: _Record) -> tuple[_Finding | None, str]:
    """The mastery, when it holds at the time, and how far the quiz is in words.

    Between two answers mastery only falls, so that it held all the while when it still held just before the later one.
    """
    wanted = set(topic_ids)
    newest: dict[str, tuple[Evidence, CardState]] = {}
    since: datetime | None = None
    lost: datetime | None = None
    for act, state in record.answers:
        if wanted.isdisjoint(act.topic_ids):
            continue
        if since is not None and not _mastery(topic_ids, newest, act.at).is_mastered:
            since, lost = None, since
        newest[act.item_id] = (act, state)
        if _mastery(topic_ids, newest, act.at).is_mastered:
            since = since or act.at
        elif since is not None:
            since, lost = None, since
    if not newest:
        return None, "Nothing is recorded yet."
    found = _mastery(topic_ids, newest, record.at)
    shown = f"{floor(100 * found.value + _ROUNDING) / 100:.2f}"
    if since is None or not found.is_mastered:
        return None, _open_quiz(found, shown, faded_since=since, lost_since=lost)
    return _Finding(since, found.evidence_keys, f"Quiz mastered: {len(newest)} different items, mastery {shown}."), ""


def _mastery(topic_ids: Sequence[TopicId], newest: Mapping[str, tuple[Evidence, CardState]], at: datetime) -> Mastery:
    return mastery_of(topic_ids[0], tuple(newest.values()), at)


def _open_quiz(found: Mastery, shown: str, *, faded_since: datetime | None, lost_since: datetime | None) -> str:
    progress = f"Quiz: {found.item_count} different items of {FULL_ITEMS}, mastery {shown} of {THRESHOLD}."
    if faded_since is not None:
        return f"{progress} It was mastered from {faded_since:%Y-%m-%d} on and has faded: a review brings it back."
    if lost_since is not None:
        return f"{progress} It was mastered from {lost_since:%Y-%m-%d} on for a while."
    return progress


def _by_hand(hand_id: str, acts: Sequence[Evidence]) -> list[_Finding]:
    ticks = [act for act in acts if act.kind == "by-hand" and act.item_id == hand_id]
    return [_Finding(ticks[0].at, tuple(act.key for act in ticks), "You ticked it.")] if ticks else []
