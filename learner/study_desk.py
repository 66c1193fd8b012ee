"""The one door to quizzes and reviews: the page, the chat and the terminal all go through it."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from curriculum.model import TopicId
from curriculum.question_values import Question, QuestionId
from curriculum.questions import load_questions
from errors import QuizError
from learner.explanations import EXPLANATIONS, Explanation
from learner.grading import Grade, grade
from learner.mastery import Mastery, masteries
from learner.quiz import (
    MINUTES_A_QUESTION,
    Confidence,
    Quiz,
    QuizProgress,
    QuizSummary,
    QuizWish,
    answer_evidence,
    check_wish,
    choose_questions,
    contested,
    progress_of,
    summary_of,
)
from learner.quiz_store import QuizStore
from learner.schedule import RATINGS, CardState, Rating, card_states, due_cards, due_within, ratings_for
from learner.short_answers import PointResult, Similarity
from learner.store import EVERYTHING, LearnerStore
from learner.values import Evidence

REVIEW_TITLE = "Review"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was recorded."""

    question: Question
    grade: Grade
    evidence: Evidence
    progress: QuizProgress


def _newest(shown: Iterable[dict[str, str]]) -> dict[str, str]:
    return max(shown, key=lambda one: one.get("at", ""), default={})


def recorded_grade(act: Evidence) -> Grade:
    """The grade that an answer was recorded with, or that the learner gave it since."""
    told = "You graded this yourself." if act.details.get("self_graded") else str(act.details.get("feedback", ""))
    points = tuple(
        PointResult(
            text=str(point.get("text", "")),
            is_met=bool(point.get("met")),
            evidence=str(point.get("evidence", "")),
            quote=str(point.get("quote", "")),
        )
        for point in act.details.get("points") or ()
    )
    return Grade(act.outcome, told, points)


def _now() -> datetime:
    return datetime.now(UTC)


