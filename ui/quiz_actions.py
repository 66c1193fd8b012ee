"""What the learner does with a quiz or a review: start, answer, go on, rate, undo, end; no layout."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from curriculum.question_values import Question, QuestionId
from errors import QuizError, StudyError
from learner.quiz import CONFIDENCES, DEFAULT_COUNT, Confidence, Quiz, QuizWish
from learner.recovery import RESCUED
from learner.schedule import RATINGS, Rating, next_due
from ui.quiz_sources import library_title, open_receipt
from ui.quiz_start import (
    EVERYTHING,
    StartForm,
    choices,
    find_subject,
    open_quizzes_html,
    rescue_html,
    subjects,
    wish_of,
)
from ui.quiz_summary import Report
from ui.quiz_text import parts_of
from ui.quiz_view import Sitting, answered_html, asking_html, fault_html, report_html
from ui.source_panel import message_html
from ui.translation import N_, _

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from learner.study_desk import StudyDesk
    from learner.values import Evidence
    from ui.quiz_start import Subject
    from ui.services import Services

logger = logging.getLogger(__name__)

_MOST_GIVEN = 50
"""Texts of an answer that are read; no item has as many options or steps."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be seen after an act."""

    html: str
    """Of the quiz; empty when none is open."""
    is_review: bool | None
    """Whether it belongs into the Review tab; None when no quiz says so."""


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer as the page hands it on."""

    quiz_id: str
    question_id: QuestionId
    given: tuple[str, ...]
    confidence: Confidence | None
    hint_used: bool
    seconds: float


def _now() -> datetime:
    return datetime.now(UTC)


class QuizActions:
    """Keeps nothing, so that every browser page, the chat and the terminal see the same quizzes."""

    def __init__(self, services: Services, *, now: Callable[[], datetime] = _now) -> None:
        self._services = services
        self._now = now

    @property
    def curriculum(self) -> Curriculum:
        """The roadmap."""
        from curriculum.load import load_curriculum

        return load_curriculum()

    # Starting

    def choices(self, difficulty: str | None) -> list[tuple[str, str]]:
        """What a quiz can be about, with counts.

        Raises:
            StudyError: the learner's record or the bank cannot be read.
        """
        questions = list(self._services.desk().questions().values())
        return choices(self._subjects(questions), questions, difficulty)

    def open_quizzes(self) -> str:
        """Those to go on with, as HTML; one sentence when the record cannot be read."""
        try:
            desk = self._services.desk()
            return rescue_html(desk.quizzes.preference(RESCUED)) + open_quizzes_html(desk, self._now())
        except StudyError as error:
            return fault_line(error)

    def rescue_read(self) -> str:
        """The same after the learner has read that the record was rebuilt."""
        try:
            self._services.desk().quizzes.set_preference(RESCUED, None)
        except StudyError as error:
            return fault_line(error)
        return self.open_quizzes()

    def start(self, form: StartForm) -> Shown:
        """A new quiz at its first question.

        Raises:
            StudyError: the form cannot be a quiz; its message says why.
        """
        desk = self._services.desk()
        subject = find_subject(self._subjects(list(desk.questions().values())), form.subject)
        return self._at(desk, desk.start_quiz(wish_of(form, subject), subject.title))

    def surprise(self) -> Shown:
        """A quiz over everything: what was missed or is due, then what is new.

        Raises:
            StudyError: the record cannot be read or written.
        """
        return self.start(StartForm(EVERYTHING, DEFAULT_COUNT, None, "practice", None))

    def start_review(self, limit: int) -> Shown:
        """A review of what is due.

        Raises:
            StudyError: nothing is due, or the record cannot be read.
        """
        desk = self._services.desk()
        begun = next((one for one in desk.quizzes.open_quizzes() if one.mode == "review"), None)
        if begun is not None and desk.current(begun) is not None:
            return self._at(desk, begun)
        return self._at(desk, desk.start_review(limit))

    # Going on

    def go(self, quiz_id: str) -> Shown:
        """The quiz at its question; its report at the end."""
        return self._guarded(lambda desk: self._at(desk, desk.quizzes.quiz(quiz_id)))

    def leave(self, quiz_id: str) -> Shown:
        """Nothing, where the quiz was; it is kept."""
        try:
            return Shown("", self._services.desk().quizzes.quiz(quiz_id).mode == "review")
        except StudyError:
            return Shown("", None)

    def end(self, quiz_id: str) -> Shown:
        """The report of a quiz that is ended now."""

        def act(desk: StudyDesk) -> Shown:
            quiz = desk.quizzes.quiz(quiz_id)
            return self._report(desk, quiz)

        return self._guarded(act)

    def answer(self, value: str) -> Shown:
        """What is said of an answer; in an exam the next question."""

        def act(desk: StudyDesk) -> Shown:
            said = _given_of(value)
            quiz = desk.quizzes.quiz(said.quiz_id)
            try:
                answered = desk.answer(
                    quiz,
                    said.question_id,
                    said.given,
                    confidence=said.confidence,
                    hint_used=said.hint_used,
                    seconds=said.seconds,
                )
            except QuizError as error:
                return self._at(desk, quiz, notice=error.as_text())
            if quiz.mode == "exam":
                return self._at(desk, quiz)
            return self._feedback(desk, quiz, answered.question, answered.evidence)

        return self._guarded(act)

    def rate(self, value: str) -> Shown:
        """The next question after the learner said how hard recalling was."""

        def act(desk: StudyDesk) -> Shown:
            quiz_id, question_id, said = parts_of(value, 3)
            rating: Rating = _rating_of(said)
            quiz = desk.quizzes.quiz(quiz_id)
            desk.rate(_act_of(desk, quiz, question_id), rating)
            return self._at(desk, quiz)

        return self._guarded(act)

    def contest(self, value: str) -> Shown:
        """The feedback, or the report, with the learner's own grade."""

        def act(desk: StudyDesk) -> Shown:
            quiz_id, question_id, said = parts_of(value, 3)
            quiz = desk.quizzes.quiz(quiz_id)
            graded = desk.contest(_act_of(desk, quiz, question_id), _outcome_of(said))
            if quiz.finished_at is not None:
                return self._report(desk, quiz)
            return self._feedback(desk, quiz, desk.questions()[QuestionId(question_id)], graded)

        return self._guarded(act)

    def undo(self, value: str) -> Shown:
        """The question again, whose answer was taken back."""

        def act(desk: StudyDesk) -> Shown:
            quiz_id, question_id = parts_of(value, 2)
            quiz = desk.quizzes.quiz(quiz_id)
            if quiz.finished_at is None:
                desk.undo(_act_of(desk, quiz, question_id))
            return self._at(desk, quiz, QuestionId(question_id))

        return self._guarded(act)

    def again(self, quiz_id: str) -> Shown:
        """A practice of what was missed."""

        def act(desk: StudyDesk) -> Shown:
            quiz = desk.quizzes.quiz(quiz_id)
            again = _(_AGAIN)
            title = quiz.title if quiz.title.endswith(again) else f"{quiz.title} {again}"
            return self._at(desk, desk.start_again(quiz, title))

        return self._guarded(act)

    def topic(self, topic_id: str) -> Shown:
        """A quiz on a topic, as it comes."""

        def act(desk: StudyDesk) -> Shown:
            found = next((one for one in self.curriculum.topics if one.id == topic_id), None)
            if found is None:
                raise QuizError(_("The roadmap has no such topic."), hint=_("Reload the page."))
            return self._at(desk, desk.start_quiz(QuizWish(topic_ids=(found.id,)), found.title))

        return self._guarded(act)

    # Explanations

    def explained(self, value: str) -> None:
        """Remember that the learner asked why an answer was wrong."""
        try:
            quiz_id, question_id = parts_of(value, 2)
            desk = self._services.desk()
            desk.explanation_shown(_act_of(desk, desk.quizzes.quiz(quiz_id), question_id), "why-wrong")
        except StudyError as error:
            logger.info("No explanation is remembered: %s", error.as_text())

    def open_receipt(self, value: str) -> str:
        """The source panel for an item of a quiz; after an answer it counts as an explanation."""
        try:
            quiz_id, question_id = parts_of(value, 2)
            desk = self._services.desk()
            question = desk.questions().get(QuestionId(question_id))
            if question is None:
                raise QuizError(_("This question is no longer there."), hint=_("Open another one."))
            act = desk.progress(desk.quizzes.quiz(quiz_id)).answers.get(question.id) if quiz_id != "-" else None
            if act is not None:
                desk.explanation_shown(act, "page")
        except StudyError as error:
            return message_html(error.message, error.hint)
        return open_receipt(self._services, self.curriculum, question.receipt)

    # Showing

    def _subjects(self, questions: list[Question]) -> list[Subject]:
        curriculum = self.curriculum
        return subjects(curriculum, questions, lambda name: library_title(self._services, curriculum, name))

    def _guarded(self, act: Callable[[StudyDesk], Shown]) -> Shown:
        try:
            return act(self._services.desk())
        except StudyError as error:
            return Shown(fault_html(error.as_text()), None)

    def _at(self, desk: StudyDesk, quiz: Quiz, wanted: QuestionId | None = None, notice: str = "") -> Shown:
        """The quiz where it stands: a question that is wanted and open, or the next one, or the report."""
        quiz, at = desk.quizzes.quiz(quiz.id), self._now()
        progress = desk.progress(quiz)
        is_over = quiz.finished_at is not None or (quiz.ends_at is not None and at > quiz.ends_at)
        question = None if is_over else desk.current(quiz)
        if question is not None and wanted is not None and wanted not in progress.answers:
            question = desk.questions().get(wanted, question)
        if question is None:
            return self._report(desk, quiz, notice)
        return Shown(asking_html(Sitting(quiz, progress, at, notice), question), quiz.mode == "review")

    def _feedback(self, desk: StudyDesk, quiz: Quiz, question: Question, act: Evidence) -> Shown:
        due = None
        if quiz.mode == "review":
            due = next_due(desk.evidence(), act, desired_retention=desk.quizzes.desired_retention)
        sitting = Sitting(quiz, desk.progress(quiz), self._now())
        return Shown(answered_html(sitting, question, act, self.curriculum, due), quiz.mode == "review")

    def _report(self, desk: StudyDesk, quiz: Quiz, notice: str = "") -> Shown:
        from ui.roadmap_state import read_state

        summary = desk.finish(quiz)
        report = Report(
            curriculum=self.curriculum,
            quiz=quiz,
            progress=desk.progress(quiz),
            summary=summary,
            questions=desk.questions(),
            next=read_state(self._services.home).next,
        )
        return Shown(report_html(Sitting(quiz, report.progress, self._now(), notice), report), quiz.mode == "review")


