"""A quiz or review while it goes on: its bar, and below it the question, the feedback or the report."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from curriculum.question_values import Question
from learner.grading import RIGHT_OUTCOME
from learner.quiz import Quiz, QuizProgress
from learner.schedule import Rating
from learner.study_desk import recorded_grade
from ui.markup import escape_html
from ui.quiz_feedback import feedback_html, rating_html
from ui.quiz_form import question_html
from ui.quiz_summary import Report, summary_html
from ui.quiz_text import MODE_WORDS, action, end_attributes, reference, verdict_words
from ui.roadmap_parts import labelled_bar
from ui.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from curriculum.curriculum import Curriculum
    from learner.values import Evidence

_shown = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A quiz at a moment."""

    quiz: Quiz
    progress: QuizProgress
    at: datetime
    notice: str = ""
    """One sentence above the question; empty for none."""


def asking_html(sitting: Sitting, question: Question) -> str:
    """The question to answer now."""
    number = len(sitting.progress.answers) + 1
    says = _("Question {number} of {all}.").format(number=number, all=sitting.progress.total)
    body = question_html(sitting.quiz.id, question, sitting.quiz.mode)
    return _frame(sitting, f"{_bar(sitting, number - 1, number)}{body}", step="question", says=says)


def answered_html(
    sitting: Sitting,
    question: Question,
    act: Evidence,
    curriculum: Curriculum,
    due: Mapping[Rating, datetime] | None = None,
) -> str:
    """What is said of the answer; `due` when the learner rates how hard recalling was."""
    progress = sitting.progress
    done = len(progress.answers)
    body = feedback_html(curriculum, sitting.quiz.id, question, act, can_undo=True)
    onward = _("See the summary") if progress.is_complete else _("Next question")
    if due is not None:
        on = rating_html(sitting.quiz.id, act, due)
    else:
        main = action("quiz_go", sitting.quiz.id, onward, "card-button main", "data-main")
        on = f'<div class="card-buttons quiz-onward">{main}</div>'
    feedback = recorded_grade(act).feedback
    says = f"{verdict_words(act)}. {feedback if act.outcome < RIGHT_OUTCOME else ''}".strip()
    return _frame(sitting, f"{_bar(sitting, done, done)}{body}{on}", step="feedback", says=says)


def report_html(sitting: Sitting, report: Report) -> str:
    """What the quiz showed at its end."""
    head = f'<div class="quiz-bar"><h2>{escape_html(sitting.quiz.title)}</h2></div>'
    says = _("{score:.2g} of {all} right.").format(score=report.summary.score, all=report.summary.total)
    return _frame(sitting, f"{head}{summary_html(report)}", step="report", says=says)


def fault_html(sentence: str) -> str:
    """One sentence where a quiz cannot be shown, and the way back."""
    back = action("quiz_leave", "none", _("Back"), "card-button main", "data-main")
    return (
        f'<section class="quiz-view" data-shown="{next(_shown)}" data-step="fault" data-says="" '
        f'aria-label="{_("Quiz")}">'
        f'<p class="failure" role="alert">{escape_html(sentence)}</p><div class="card-buttons">{back}</div></section>'
    )


def _frame(sitting: Sitting, body: str, *, step: str, says: str) -> str:
    quiz = sitting.quiz
    clock = ""
    if quiz.ends_at is not None and step == "question":
        clock = f' data-seconds-left="{max(0.0, (quiz.ends_at - sitting.at).total_seconds()):.0f}"'
    notice = f'<p class="failure" role="alert">{escape_html(sitting.notice)}</p>' if sitting.notice else ""
    return (
        f'<section class="quiz-view" data-shown="{next(_shown)}" data-quiz="{escape_html(quiz.id)}" '
        f'data-mode="{quiz.mode}" data-step="{step}" data-says="{escape_html(says)}"{clock} '
        f'aria-label="{escape_html(quiz.title)}">{notice}{body}</section>'
    )


def _bar(sitting: Sitting, done: int, number: int) -> str:
    quiz, total = sitting.quiz, sitting.progress.total
    clock = '<span class="time-left" role="timer"></span>' if quiz.ends_at is not None else ""
    kept = f'title="{_("It is kept and can be gone on with")}"'
    buttons = [
        action("quiz_leave", quiz.id, _("Leave"), "quiet-button", kept),
        action("quiz_end", quiz.id, _("End it"), "quiet-button", end_attributes()),
    ]
    last = _last(sitting.progress)
    if last is not None and quiz.mode != "exam" and number > done:
        place = reference(quiz.id, last.item_id)
        buttons.insert(0, action("quiz_undo", place, _("Undo the last answer"), "quiet-button"))
    tools = f'<div class="quiz-tools">{"".join(buttons)}</div>'
    return (
        f'<div class="quiz-bar"><h2>{escape_html(quiz.title)}</h2>{tools}</div><p class="quiz-count">'
        f"{_('{mode} · {number} of {all}').format(mode=_(MODE_WORDS[quiz.mode]), number=number, all=total)}{clock}</p>"
        f"{labelled_bar(done / total if total else 0.0, _('{done} of {all} answered').format(done=done, all=total))}"
    )


def _last(progress: QuizProgress) -> Evidence | None:
    return max(progress.answers.values(), key=lambda act: (act.at, act.key), default=None)