class StudyDesk:
    """Starts quizzes and reviews, grades and records answers, and tells what is due.

    Args:
        store: the learner's record.
        similarity: how alike two sentences are in meaning, for short answers; None judges them by their words.
        now: the clock, UTC.
        questions: the bank; ours by default.
    """

    def __init__(
        self,
        store: LearnerStore,
        *,
        similarity: Similarity | None = None,
        now: Callable[[], datetime] = _now,
        questions: Iterable[Question] | None = None,
    ) -> None:
        self.store = store
        self.quizzes = QuizStore(store)
        self._similarity = similarity
        self._now = now
        self._given_questions = None if questions is None else tuple(questions)

    @cached_property
    def bank(self) -> tuple[Question, ...]:
        """The bank's items."""
        return load_questions() if self._given_questions is None else self._given_questions

    def questions(self) -> dict[QuestionId, Question]:
        """Every item by its id: the bank's, then those that were generated; the bank's stand where ids are the same."""
        bank = {question.id: question for question in self.bank}
        return bank | {key: question for key, question in self.quizzes.items().items() if key not in bank}

    def evidence(self) -> list[Evidence]:
        """All that counts, newest first."""
        return self.store.evidence(limit=EVERYTHING)

    def cards(self) -> dict[str, CardState]:
        """The schedule of every item that was answered."""
        return card_states(self.evidence(), desired_retention=self.quizzes.desired_retention)

    def due(self, topic_ids: Iterable[str] = ()) -> list[CardState]:
        """Items of quizzes that are due now, the least likely to be recalled first; of these topics only, if named."""
        wanted = set(topic_ids)
        return [
            card
            for card in due_cards(self._quiz_cards(), self._now())
            if not wanted or not wanted.isdisjoint(card.topic_ids)
        ]

    def due_within(self, days: int) -> list[int]:
        """How many items of quizzes become due on each of the next days; what is overdue counts on the first."""
        return due_within(self._quiz_cards(), self._now(), days)

    def leeches(self) -> list[CardState]:
        """Items that were forgotten so often that they need another explanation, the most forgotten first."""
        cards = [card for card in self._quiz_cards().values() if card.is_leech]
        return sorted(cards, key=lambda card: (-card.lapse_count, card.item_id))

    def _quiz_cards(self) -> dict[str, CardState]:
        known = self.questions()
        return {item_id: card for item_id, card in self.cards().items() if QuestionId(item_id) in known}

    def masteries(self, topic_ids: Iterable[TopicId]) -> dict[TopicId, Mastery]:
        """How well each topic is known now."""
        retention = self.quizzes.desired_retention
        return masteries(self.evidence(), topic_ids, at=self._now(), desired_retention=retention)

    # Quizzes

    def start_quiz(self, wish: QuizWish, title: str, *, extra: Sequence[Question] = ()) -> Quiz:
        """A new quiz, kept so that it can be gone on with.

        Args:
            wish: what it is to be about.
            title: shown above it, e.g. "Attention mechanism".
            extra: generated items that passed verification; they are kept, and asked before the bank's.

        Raises:
            QuizError: the wish cannot be a quiz, or nothing fits it.
        """
        check_wish(wish)
        at, quiz_id = self._now(), secrets.token_hex(6)
        self.quizzes.add_items(extra, at=at)
        asked = list(dict.fromkeys(question.id for question in extra))[: wish.count]
        if len(asked) < wish.count:
            rest = [question for question in self.questions().values() if question.id not in asked]
            missing = replace(wish, count=wish.count - len(asked))
            try:
                chosen = choose_questions(rest, missing, self.cards(), at=at, seed=quiz_id)
            except QuizError:
                if not asked:
                    raise
                chosen = ()
            asked += [question.id for question in chosen]
        given_minutes = wish.minutes or math.ceil(MINUTES_A_QUESTION * len(asked))
        minutes = given_minutes if wish.mode == "exam" else None
        quiz = Quiz(id=quiz_id, title=title, mode=wish.mode, question_ids=tuple(asked), created_at=at, minutes=minutes)
        self.quizzes.add(quiz)
        return quiz

    def start_review(self, limit: int = 20, topic_ids: Iterable[str] = ()) -> Quiz:
        """A review of what is due, at most `limit` items of it; of these topics, if any is named.

        Raises:
            QuizError: nothing is due.
        """
        due = self.due(topic_ids)[: max(1, limit)]
        if not due:
            raise QuizError("Nothing is due for review.", hint="Take a quiz on what is new, or come back tomorrow.")
        quiz = Quiz(
            id=secrets.token_hex(6),
            title=REVIEW_TITLE,
            mode="review",
            question_ids=tuple(QuestionId(card.item_id) for card in due),
            created_at=self._now(),
        )
        self.quizzes.add(quiz)
        return quiz

    def start_again(self, quiz: Quiz, title: str) -> Quiz:
        """A new practice of what was missed in a quiz, the worst first.

        Raises:
            QuizError: nothing was missed.
        """
        missed = self.summary(quiz).missed
        if not missed:
            raise QuizError("Nothing was missed in this quiz.", hint="Start a new one.")
        ids = tuple(question.id for question in missed)
        again = Quiz(id=secrets.token_hex(6), title=title, mode="practice", question_ids=ids, created_at=self._now())
        self.quizzes.add(again)
        return again

    def progress(self, quiz: Quiz) -> QuizProgress:
        """How far a quiz is."""
        return progress_of(quiz, self.store.evidence("quiz", limit=EVERYTHING))

    def current(self, quiz: Quiz) -> Question | None:
        """The item to answer now; None at the end. Items that are no longer in the bank are passed over."""
        answers, known = self.progress(quiz).answers, self.questions()
        return next((known[one] for one in quiz.question_ids if one not in answers and one in known), None)

    def answer(
        self,
        quiz: Quiz,
        question_id: QuestionId,
        given: Sequence[str],
        *,
        confidence: Confidence | None = None,
        hint_used: bool = False,
        seconds: float = 0.0,
        conversation_id: str = "",
        graded: Grade | None = None,
    ) -> Answered:
        """The graded answer, recorded once: answering the same item of a quiz again gives what was recorded.

        Args:
            quiz: a quiz that is open.
            question_id: one of its items.
            given: see `learner.grading.grade`.
            confidence: what the learner said before they answered.
            hint_used: whether the hint was shown.
            seconds: time the learner took.
            conversation_id: where it was asked; `mcp` or `api` for another program, else empty outside the chat.
            graded: a grade that a model helped with, instead of ours.

        Raises:
            QuizError: the item is not part of the quiz, the quiz is over, or its time is.
        """
        question = self._item_of(quiz, question_id)
        before = self.progress(quiz)
        if question_id in before.answers:
            act = before.answers[question_id]
            return Answered(question, recorded_grade(act), act, before)
        at = self._now()
        self._check_open(quiz, at)
        explained = self.quizzes.explained()
        graded = graded or self.grade(question, given)
        act = answer_evidence(
            quiz,
            question,
            given,
            graded,
            at=at,
            confidence=confidence,
            hint_used=hint_used,
            seconds=seconds,
            conversation_id=conversation_id,
            attempt=self._attempts(quiz, question_id),
            explained=_newest(explained.get(one, {}) for one in question.topic_ids),
        )
        is_new = self.store.record(act)
        self.quizzes.set_explained({one: shown for one, shown in explained.items() if one not in question.topic_ids})
        after = self.progress(quiz)
        if not is_new and question_id in after.answers:  # another tab was faster
            act = after.answers[question_id]
            graded = recorded_grade(act)
        return Answered(question, graded, act, after)

    def explanation_shown(self, act: Evidence, how: Explanation) -> None:
        """Remember that an explanation of this answer was shown, so that the topic's next answer says so.

        Raises:
            QuizError: there is no such explanation.
        """
        if how not in EXPLANATIONS:
            raise QuizError(f"There is no explanation “{how}”.", hint=f"There are {', '.join(EXPLANATIONS)}.")
        shown = {"how": how, "item_id": act.item_id, "at": self._now().isoformat()}
        self.quizzes.set_explained(self.quizzes.explained() | dict.fromkeys(act.topic_ids, shown))

    def grade(self, question: Question, given: Sequence[str]) -> Grade:
        """What an answer would be worth; nothing is recorded."""
        return grade(question, given, similarity=self._similarity)

    def contest(self, act: Evidence, outcome: float) -> Evidence:
        """The learner's own grade in place of ours, recorded as such; the first one is withdrawn.

        Raises:
            QuizError: the outcome is not in 0..1, or the answer was taken back.
        """
        if not 0.0 <= outcome <= 1.0:
            raise QuizError("A grade is from 0 to 1.", hint="Say how much of the answer was right.")
        act = self._current_of(act)
        return self._replace(act, contested(act, outcome=outcome, at=self._now()))

    def rate(self, act: Evidence, rating: Rating) -> Evidence:
        """The learner's own rating of how hard recalling was, in place of the one that follows from the outcome.

        Raises:
            QuizError: there is no such rating, it does not fit the outcome, or the answer was taken back.
        """
        if rating not in RATINGS:
            raise QuizError(f"There is no rating “{rating}”.", hint=f"There are {', '.join(RATINGS)}.")
        act = self._current_of(act)
        if rating not in (fitting := ratings_for(act.outcome)):
            raise QuizError(
                f"An answer that was not right cannot be rated “{rating}”.",
                hint=f"Rate it {' or '.join(fitting)}, or grade it yourself first.",
            )
        rated = replace(
            act, key=f"{act.key}:{rating}:{self._now().isoformat()}", details={**act.details, "rating": rating}
        )
        return self._replace(act, rated)

    def undo(self, act: Evidence) -> bool:
        """Take an answer back, however it was graded meanwhile: it no longer counts, and its quiz asks the item again.

        False when it was taken back before.
        """
        try:
            act = self._current_of(act)
        except QuizError:
            return False
        return self.store.undo(act.key, at=self._now())

    def finish(self, quiz: Quiz) -> QuizSummary:
        """End a quiz and say what it showed."""
        self.quizzes.finish(quiz.id, at=self._now())
        return self.summary(quiz)

    def summary(self, quiz: Quiz) -> QuizSummary:
        """What a quiz showed so far."""
        known: Mapping[QuestionId, Question] = self.questions()
        return summary_of(quiz, known, self.store.evidence("quiz", limit=EVERYTHING))

    def _check_open(self, quiz: Quiz, at: datetime) -> None:
        """Refuse answers to what is over; an exam ends by its own clock.

        Raises:
            QuizError: it is over.
        """
        if self.quizzes.quiz(quiz.id).finished_at is not None:
            raise QuizError("This quiz is over.", hint="Look at its report, or start a new one.")
        if quiz.ends_at is not None and at > quiz.ends_at:
            self.quizzes.finish(quiz.id, at=at)
            raise QuizError("The time of this quiz is over.", hint="Look at its report, or start a new one.")

    def _attempts(self, quiz: Quiz, question_id: QuestionId) -> int:
        """How many acts of this item in this quiz were taken back: the next answer needs a key that none of them has.

        What counts is left out, so that two clicks at once have the same key and are one act.
        """
        acts = self.store.evidence("quiz", str(question_id), EVERYTHING, include_withdrawn=True)
        return sum(act.withdrawn_at is not None and act.details.get("quiz_id") == quiz.id for act in acts)

    def _current_of(self, act: Evidence) -> Evidence:
        """The answer as it counts now, after contests and ratings; a page may still hold an older form of it.

        Raises:
            QuizError: it was taken back.
        """
        quiz_id = act.details.get("quiz_id")
        for one in self.store.evidence(act.kind, act.item_id, EVERYTHING):
            if one.key == act.key or (quiz_id is not None and one.details.get("quiz_id") == quiz_id):
                return one
        raise QuizError("This answer was taken back.", hint="Answer the question again.")

    def _replace(self, old: Evidence, new: Evidence) -> Evidence:
        withdrawn = replace(old, withdrawn_at=self._now())
        self.store.record_all([withdrawn, new])
        return new

    def _item_of(self, quiz: Quiz, question_id: QuestionId) -> Question:
        question = self.questions().get(question_id)
        if question is None or question_id not in quiz.question_ids:
            raise QuizError("This question is not part of the quiz.", hint="Open the quiz again.")
        return question