_AGAIN = N_("(again)")


def fault_line(error: StudyError) -> str:
    """One sentence with its hint, as HTML."""
    from ui.markup import escape_html

    return f'<p class="failure" role="alert">{escape_html(error.as_text())}</p>'


def _act_of(desk: StudyDesk, quiz: Quiz, question_id: str) -> Evidence:
    act = desk.progress(quiz).answers.get(QuestionId(question_id))
    if act is None:
        raise QuizError(_("This answer was taken back."), hint=_("Answer the question again."))
    return act


def _rating_of(said: str) -> Rating:
    for rating in RATINGS:
        if rating == said:
            return rating
    raise QuizError(_("There is no such rating."), hint=_("There are {names}.").format(names=", ".join(RATINGS)))


def _outcome_of(said: str) -> float:
    try:
        return float(said)
    except ValueError as error:
        raise QuizError(_("A grade is from 0 to 1."), hint=_("Choose one of the three.")) from error


def _given_of(value: str) -> _Given:
    """The answer that the page's script wrote as JSON.

    Raises:
        QuizError: it is of another form.
    """
    damaged = QuizError(_("This answer did not arrive whole."), hint=_("Reload the page and answer again."))
    try:
        values: Any = json.loads(value)
        quiz_id, question_id = parts_of(str(values["value"]), 2)
        given = tuple(str(text) for text in list(values["given"])[:_MOST_GIVEN])
        confidence = next((one for one in CONFIDENCES if one == values.get("confidence")), None)
        seconds = float(values.get("seconds") or 0.0)
        hint_used = values.get("hint") is True
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged from error
    return _Given(quiz_id, QuestionId(question_id), given, confidence, hint_used, seconds if seconds < 1e9 else 0.0)
