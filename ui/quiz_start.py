"""What a quiz can be about, with how many items there are; the form's values as a wish; quizzes to go on with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from curriculum.question_values import DIFFICULTIES, Difficulty, Question
from errors import QuizError
from learner.quiz import MOST_QUESTIONS, Quiz, QuizWish, matching
from ui.answer import shorten
from ui.markup import escape_html
from ui.quiz_text import MODE_WORDS, action, end_attributes
from ui.translation import N_, _, ngettext

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from learner.study_desk import StudyDesk

EVERYTHING = "everything:"
EVERYTHING_TITLE = N_("Everything")
_KINDS = {"Topic": N_("Topic"), "Paper": N_("Paper"), "Note": N_("Note"), "Document": N_("Document")}
_TITLE_CHARACTERS = 80
_COUNT = re.compile(r" \(\d+\)$")
"""The number of items behind a title of the list."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that a quiz can be about."""

    value: str
    """Of the form "topic:attention-mechanism"."""
    kind: str
    title: str
    wish: QuizWish


@dataclass(frozen=True, slots=True)
class StartForm:
    """What the learner set; each value as the page hands it on."""

    subject: str | None
    count: float | None
    difficulty: str | None
    mode: str | None
    minutes: float | None


def subjects(curriculum: Curriculum, questions: Iterable[Question], titles: Callable[[str], str]) -> list[Subject]:
    """Everything, then topics in learning order, papers, notes, and the learner's own documents.

    Args:
        curriculum: the roadmap.
        questions: all items.
        titles: the title of a document of the library by its id.
    """
    known = {str(paper.id) for paper in curriculum.papers} | {note.name for note in curriculum.notes}
    others = dict.fromkeys(one.receipt.document for one in questions if one.receipt.document not in known)
    return [
        Subject(EVERYTHING, "", _(EVERYTHING_TITLE), QuizWish()),
        *(Subject(f"topic:{one.id}", "Topic", one.title, QuizWish(topic_ids=(one.id,))) for one in curriculum.topics),
        *(
            Subject(f"paper:{one.id}", "Paper", one.title, QuizWish(paper_ids=(one.id,), documents=(str(one.id),)))
            for one in curriculum.papers
        ),
        *(
            Subject(f"document:{one.name}", "Note", one.title, QuizWish(documents=(one.name,)))
            for one in curriculum.notes
        ),
        *(Subject(f"document:{one}", "Document", titles(one), QuizWish(documents=(one,))) for one in others),
    ]


def choices(found: Sequence[Subject], questions: Sequence[Question], difficulty: str | None) -> list[tuple[str, str]]:
    """What the list shows and the value behind it, with how many items of that difficulty there are."""
    shown = []
    for subject in found:
        count = len(matching(questions, replace(subject.wish, difficulty=_difficulty(difficulty))))
        if count:
            shown.append((f"{_shown(subject)} ({count})", subject.value))
    return shown


def _shown(subject: Subject) -> str:
    title = shorten(subject.title, _TITLE_CHARACTERS)
    return f"{_(_KINDS[subject.kind])}: {title}" if subject.kind else title


def find_subject(found: Sequence[Subject], said: str | None) -> Subject:
    """The subject that was chosen, or that what was typed names.

    Raises:
        QuizError: nothing was chosen, or nothing or too much has that name.
    """
    wanted = _COUNT.sub("", " ".join((said or "").split())).casefold()
    if not wanted:
        raise QuizError(
            _("Choose what the quiz is to be about."),
            hint=_("“{name}” takes all topics.").format(name=_(EVERYTHING_TITLE)),
        )
    exact = [one for one in found if wanted in {one.value.casefold(), one.title.casefold(), _shown(one).casefold()}]
    if exact:
        return exact[0]
    like = [one for one in found if wanted in one.title.casefold() or wanted == one.value.partition(":")[2].casefold()]
    if len(like) == 1:
        return like[0]
    name = shorten(said or "", 60)
    if like:
        told = ngettext("“{name}” may be {count} thing.", "“{name}” may be {count} things.", len(like))
        raise QuizError(told.format(name=name, count=len(like)), hint=_("Choose one from the list."))
    raise QuizError(
        _("There is no topic, paper or note “{name}” with questions.").format(name=name),
        hint=_("Choose one from the list; papers that the roadmap does not name can be asked about in the chat."),
    )


def wish_of(form: StartForm, subject: Subject) -> QuizWish:
    """The form's values as a wish; whether they can be a quiz is checked when it starts.

    Raises:
        QuizError: a number is missing.
    """
    if form.count is None:
        raise QuizError(
            _("Say how many questions the quiz is to have."), hint=_("1 to {most} fit.").format(most=MOST_QUESTIONS)
        )
    if form.count != int(form.count):
        raise QuizError(
            _("A quiz has a whole number of questions."), hint=_("1 to {most} fit.").format(most=MOST_QUESTIONS)
        )
    is_exam = form.mode == "exam"
    return replace(
        subject.wish,
        count=int(form.count),
        difficulty=_difficulty(form.difficulty),
        mode="exam" if is_exam else "practice",
        minutes=round(form.minutes) if is_exam and form.minutes else None,
    )


def _difficulty(said: str | None) -> Difficulty | None:
    return next((one for one in DIFFICULTIES if one == said), None)


def rescue_html(sentence: object) -> str:
    """That a damaged record was rebuilt, until the learner has read it."""
    if not isinstance(sentence, str) or not sentence:
        return ""
    return (
        f'<section class="open-quizzes" role="alert"><p class="failure">{escape_html(sentence)}</p>'
        f"{action('rescue_read', 'read', _('I have read this'))}</section>"
    )


def open_quizzes_html(desk: StudyDesk, at: datetime) -> str:
    """Quizzes that were begun and not ended, each with a way to go on and to end it."""
    lines = [_open_line(desk, quiz, at) for quiz in desk.quizzes.open_quizzes() if quiz.mode != "review"]
    if not lines:
        return ""
    return (
        f'<section class="open-quizzes" aria-label="{_("Open quizzes")}">'
        f'<h2 class="open-quizzes-title">{_("Go on where you left off")}</h2>'
        f"<ul>{''.join(lines)}</ul></section>"
    )


def _open_line(desk: StudyDesk, quiz: Quiz, at: datetime) -> str:
    progress = desk.progress(quiz)
    is_over = quiz.ends_at is not None and at > quiz.ends_at
    told = _("{mode}, {done} of {all} answered, begun {date}")
    if is_over:
        told = _("{mode}, its time is over, begun {date}")
    told = told.format(
        mode=_(MODE_WORDS[quiz.mode]),
        done=len(progress.answers),
        all=progress.total,
        date=f"{quiz.created_at:%Y-%m-%d}",
    )
    can_end = not (is_over or progress.is_complete)
    verb = _("Go on") if can_end else _("See the report")
    end = action("quiz_end", quiz.id, _("End it"), "card-button", end_attributes()) if can_end else ""
    return (
        f"<li><span><b>{escape_html(quiz.title)}</b> "
        f'<span class="hint">{told}</span></span>'
        f'<span class="card-buttons">{action("quiz_go", quiz.id, verb, "card-button main")}{end}</span></li>'
    )
