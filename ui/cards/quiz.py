"""A quiz in the chat: what the answer was worth, and the open question with buttons that send an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.cards.setting import Setting
from ui.markup import code_block, escape_html, escape_text, render
from ui.translation import N_, _

_VERDICTS = {"right": N_("✓ right"), "partly": N_("◐ partly right"), "wrong": N_("✕ not this time")}
_MODES = {"practice": N_("Quiz"), "exam": N_("Exam"), "review": N_("Review")}
_BY_BUTTON = frozenset({"choice", "true-false", "cloze", "code-output"})
"""Kinds of which one option is the whole answer."""


def quiz_card(details: Mapping[str, Any], setting: Setting) -> str:
    """What the last answer was worth; nothing when the answer below tells it, or when no answer was given."""
    result: Mapping[str, Any] | None = details.get("result")
    if setting.is_told or not result:
        return ""
    points = "".join(
        f"<li>{_('✓ met:') if point.get('met') else _('✗ missing:')} {escape_text(str(point.get('text', '')))}</li>"
        for point in result.get("points") or ()
    )
    verdict = _(_VERDICTS.get(str(result.get("verdict")), ""))
    parts = [
        f'<div class="card-head"><b>{_("Your answer")}</b> · {verdict}</div>',
        render(str(result.get("feedback", ""))),
        f"<ul>{points}</ul>" if points else "",
        render(str(result.get("key", ""))) if result.get("verdict") != "right" else "",
    ]
    return "\n\n".join(part for part in parts if part)


def question_card(details: Mapping[str, Any], *, is_told: bool) -> str:
    """The open question, its options to click, and what else can be said; only the buttons where the text asks it."""
    question: Mapping[str, Any] | None = details.get("question")
    if not question:
        wishes = "".join(_button(str(one).capitalize(), str(one)) for one in details.get("wishes") or ())
        return f'<div class="card-buttons">{wishes}</div>' if wishes else ""
    quiz: Mapping[str, Any] = details.get("quiz") or {}
    named = _(_MODES.get(str(quiz.get("mode")), N_("Quiz")))
    place = _("question {number} of {all}").format(number=question.get("number"), all=question.get("total"))
    facts = f"{place} · {question.get('made', '')}"
    parts = [f'<div class="card-head"><b>{named}</b> · {escape_text(facts)}</div>']
    if not is_told:
        parts.append(render(str(question.get("prompt", ""))))
        if question.get("code"):
            parts.append(code_block(str(question["code"]), "python"))
    parts += [_options(question, is_told=is_told), _wishes(is_exam=quiz.get("mode") == "exam")]
    return "\n\n".join(part for part in parts if part)


def _options(question: Mapping[str, Any], *, is_told: bool) -> str:
    """The options to click; by their numbers alone where the text above has them in full."""
    options: Sequence[str] = [str(option) for option in question.get("options") or ()]
    asking = "" if is_told else f'<div class="notice">{escape_text(str(question.get("asking", "")))}</div>'
    if options and question.get("kind") in _BY_BUTTON:
        whole = [f"{place}. {text}" for place, text in enumerate(options, start=1)]
        shown = [str(place) for place in range(1, len(options) + 1)] if is_told else whole
        buttons = "".join(_button(label, message) for label, message in zip(shown, whole, strict=True))
        return f'<div class="card-buttons">{buttons}</div>'
    listed = "" if is_told else "".join(f"<li>{escape_text(text)}</li>" for text in options)
    return (f"<ol>{listed}</ol>\n\n" if listed else "") + asking


def _wishes(*, is_exam: bool) -> str:
    words = (N_("I am sure"), N_("I am fairly sure"), N_("I am guessing"))
    sure = "".join(_button(_(text), text) for text in words)
    hint = "" if is_exam else _button(_("Hint"), "hint")
    return (
        f'<div class="card-label">{_("How sure are you? Say it before you answer.")}</div>\n\n'
        f'<div class="card-buttons">{sure}</div>'
        f'\n\n<div class="card-buttons">{hint}{_button(_("Skip"), "skip")}{_button(_("Stop"), "stop")}</div>'
    )


def _button(shown: str, message: str) -> str:
    """A button that sends the message as the learner's own."""
    return (
        f'<button type="button" class="card-button study-action" name="ask" value="{escape_html(message)}" '
        f'title="{escape_html(message)}">'
        f"{escape_text(shown)}</button>"
    )
