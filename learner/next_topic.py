"""What to learn next: the first open topic of the path, or what it rests on and is weak. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from curriculum.contents import Contents
from curriculum.model import TopicId
from learner.mastery import THRESHOLD, Mastery
from learner.tracker import BoxState, TopicState

LEAST_ITEMS = 3
"""Different items below which answers show no weakness."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Next:
    """What to learn next."""

    topic_id: TopicId
    reason: str
    """Why this one, in one sentence."""


def what_next(
    curriculum: Contents,
    states: Sequence[BoxState],
    topics: Sequence[TopicState] | None = None,
    masteries: Mapping[TopicId, Mastery] | None = None,
) -> Next | None:
    """The first topic in learning order that is not done and whose prerequisites are; None when all is done.

    What a topic rests on comes before it: when the answers to a prerequisite, or to what that one needs, are below the
    threshold although it is ticked, the weakest of these is named instead. With nothing left, the weakest topic is.

    Args:
        curriculum: the roadmap.
        states: its boxes.
        topics: its topics; without them, those that have no box are passed over, as the boxes cannot tell whether they
            are done.
        masteries: how well each topic is known; without them, what is ticked is taken for known.
    """
    done = _done(curriculum, states, topics)
    weak = {topic_id: found for topic_id, found in (masteries or {}).items() if _is_weak(found)}
    for topic in curriculum.topics:
        if topic.id not in done and done.issuperset(topic.prerequisite_ids):
            found = _weakest(_needed(curriculum, topic.id), weak)
            if found is not None:
                why = f"“{topic.title}” comes next on the path, but it rests on “{curriculum.topic(found).title}”"
                return Next(found, f"{why}, which your answers show at {_percent(weak[found])} of {THRESHOLD:.0%}.")
            needed = [curriculum.topic(one).title for one in topic.prerequisite_ids]
            why = f"you have done what it needs: {' and '.join(needed)}" if needed else "it needs no other topic"
            return Next(topic.id, f"“{topic.title}” is the first topic of the path that can be begun: {why}.")
    found = _weakest([topic.id for topic in curriculum.topics], weak)
    if found is None:
        return None
    title = curriculum.topic(found).title
    return Next(found, f"All is ticked; “{title}” is the weakest, at {_percent(weak[found])} of {THRESHOLD:.0%}.")


def _done(curriculum: Contents, states: Sequence[BoxState], topics: Sequence[TopicState] | None) -> set[TopicId]:
    ticked = {state.box_id for state in states if state.done}
    shown = {state.topic_id for state in topics or () if state.done}
    done = set()
    for topic in curriculum.topics:
        boxes = [box for box in curriculum.boxes_of(topic.id) if not box.is_part]
        without_box = not boxes and (topics is None or topic.id in shown)
        if without_box or any(box.id in ticked for box in boxes):
            done.add(topic.id)
    return done


def _is_weak(found: Mastery) -> bool:
    """Below the threshold by what was answered."""
    return found.item_count >= LEAST_ITEMS and found.strength < THRESHOLD - _ROUNDING


def _percent(found: Mastery) -> str:
    return f"{floor(100 * found.strength + _ROUNDING)}%"


def _needed(curriculum: Contents, topic_id: TopicId) -> list[TopicId]:
    """What a topic needs, and what that needs, in learning order."""
    found: set[TopicId] = set()
    waiting = [*curriculum.topic(topic_id).prerequisite_ids]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += curriculum.topic(one).prerequisite_ids
    return [topic.id for topic in curriculum.topics if topic.id in found]


def _weakest(topic_ids: Sequence[TopicId], weak: Mapping[TopicId, Mastery]) -> TopicId | None:
    """The one of lowest mastery, the earlier in learning order where two are equal."""
    return min((one for one in topic_ids if one in weak), key=lambda one: weak[one].strength, default=None)
