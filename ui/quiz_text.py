"""Words and small pieces of HTML that questions, feedback and summaries share."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from curriculum.question_values import BLANK, Kind, Question
from errors import QuizError
from learner.grading import verdict_of
from learner.quiz import Mode
from ui.markdown_view import inline_html, markdown_html
from ui.markup import escape_html
from ui.translation import N_, _, counted

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from learner.values import Evidence

KIND_WORDS: dict[Kind, str] = {
    "choice": N_("one option is right"),
    "several": N_("one or more options are right"),
    "true-false": N_("true or false"),
    "short": N_("in your own words"),
    "numeric": N_("a number"),
    "code-output": N_("what the program prints"),
    "order": N_("put the steps in order"),
    "cloze": N_("the missing word"),
}
MODE_WORDS: dict[Mode, str] = {"practice": N_("Practice"), "exam": N_("Exam"), "review": N_("Review")}
DIFFICULTY_WORDS: dict[str, str] = {"easy": N_("easy"), "medium": N_("medium"), "hard": N_("hard")}
CONFIDENCE_WORDS: dict[str, str] = {"low": N_("low"), "medium": N_("medium"), "high": N_("high")}
_VERDICTS = {"right": ("✓", N_("Right")), "partly": ("◐", N_("Partly right")), "wrong": ("✗", N_("Wrong"))}
_BLANK = {
    re.compile(re.escape(BLANK)): lambda found: (
        f'<span class="blank">____<span class="for-reader">{_("blank")}</span></span>'
    )
}


def block(text: str) -> str:
    """A prompt or explanation as HTML, with its formulas, code and blank."""
    return markdown_html(text, _BLANK)


def option_html(question: Question, text: str) -> str:
    """An option on one line; what a program prints is shown as it is."""
    return f"<code>{escape_html(text)}</code>" if question.kind == "code-output" else inline_html(text)


def verdict_html(act: Evidence) -> str:
    """The outcome as a sign and a word, which read without colour."""
    sign, words = _VERDICTS[verdict_of(act.outcome)]
    told = _(words)
    if 0.0 < act.outcome < 1.0:
        told = _("{verdict}, {outcome:.2f} of 1").format(verdict=told, outcome=act.outcome)
    return f'<span class="verdict-sign" aria-hidden="true">{sign}</span> {told}'


def verdict_words(act: Evidence) -> str:
    """The outcome in words alone."""
    return _(_VERDICTS[verdict_of(act.outcome)][1])


def verdict_class(act: Evidence) -> str:
    """A word that the style knows."""
    return f"verdict-{verdict_of(act.outcome)}"


def action(name: str, value: str, shown: str, style: str = "card-button", more: str = "") -> str:
    """A button that hands its value to Python; `more` is attributes of ours."""
    return (
        f'<button type="button" class="{style} study-action" name="{name}" value="{escape_html(value)}"'
        f"{' ' + more if more else ''}>{escape_html(shown)}</button>"
    )


def end_attributes() -> str:
    """Of the button that ends a quiz: what is asked first."""
    told = _("End it now? Questions without an answer count as missed.")
    return f'data-confirm="{told}" data-verb="{_("End it")}"'


def reference(quiz_id: str, question_id: str, *more: str) -> str:
    """An item of a quiz as a button's value."""
    return "|".join((quiz_id, question_id, *more))


def parts_of(value: str, count: int) -> list[str]:
    """The parts of such a value.

    Raises:
        QuizError: it has another number of them.
    """
    parts = value.split("|")
    if len(parts) != count or not all(parts):
        raise QuizError(_("This button is out of date."), hint=_("Reload the page."))
    return parts


def span_words(span: timedelta) -> str:
    """A length of time in one round unit, e.g. "3 days"."""
    minutes = max(1, round(span / timedelta(minutes=1)))
    if minutes < 90:
        return counted("{count} minute", "{count} minutes", minutes)
    if minutes < 36 * 60:
        return counted("{count} hour", "{count} hours", round(minutes / 60))
    if minutes < 60 * 1440:
        return counted("{count} day", "{count} days", round(minutes / 1440))
    if minutes < 24 * 43_800:
        return counted("{count} month", "{count} months", round(minutes / 43_800))
    return counted("{count} year", "{count} years", round(minutes / 525_600))


def document_title(curriculum: Curriculum, name: str) -> str:
    """The title of a paper or note; the name itself for any other document."""
    titles = {str(paper.id): paper.title for paper in curriculum.papers}
    titles |= {note.name: note.title for note in curriculum.notes}
    return titles.get(name, name)


def read_words(curriculum: Curriculum, question: Question) -> str:
    """What the button says that opens the source of an item."""
    title = document_title(curriculum, question.receipt.document)
    if not question.receipt.page:
        return _("Read: {title}").format(title=title)
    return _("Read: {title}, page {page}").format(title=title, page=question.receipt.page)


def made_words(question: Question) -> str:
    """Where the item came from."""
    if question.provenance == "bank":
        return _("From our bank: written by hand, its key checked against the source.")
    if not question.made_by:
        return _("Generated by a model and passed the same checks as the bank.")
    return _("Generated by {model} and passed the same checks as the bank.").format(model=question.made_by)
