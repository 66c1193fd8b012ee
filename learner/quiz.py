"""A quiz: which items it asks, what an answer leaves as evidence, how far it is, and what it showed. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from curriculum.model import PaperId, TopicId
from curriculum.question_values import Difficulty, Kind, Question, QuestionId
from errors import QuizError
from learner.grading import Grade, key_sentence
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
        QuizError: the number of questions or minutes cannot be used.
    """
    if not 1 <= wish.count <= MOST_QUESTIONS:
        raise QuizError(
            f"A quiz has 1 to {MOST_QUESTIONS} questions, not {wish.count}.", hint="Ask for fewer at a time."
        )
    if wish.minutes is not None and not 1 <= wish.minutes <= 240:
        raise QuizError(f"An exam takes 1 to 240 minutes, not {wish.minutes}.", hint="Choose another time.")


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
    """The items to ask: what is due or weak first, then what is new, with kinds and sub-topics spread.

    Raises:
        QuizError: the wish cannot be a quiz, or nothing fits it.
    """
    check_wish(wish)
    fitting = matching(questions, wish)
    if not fitting:
        raise QuizError("There is no question that fits this.", hint=_relaxed(wish))
    chosen: list[Question] = []
    kinds: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    waiting = {question.id: _urgency(question, cards, at) for question in fitting}
    by_id = {question.id: question for question in fitting}
    while waiting and len(chosen) < wish.count:
        best = min(
            waiting,
            key=lambda one: (
                waiting[one] + 0.15 * kinds[by_id[one].kind] + 0.1 * documents[by_id[one].receipt.document],
                hashlib.sha256(f"{seed} {one}".encode()).hexdigest(),
            ),
        )
        del waiting[best]
        chosen.append(by_id[best])
        kinds[by_id[best].kind] += 1
        documents[by_id[best].receipt.document] += 1
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
) -> Evidence:
    """What the answer leaves in the learner's record. The same answer of the same quiz is recorded once."""
    details = {
        "quiz_id": quiz.id,
        "mode": quiz.mode,
        "kind": question.kind,
        "bloom": question.bloom,
        "difficulty": question.difficulty,
        "provenance": question.provenance,
        "verdict": graded.verdict,
        "confidence": confidence,
        "hint_used": hint_used,
        "seconds": round(max(0.0, seconds), 1),
        "points": [{"text": point.text, "met": point.is_met} for point in graded.points],
        "self_graded": False,
    }
    return Evidence(
        key=f"quiz:{quiz.id}:{question.id}",
        kind="quiz",
        item_id=str(question.id),
        topic_ids=tuple(map(str, question.topic_ids)),
        paper_ids=tuple(map(str, question.paper_ids)),
        outcome=graded.outcome,
        given="\n".join(given),
        expected=key_sentence(question),
        conversation_id=conversation_id,
        at=at,
        details=details,
    )


def contested(act: Evidence, *, outcome: float, at: datetime) -> Evidence:
    """The learner's own grade of an answer, marked as theirs; withdraw the first one when this is recorded."""
    details = {**act.details, "self_graded": True, "graded_before": act.outcome}
    return Evidence(
        key=f"{act.key}:self-graded:{at.isoformat()}",
        kind="quiz",
        item_id=act.item_id,
        topic_ids=act.topic_ids,
        paper_ids=act.paper_ids,
        outcome=outcome,
        given=act.given,
        expected=act.expected,
        conversation_id=act.conversation_id,
        at=act.at,
        details=details,
    )


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
    missed = sorted(
        (question_id for question_id in quiz.question_ids if outcomes[question_id] < 1.0 and question_id in questions),
        key=lambda question_id: outcomes[question_id],
    )
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


def _urgency(question: Question, cards: Mapping[str, CardState], at: datetime) -> float:
    """Smaller is asked earlier: missed or due (0 to 1), then new (1), then known (2 to 3)."""
    card = cards.get(str(question.id))
    if card is None:
        return 1.0
    recall = retrievability(card, at) * card.last_outcome
    return recall if card.is_due(at) or card.last_outcome < 1.0 else 2.0 + recall


def _relaxed(wish: QuizWish) -> str:
    if wish.difficulty is not None:
        return "Leave the difficulty open, or choose another topic."
    return "Leave the kind of question open." if wish.kinds else "Choose another topic or paper."
