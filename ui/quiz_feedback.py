"""What is said of an answer: verdict, reasons, points, explanation, source, and what the learner may do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from curriculum.question_values import CodeOutput, Ordering, Question, Statement
from learner.grading import RIGHT_OUTCOME, key_sentence
from learner.schedule import Rating, rating_of, ratings_for
from learner.study_desk import recorded_grade
from ui.answer import shorten
from ui.markdown_view import code_html, inline_html
from ui.markup import escape_html
from ui.quiz_text import (
    action,
    block,
    document_title,
    made_words,
    option_html,
    reference,
    span_words,
    verdict_class,
    verdict_html,
)
from ui.translation import N_, _

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from learner.short_answers import PointResult
    from learner.values import Evidence

_OWN_GRADES = (("1.0", N_("I was right")), ("0.5", N_("Partly right")), ("0.0", N_("I was wrong")))
_RATING_WORDS: Mapping[Rating, str] = {
    "again": N_("Again"),
    "hard": N_("Hard"),
    "good": N_("Good"),
    "easy": N_("Easy"),
}
_LONGEST_IN_CHAT = 600


def feedback_html(curriculum: Curriculum, quiz_id: str, question: Question, act: Evidence, *, can_undo: bool) -> str:
    """The prompt again, and all that is said of the answer."""
    code = code_html(question.body.code.strip("\n")) if isinstance(question.body, CodeOutput) else ""
    return (
        f'<div class="quiz-prompt asked">{block(question.prompt)}{code}</div>'
        f'<div class="quiz-feedback {verdict_class(act)}">'
        f'<h3 class="quiz-verdict" tabindex="-1">{verdict_html(act)}</h3>{_graded(question, act)}</div>'
        f'<div class="quiz-explanation">{block(question.explanation)}</div>'
        f"{source_html(curriculum, quiz_id, question)}"
        f"{_what_to_do(quiz_id, question, act, can_undo=can_undo)}"
    )


def source_html(curriculum: Curriculum, quiz_id: str, question: Question) -> str:
    """The quote that the key rests on, with a way to the page it stands on."""
    receipt = question.receipt
    title = document_title(curriculum, receipt.document)
    named = escape_html(title)
    if receipt.page:
        named = _("{title}, page {page}").format(title=named, page=receipt.page)
    opening = _("Open the page") if receipt.page else _("Open the source")
    return (
        f'<figure class="quiz-source"><blockquote>{inline_html(receipt.quote)}</blockquote>'
        f"<figcaption>{named} "
        f"{action('open_receipt', reference(quiz_id, str(question.id)), opening, 'link-button')}</figcaption></figure>"
        f'<p class="hint quiz-origin">{escape_html(made_words(question))}</p>'
    )


def why_question(question: Question, act: Evidence) -> str:
    """What the chat is asked about an answer that was not right.

    It begins with the quote that the key rests on: a model that quotes the library finds by it what explains the key.
    """
    prompt = shorten(question.prompt, _LONGEST_IN_CHAT)
    given = shorten(act.given, _LONGEST_IN_CHAT) or "nothing"
    quote = shorten(question.receipt.quote, _LONGEST_IN_CHAT).rstrip(".")
    return f"Explain “{quote}”. In a quiz I was asked: “{prompt}” I answered, not right: “{given}”."


def rating_html(quiz_id: str, act: Evidence, due: Mapping[Rating, datetime]) -> str:
    """How hard recalling was, with the time until the item comes again after each rating."""
    proposed, fitting = rating_of(act), ratings_for(act.outcome)
    buttons = "".join(
        action(
            "quiz_rate",
            reference(quiz_id, act.item_id, rating),
            f"{_(_RATING_WORDS[rating])} · {span_words(due[rating] - act.at)}",
            "card-button main" if rating == proposed else "card-button",
            f'data-key="{number}"{" data-main" if rating == proposed else ""}',
        )
        for number, rating in enumerate(fitting, 1)
    )
    told = _("Your answer says “{rating}”: Enter takes that; if it was right after all, grade it yourself first.")
    if len(fitting) > 1:
        told = _("Your answer says “{rating}”: Enter takes that, 1 to {count} takes another.")
    told = told.format(rating=_(_RATING_WORDS[proposed]).lower(), count=len(fitting))
    return (
        f'<div class="quiz-ratings" role="group" aria-label="{_("How hard was it to recall?")}">'
        f"<p>{_('How hard was it to recall? It comes again after:')}</p>"
        f'<div class="card-buttons">{buttons}</div>'
        f'<p class="hint">{told}</p></div>'
    )


def _graded(question: Question, act: Evidence) -> str:
    if act.details.get("self_graded"):
        before = act.details.get("graded_before")
        was = ""
        if isinstance(before, int | float):
            was = f" {_('We had graded it {outcome:.2f} of 1.').format(outcome=before)}"
        told = f"<p>{_('You graded this yourself.')}{was}</p>"
    else:
        feedback = recorded_grade(act).feedback
        told = f"<p>{inline_html(feedback)}</p>" if feedback not in ("", "Right.") else ""
    return told + (_option_list(question, act) or _given_and_key(question, act)) + _points(act)


def _option_list(question: Question, act: Evidence) -> str:
    """Each option: which was chosen, which is right, and why the others are not."""
    if not question.options:
        return ""
    chosen = {text.strip() for text in _answer_of(act)}
    said_above = "" if act.details.get("self_graded") else recorded_grade(act).feedback
    lines = []
    for option in question.options:
        is_chosen = option.text.strip() in chosen
        sign = "✓" if option.is_right else "✗"
        said = _("right") if option.is_right else _("wrong")
        if is_chosen:
            said = _("right, your answer") if option.is_right else _("wrong, your answer")
        has_reason = option.reason and (not is_chosen or option.is_right or option.reason not in said_above)
        reason = f'<span class="quiz-reason">{inline_html(option.reason)}</span>' if has_reason else ""
        style = ("is-right" if option.is_right else "is-wrong") + (" is-chosen" if is_chosen else "")
        lines.append(
            f'<li class="quiz-result {style}"><span class="verdict-sign" aria-hidden="true">{sign}</span>'
            f'<span><span class="quiz-result-text">{option_html(question, option.text)}</span> '
            f'<span class="quiz-result-word">{said}</span>{reason}</span></li>'
        )
    return f'<ul class="quiz-results" aria-label="{_("The options")}">{"".join(lines)}</ul>'


def _given_and_key(question: Question, act: Evidence) -> str:
    given = _answer_of(act)
    if len(given) > 1:
        shown = f"<ol>{''.join(f'<li>{inline_html(step)}</li>' for step in given)}</ol>"
    elif isinstance(question.body, Statement):
        shown = escape_html(given[0]) if given else _("nothing")
    else:
        shown = f'<span class="quiz-given">{escape_html(given[0])}</span>' if given else _("nothing")
    key = "" if act.outcome >= RIGHT_OUTCOME or _names_key(question, act) else _key(question)
    return f'<div class="quiz-yours"><span class="hint">{_("Your answer:")}</span> {shown}</div>{key}'


def _names_key(question: Question, act: Evidence) -> bool:
    """Whether the sentence on the answer says what was right, so that it need not be said again."""
    if act.details.get("self_graded"):
        return False
    feedback = recorded_grade(act).feedback
    if isinstance(question.body, Statement) and feedback.startswith("It is"):
        return True
    return key_sentence(question).rstrip(".").removeprefix("The ") in feedback


def _key(question: Question) -> str:
    body = question.body
    if isinstance(body, Ordering):
        steps = "".join(f"<li>{inline_html(step)}</li>" for step in body.steps)
        return f'<div class="quiz-yours quiz-key"><span class="hint">{_("The order is:")}</span><ol>{steps}</ol></div>'
    return f'<p class="quiz-key">{inline_html(key_sentence(question))}</p>'


def _answer_of(act: Evidence) -> Sequence[str]:
    kept = act.details.get("answer")
    return [str(text) for text in kept] if isinstance(kept, list) else [act.given] if act.given else []


def _points(act: Evidence) -> str:
    points = recorded_grade(act).points
    lines = "".join(
        f'<li class="{"is-right" if point.is_met else "is-wrong"}">'
        f'<span class="verdict-sign" aria-hidden="true">{"✓" if point.is_met else "✗"}</span><span>'
        f"<b>{_('Met:') if point.is_met else _('Missing:')}</b> {inline_html(point.text)}{_wrote(point)}</span></li>"
        for point in points
    )
    return f'<ul class="quiz-results" aria-label="{_("Points of a full answer")}">{lines}</ul>' if lines else ""


def _wrote(point: PointResult) -> str:
    if not point.evidence:
        return ""
    told = _("You wrote: “{words}”").format(words=escape_html(point.evidence))
    return f' <span class="hint">{told}</span>'


def _what_to_do(quiz_id: str, question: Question, act: Evidence, *, can_undo: bool) -> str:
    place = reference(quiz_id, str(question.id))
    buttons = []
    if act.outcome < RIGHT_OUTCOME:
        buttons.append(
            action(
                "ask",
                why_question(question, act),
                _("Ask why mine was wrong"),
                more=f'data-explains="{escape_html(place)}" title="{_("Asks in the chat")}"',
            )
        )
    if can_undo:
        told = _("Takes the answer back and asks again")
        buttons.append(action("quiz_undo", place, _("Undo"), more=f'title="{told}"'))
    own = "".join(
        action("quiz_contest", reference(quiz_id, str(question.id), value), _(shown)) for value, shown in _OWN_GRADES
    )
    return (
        f'<div class="card-buttons">{"".join(buttons)}</div><details class="quiz-contest"><summary>'
        f"{_('Grade it myself')}</summary>"
        f'<p class="hint">{_("Your grade counts in place of ours, and is recorded as your own.")}</p>'
        f'<div class="card-buttons">{own}</div></details>'
    )
