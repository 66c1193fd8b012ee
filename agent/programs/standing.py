"""Where the learner stands, for a program: what is due, and what is shown by evidence. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.embedded.parts import plain
from agent.programs.quoted import Told, told
from agent.programs.values import Box, Due, DueItem, Next, Progress, TopicMastery
from agent.tools.quoting import defused, fenced
from errors import QuizError
from learner.mastery import THRESHOLD, Mastery
from learner.next_topic import Next as WhatNext
from learner.next_topic import what_next
from learner.schedule import retrievability
from learner.tracker import BoxState, topic_states, tracker_state

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.model import TopicId
    from learner.study_desk import StudyDesk

MOST_ITEMS = 50
DAYS_AHEAD = 7


def due(desk: StudyDesk, curriculum: Curriculum, limit: int = 20) -> Told[Due]:
    """What is due for review now, at most `limit` items of it listed, and in the days ahead.

    Raises:
        StudyError: the learner's record cannot be read.
    """
    at, cards = datetime.now(UTC), desk.due()
    questions = {str(key): one for key, one in desk.questions().items()}
    titles = {str(topic.id): topic.title for topic in curriculum.topics}
    values = Due(
        due_now=len(cards),
        items=[
            DueItem(
                question_id=card.item_id,
                prompt=questions[card.item_id].prompt,
                topics=[titles.get(one, one) for one in card.topic_ids],
                recall=round(retrievability(card, at), 4),
                due_at=card.due_at.isoformat(),
            )
            for card in cards[:limit]
        ],
        next_seven_days=desk.due_within(DAYS_AHEAD),
        forgotten_often=[card.item_id for card in desk.leeches()],
        open_quizzes=[quiz.id for quiz in desk.quizzes.open_quizzes()],
    )
    lines = [f"- {one.recall:.0%} {defused(plain(one.prompt, 200))} ({one.question_id})" for one in values.items]
    days = " ".join(map(str, values.next_seven_days))
    return told(
        values, [f"{values.due_now} due now; in the next 7 days: {days}.", fenced("\n".join(lines)) if lines else ""]
    )


def progress(desk: StudyDesk, curriculum: Curriculum, topic: str = "") -> Told[Progress]:
    """The boxes, the mastery of each topic that has answers, and what comes next; of one topic or part, if named.

    Raises:
        StudyError: the roadmap has no such topic, or the learner's record cannot be read.
    """
    at, wanted = datetime.now(UTC), _wanted(curriculum, topic)
    evidence = desk.evidence()
    boxes, topics = tracker_state(curriculum, evidence, at=at), topic_states(curriculum, evidence, at=at)
    known = desk.masteries([one.id for one in curriculum.topics])
    following = what_next(curriculum, boxes, topics, known)
    shown = _boxes_of(curriculum, boxes, wanted)
    values = Progress(
        boxes_ticked=sum(box.done for box in shown),
        boxes_total=len(shown),
        boxes=[_box(box, curriculum) for box in shown],
        topics=[_mastery(curriculum, known[one]) for one in wanted if known[one].item_count or len(wanted) == 1],
        mastery_threshold=THRESHOLD,
        next=_next(curriculum, following) if following else None,
    )
    return told(values, _progress_text(values))


def _next(curriculum: Curriculum, found: WhatNext) -> Next:
    title = curriculum.topic(found.topic_id).title
    return Next(topic_id=found.topic_id, title=title, reason=found.reason)


def _progress_text(values: Progress) -> list[str]:
    ticked = "\n".join(f"- {box.title}: {box.way}. {box.reason}" for box in values.boxes if box.way != "open")
    mastery = "\n".join(
        f"- {one.title}: {one.mastery:.0%} over {one.items_answered} items{', mastered' if one.is_mastered else ''}"
        for one in values.topics
    )
    return [
        f"{values.boxes_ticked} of {values.boxes_total} boxes are ticked.",
        ticked,
        f"Mastery by topic (mastered from {values.mastery_threshold:.0%} on):\n{mastery}" if mastery else "",
        f"Next: {values.next.title}. {values.next.reason}" if values.next else "",
    ]


def _wanted(curriculum: Curriculum, named: str) -> list[TopicId]:
    """The topics of that name, or of the part of that name; all without one.

    Raises:
        QuizError: the roadmap has neither.
    """
    name = named.strip().casefold()
    if not name:
        return [topic.id for topic in curriculum.topics]
    found = [topic.id for topic in curriculum.topics if name in (str(topic.id).casefold(), topic.title.casefold())]
    parts = [part.id for part in curriculum.parts if name in (str(part.id).casefold(), part.title.casefold())]
    found = found or [topic.id for part_id in parts for topic in curriculum.topics_of(part_id)]
    if not found:
        topics = ", ".join(topic.id for topic in curriculum.topics)
        raise QuizError(f"The roadmap has no topic “{plain(named, 80)}”.", hint=f"The topics are {topics}.")
    return found


def _boxes_of(curriculum: Curriculum, boxes: Sequence[BoxState], topic_ids: Sequence[TopicId]) -> list[BoxState]:
    """The leaves that count for these topics; a part follows from its leaves."""
    wanted = {box.id for topic_id in topic_ids for box in curriculum.boxes_of(topic_id)}
    everything = len(topic_ids) == len(curriculum.topics)
    return [box for box in boxes if not box.is_part and (everything or box.box_id in wanted)]


def _box(box: BoxState, curriculum: Curriculum) -> Box:
    return Box(
        box_id=box.box_id,
        title=box.title,
        part=curriculum.part(box.part_id).title,
        way=box.way,
        since=box.since.isoformat() if box.since else None,
        reason=box.reason,
    )


def _mastery(curriculum: Curriculum, found: Mastery) -> TopicMastery:
    return TopicMastery(
        topic_id=found.topic_id,
        title=curriculum.topic(found.topic_id).title,
        mastery=round(found.value, 4),
        items_answered=found.item_count,
        is_mastered=found.is_mastered,
    )
