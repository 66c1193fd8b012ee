"""The one door to quizzes and reviews: the page, the chat and the terminal all go through it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from curriculum.model import TopicId
from curriculum.question_values import Question, QuestionId
from curriculum.questions import load_questions
from errors import QuizError
from learner.grading import Grade, grade
from learner.mastery import Mastery, masteries
from learner.quiz import (
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
from learner.schedule import CardState, Rating, card_states, due_cards
from learner.short_answers import Similarity
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
        """Every item by its id: the bank's, then those that were generated."""
        return {question.id: question for question in self.bank} | self.quizzes.items()

    def evidence(self) -> list[Evidence]:
        """All that counts, newest first."""
        return self.store.evidence(limit=EVERYTHING)

    def cards(self) -> dict[str, CardState]:
        """The schedule of every item that was answered."""
        return card_states(self.evidence(), desired_retention=self.quizzes.desired_retention)

    def due(self) -> list[CardState]:
        """Items of quizzes that are due now, the least likely to be recalled first."""
        known = self.questions()
        return [card for card in due_cards(self.cards(), self._now()) if QuestionId(card.item_id) in known]

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
        asked = [question.id for question in extra][: wish.count]
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
        minutes = wish.minutes if wish.mode == "exam" else None
        quiz = Quiz(id=quiz_id, title=title, mode=wish.mode, question_ids=tuple(asked), created_at=at, minutes=minutes)
        self.quizzes.add(quiz)
        return quiz

    def start_review(self, limit: int = 20) -> Quiz:
        """A review of what is due.

        Raises:
            QuizError: nothing is due.
        """
        due = self.due()[:limit]
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

    def progress(self, quiz: Quiz) -> QuizProgress:
        """How far a quiz is."""
        return progress_of(quiz, self.store.evidence("quiz", limit=EVERYTHING))

    def current(self, quiz: Quiz) -> Question | None:
        """The item to answer now; None when all are answered, or one is no longer in the bank."""
        next_id = self.progress(quiz).next_question_id
        return None if next_id is None else self.questions().get(next_id)

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
            conversation_id: where it was asked; empty outside the chat.
            graded: a grade that a model helped with, instead of ours.

        Raises:
            QuizError: the item is not part of the quiz, the quiz is over, or its time is.
        """
        question = self._item_of(quiz, question_id)
        before = self.progress(quiz)
        if question_id in before.answers:
            act = before.answers[question_id]
            return Answered(question, grade(question, act.given.split("\n"), similarity=self._similarity), act, before)
        at = self._now()
        if quiz.finished_at is not None or (quiz.ends_at is not None and at > quiz.ends_at):
            self.quizzes.finish(quiz.id, at=at)
            raise QuizError("The time of this quiz is over.", hint="Look at its report, or start a new one.")
        graded = graded or grade(question, given, similarity=self._similarity)
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
        )
        self.store.record(act)
        return Answered(question, graded, act, self.progress(quiz))

    def contest(self, act: Evidence, outcome: float) -> Evidence:
        """The learner's own grade in place of ours, recorded as such; the first one is withdrawn.

        Raises:
            QuizError: the outcome is not in 0..1.
        """
        if not 0.0 <= outcome <= 1.0:
            raise QuizError("A grade is from 0 to 1.", hint="Say how much of the answer was right.")
        return self._replace(act, contested(act, outcome=outcome, at=self._now()))

    def rate(self, act: Evidence, rating: Rating) -> Evidence:
        """The learner's own rating of how hard recalling was, in place of the one that follows from the outcome."""
        rated = replace(
            act, key=f"{act.key}:{rating}:{self._now().isoformat()}", details={**act.details, "rating": rating}
        )
        return self._replace(act, rated)

    def undo(self, act: Evidence) -> bool:
        """Take an answer back: it no longer counts, and its quiz asks the item again."""
        return self.store.undo(act.key, at=self._now())

    def finish(self, quiz: Quiz) -> QuizSummary:
        """End a quiz and say what it showed."""
        self.quizzes.finish(quiz.id, at=self._now())
        return self.summary(quiz)

    def summary(self, quiz: Quiz) -> QuizSummary:
        """What a quiz showed so far."""
        known: Mapping[QuestionId, Question] = self.questions()
        return summary_of(quiz, known, self.store.evidence("quiz", limit=EVERYTHING))

    def _replace(self, old: Evidence, new: Evidence) -> Evidence:
        withdrawn = replace(old, withdrawn_at=self._now())
        self.store.record_all([withdrawn, new])
        return new

    def _item_of(self, quiz: Quiz, question_id: QuestionId) -> Question:
        question = self.questions().get(question_id)
        if question is None or question_id not in quiz.question_ids:
            raise QuizError("This question is not part of the quiz.", hint="Open the quiz again.")
        return question
