"""A quiz: which items it asks, what an answer leaves as evidence, how far it is, and what it showed. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from curriculum.model import PaperId, TopicId
from curriculum.question_values import Difficulty, Kind, Question, QuestionId
from errors import QuizError
from learner.answer_reading import LONGEST_ANSWER
from learner.grading import RIGHT_OUTCOME, Grade, key_sentence, verdict_of
from learner.schedule import CardState, retrievability
from learner.values import Evidence

Mode = Literal["practice", "exam", "review"]
"""With feedback after each answer; without hints and feedback, timed; of what is due."""
Confidence = Literal["low", "medium", "high"]
CONFIDENCES: Mapping[Confidence, float] = {"low": 0.4, "medium": 0.7, "high": 0.95}
"""What a learner's confidence says of the chance to be right, for the calibration plot."""

MOST_QUESTIONS = 50
DEFAULT_COUNT = 5
MINUTES_A_QUESTION = 1.5
"""Time an exam gives for each item when the learner asks for no other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuizWish:
    """What a quiz is asked to be about."""

    topic_ids: tuple[TopicId, ...] = ()
    """Any of these; no topic, paper and document at all means the whole bank."""
    paper_ids: tuple[PaperId, ...] = ()
    documents: tuple[str, ...] = ()
    """Names of notes, or ids of documents in the library."""
    count: int = DEFAULT_COUNT
    difficulty: Difficulty | None = None
    kinds: tuple[Kind, ...] = ()
    mode: Mode = "practice"
    minutes: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiz:
    """A quiz that was begun; it is done when each of its items has evidence, or it was ended."""

    id: str
    title: str
    mode: Mode
    question_ids: tuple[QuestionId, ...]
    created_at: datetime
    minutes: int | None = None
    finished_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When the time of an exam is over (UTC)."""
        return None if self.minutes is None else self.created_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class QuizProgress:
    """How far a quiz is."""

    answers: Mapping[QuestionId, Evidence]
    """The newest answer to each item that was answered in this quiz."""
    next_question_id: QuestionId | None
    """The first item without an answer; None at the end."""
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether each item was answered."""
        return self.next_question_id is None


@dataclass(frozen=True, slots=True)
class QuizSummary:
    """What a quiz showed."""

    score: float
    """Sum of outcomes; at most `total`."""
    total: int
    by_topic: Mapping[TopicId, tuple[float, int]]
    """Topic to its sum of outcomes and its number of answers."""
    missed: tuple[Question, ...]
    """Items not answered fully, the worst first: what to read again stands in their receipts."""
    seconds: float
    overconfident: tuple[QuestionId, ...]
    """Wrong although the learner was sure: what they should read first."""


def check_wish(wish: QuizWish) -> None:
    """Refuse what cannot be a quiz.

    Raises:
        QuizError: the number of questions or minutes cannot be used, or the wish contradicts itself.
    """
    if not 1 <= wish.count <= MOST_QUESTIONS:
        raise QuizError(
            f"A quiz has 1 to {MOST_QUESTIONS} questions, not {wish.count}.", hint="Ask for fewer at a time."
        )
    if wish.minutes is not None and not 1 <= wish.minutes <= 240:
        raise QuizError(f"An exam takes 1 to 240 minutes, not {wish.minutes}.", hint="Choose another time.")
    if wish.minutes is not None and wish.mode != "exam":
        raise QuizError("Only an exam is timed.", hint="Ask for an exam, or leave the minutes out.")


def matching(questions: Iterable[Question], wish: QuizWish) -> list[Question]:
    """The items that a wish is about, whatever their number."""
    return [
        question
        for question in questions
        if (wish.difficulty is None or question.difficulty == wish.difficulty)
        and (not wish.kinds or question.kind in wish.kinds)
        and _is_about(question, wish)
    ]


def choose_questions(
    questions: Iterable[Question], wish: QuizWish, cards: Mapping[str, CardState], *, at: datetime, seed: str
) -> tuple[Question, ...]:
    """The items to ask: what is missed or due first, then what is new, then what is known.

    Among these, the least recalled come first, and topics, kinds and sources are spread.

    Raises:
        QuizError: the wish cannot be a quiz, or nothing fits it.
    """
    check_wish(wish)
    known = list(questions)
    waiting = {question.id: question for question in matching(known, wish)}
    if not waiting:
        raise QuizError("There is no question that fits this.", hint=_relaxed(known, wish))
    urgency = {question_id: _urgency(question, cards, at) for question_id, question in waiting.items()}
    chance = {one: hashlib.sha256(f"{seed} {one}".encode()).hexdigest() for one in waiting}
    chosen: list[Question] = []
    seen: Counter[str] = Counter()

    def place(question: Question) -> tuple[int, float, str]:
        tier, recall = urgency[question.id]
        return tier, recall + sum(weight * seen[name] for name, weight in _spread(question)), chance[question.id]

    while waiting and len(chosen) < wish.count:
        best = waiting.pop(min(waiting.values(), key=place).id)
        chosen.append(best)
        seen.update(name for name, _ in _spread(best))
    return tuple(chosen)


def answer_evidence(
    quiz: Quiz,
    question: Question,
    given: Sequence[str],
    graded: Grade,
    *,
    at: datetime,
    confidence: Confidence | None = None,
    hint_used: bool = False,
    seconds: float = 0.0,
    conversation_id: str = "",
    attempt: int = 0,
    explained: Mapping[str, str] | None = None,
) -> Evidence:
    """What the answer leaves in the learner's record. The same answer of the same quiz is recorded once.

    Args:
        quiz: where it was asked.
        question: what was asked.
        given: what was answered.
        graded: what it was worth.
        at: when (UTC).
        confidence: what the learner said before they answered.
        hint_used: whether the hint was shown.
        seconds: time the learner took.
        conversation_id: where it was asked; empty outside the chat.
        attempt: how many answers to this item of this quiz were taken back before.
        explained: which explanation was shown before, see `learner.explanations`.
    """
    kept = [text[:LONGEST_ANSWER] for text in given]
    details = {
        **_circumstances(quiz, question),
        **_graded_details(graded),
        "confidence": confidence,
        "hint_used": hint_used,
        "seconds": round(max(0.0, seconds), 1),
        "answer": kept,
        "explained": dict(explained) if explained else None,
        "self_graded": False,
    }
    return Evidence(
        key=f"quiz:{quiz.id}:{question.id}" + (f":{attempt}" if attempt else ""),
        kind="quiz",
        item_id=str(question.id),
        topic_ids=tuple(map(str, question.topic_ids)),
        paper_ids=tuple(map(str, question.paper_ids)),
        outcome=graded.outcome,
        given="\n".join(kept)[:LONGEST_ANSWER],
        expected=key_sentence(question),
        conversation_id=conversation_id,
        at=at,
        details=details,
    )


def _circumstances(quiz: Quiz, question: Question) -> dict[str, Any]:
    return {
        "quiz_id": quiz.id,
        "mode": quiz.mode,
        "kind": question.kind,
        "bloom": question.bloom,
        "difficulty": question.difficulty,
        "provenance": question.provenance,
    }


def _graded_details(graded: Grade) -> dict[str, Any]:
    return {
        "verdict": graded.verdict,
        "points": [
            {"text": point.text, "met": point.is_met, "evidence": point.evidence, "quote": point.quote}
            for point in graded.points
        ],
        "feedback": graded.feedback,
        **({"judged_by": graded.judged_by} if graded.judged_by else {}),
    }


def contested(act: Evidence, *, outcome: float, at: datetime) -> Evidence:
    """The learner's own grade of an answer, marked as theirs; withdraw the first one when this is recorded.

    A rating they gave before goes with the grade it was given to.
    """
    details = {name: value for name, value in act.details.items() if name != "rating"}
    first = act.details["graded_before"] if act.details.get("self_graded") else act.outcome
    details |= {"self_graded": True, "graded_before": first, "verdict": verdict_of(outcome)}
    return replace(act, key=f"{act.key}:self-graded:{at.isoformat()}", outcome=outcome, details=details)


def progress_of(quiz: Quiz, evidence: Iterable[Evidence]) -> QuizProgress:
    """How far the quiz is, by the evidence that names it."""
    answers: dict[QuestionId, Evidence] = {}
    for act in sorted(evidence, key=lambda one: (one.at, one.key)):
        if act.details.get("quiz_id") == quiz.id and act.withdrawn_at is None:
            answers[QuestionId(act.item_id)] = act
    waiting = [question_id for question_id in quiz.question_ids if question_id not in answers]
    return QuizProgress(answers, waiting[0] if waiting else None, len(quiz.question_ids))


def summary_of(quiz: Quiz, questions: Mapping[QuestionId, Question], evidence: Iterable[Evidence]) -> QuizSummary:
    """What the quiz showed; items without an answer count as missed."""
    answers = progress_of(quiz, evidence).answers
    by_topic: dict[TopicId, tuple[float, int]] = {}
    outcomes: dict[QuestionId, float] = {}
    for question_id in quiz.question_ids:
        outcomes[question_id] = answers[question_id].outcome if question_id in answers else 0.0
        for topic_id in questions[question_id].topic_ids[:1] if question_id in questions else ():
            score, count = by_topic.get(topic_id, (0.0, 0))
            by_topic[topic_id] = (score + outcomes[question_id], count + 1)
    known = [question_id for question_id in quiz.question_ids if question_id in questions]
    missed = sorted((one for one in known if outcomes[one] < RIGHT_OUTCOME), key=lambda one: outcomes[one])
    sure = [one for one, act in answers.items() if act.outcome < 0.5 and act.details.get("confidence") == "high"]
    return QuizSummary(
        score=sum(outcomes.values()),
        total=len(quiz.question_ids),
        by_topic=by_topic,
        missed=tuple(questions[question_id] for question_id in missed),
        seconds=sum(float(act.details.get("seconds") or 0.0) for act in answers.values()),
        overconfident=tuple(sure),
    )


def _is_about(question: Question, wish: QuizWish) -> bool:
    if not (wish.topic_ids or wish.paper_ids or wish.documents):
        return True
    return bool(
        set(wish.topic_ids) & set(question.topic_ids)
        or set(wish.paper_ids) & set(question.paper_ids)
        or question.receipt.document in wish.documents
    )


def _urgency(question: Question, cards: Mapping[str, CardState], at: datetime) -> tuple[int, float]:
    """What is asked earlier is smaller: 0 missed or due, 1 new, 2 known; then how well it is recalled (0 to 1)."""
    card = cards.get(str(question.id))
    if card is None:
        return 1, 0.0
    recall = retrievability(card, at) * card.last_outcome
    return (0 if card.is_due(at) or card.last_outcome < RIGHT_OUTCOME else 2), recall


def _spread(question: Question) -> tuple[tuple[str, float], ...]:
    """What should not come again and again in a quiz, with how much it counts beside recall."""
    return (
        (f"topic {question.topic_ids[0] if question.topic_ids else ''}", 0.2),
        (f"kind {question.kind}", 0.15),
        (f"document {question.receipt.document}", 0.1),
    )


def _relaxed(questions: Iterable[Question], wish: QuizWish) -> str:
    known = list(questions)
    if wish.difficulty is not None and (found := matching(known, replace(wish, difficulty=None))):
        return f"Leave the difficulty open: there are {len(found)} of another."
    if wish.kinds and (found := matching(known, replace(wish, kinds=()))):
        return f"Leave the kind of question open: there are {len(found)} of another."
    if (wish.kinds or wish.difficulty) and matching(known, replace(wish, kinds=(), difficulty=None)):
        return "Leave the kind of question and the difficulty open."
    return "Choose another topic or paper."
