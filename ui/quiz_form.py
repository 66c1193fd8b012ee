"""A question to answer as HTML: its prompt and what its kind of answer needs. The key is not in it."""

from __future__ import annotations

from collections.abc import Sequence

from curriculum.question_values import CodeOutput, Number, Ordering, Question, Statement, shuffled_steps
from learner.answer_reading import LONGEST_ANSWER
from learner.quiz import CONFIDENCES, Mode
from ui.markdown_view import code_html, inline_html
from ui.markup import escape_html
from ui.quiz_text import CONFIDENCE_WORDS, DIFFICULTY_WORDS, KIND_WORDS, block, option_html, reference
from ui.translation import N_, _

_LINE = '<input class="quiz-text" type="text" name="given" autocomplete="off" maxlength="200">'
CHOOSE_SEVERAL = N_("Choose all that are right.")


def question_html(quiz_id: str, question: Question, mode: Mode) -> str:
    """The form; the page's script reads it and hands the answer on."""
    body = question.body
    code = code_html(body.code.strip("\n")) if isinstance(body, CodeOutput) else ""
    verb = _("Save and go on") if mode == "exam" else _("Check")
    kind, difficulty = _(KIND_WORDS[question.kind]), _(DIFFICULTY_WORDS[question.difficulty])
    return (
        f'<form class="quiz-form" data-value="{escape_html(reference(quiz_id, str(question.id)))}" novalidate>'
        f'<div class="quiz-prompt" id="{_prompt_id(quiz_id)}" tabindex="-1">{block(question.prompt)}{code}</div>'
        f'<p class="hint quiz-kind">{_capital(kind)} · {difficulty}</p>'
        f"{_answer(question, _prompt_id(quiz_id))}{'' if mode == 'exam' else _hint(question)}{_confidence()}"
        '<p class="failure quiz-missing" role="alert" hidden></p><div class="card-buttons">'
        f'<button type="submit" class="card-button main">{verb}</button>'
        f'<button type="button" class="card-button" data-quiz-skip="yes">{_("I do not know")}</button>'
        f'<span class="hint quiz-keys">{_keys(question)}</span></div></form>'
    )


def _prompt_id(quiz_id: str) -> str:
    return f"prompt-{escape_html(quiz_id)}"


def _answer(question: Question, prompt_id: str) -> str:
    body = question.body
    if isinstance(body, Statement):
        return _options([("true", _("True")), ("false", _("False"))], prompt_id, kind="radio")
    if isinstance(body, Ordering):
        return _steps(shuffled_steps(str(question.id), body.steps))
    if question.options:
        shown = [(option.text, option_html(question, option.text)) for option in question.options]
        return _options(shown, prompt_id, kind="checkbox" if question.kind == "several" else "radio")
    return _typed(question)


def _options(options: Sequence[tuple[str, str]], prompt_id: str, *, kind: str) -> str:
    """Each option with its number; the pairs are what is handed on, and HTML of ours."""
    lines = "".join(
        f'<label class="quiz-option"><input type="{kind}" name="given" value="{escape_html(value)}">'
        f'<kbd aria-hidden="true">{number}</kbd><span>{shown}</span></label>'
        for number, (value, shown) in enumerate(options, 1)
    )
    role = "radiogroup" if kind == "radio" else "group"
    several = f'<p class="hint">{_(CHOOSE_SEVERAL)}</p>' if kind == "checkbox" else ""
    return f'{several}<div class="quiz-options" role="{role}" aria-labelledby="{prompt_id}">{lines}</div>'


def _steps(steps: Sequence[str]) -> str:
    lines = "".join(
        f'<li class="quiz-step" data-step="{escape_html(step)}"><span class="step-text">{inline_html(step)}</span>'
        f'<span class="step-buttons">{_move("up", "↑", step)}{_move("down", "↓", step)}</span></li>'
        for step in steps
    )
    return f'<ol class="quiz-steps" aria-label="{_("Steps, in your order")}">{lines}</ol>'


def _move(where: str, sign: str, step: str) -> str:
    told = _("Move up: {step}") if where == "up" else _("Move down: {step}")
    return (
        f'<button type="button" class="card-button" data-quiz-move="{where}" '
        f'aria-label="{told.format(step=escape_html(step))}">{sign}</button>'
    )


def _typed(question: Question) -> str:
    body = question.body
    if isinstance(body, Number):
        unit = f'<span class="quiz-unit">{escape_html(body.unit)}</span>' if body.unit else ""
        return (
            f'<label class="quiz-typed"><span>{_("Your number")}</span>'
            f'<span class="quiz-number">{_LINE}{unit}</span></label>'
        )
    if question.kind == "cloze":
        return f'<label class="quiz-typed"><span>{_("The missing word")}</span>{_LINE}</label>'
    is_code = question.kind == "code-output"
    label = _("What it prints") if is_code else _("Your answer, in a sentence or two")
    style = " quiz-code" if is_code else ""
    return (
        f'<label class="quiz-typed"><span>{label}</span>'
        f'<textarea class="quiz-text{style}" name="given" rows="{3 if is_code else 4}" '
        f'maxlength="{LONGEST_ANSWER}" spellcheck="{str(not is_code).lower()}"></textarea></label>'
    )


def _hint(question: Question) -> str:
    if not question.hint:
        return ""
    return f'<details class="quiz-hint"><summary>{_("Hint")}</summary>{block(question.hint)}</details>'


def _confidence() -> str:
    choices = "".join(
        f'<label><input type="radio" name="confidence" value="{name}">'
        f"<span>{_capital(_(CONFIDENCE_WORDS[name]))}</span></label>"
        for name in CONFIDENCES
    )
    return f'<fieldset class="quiz-confidence"><legend>{_("How sure are you?")}</legend>{choices}</fieldset>'


def _keys(question: Question) -> str:
    if isinstance(question.body, Statement):
        return _("1 or 2 chooses, L, M or H says how sure, Enter answers")
    if question.options:
        told = _("1 to {count} chooses, L, M or H says how sure, Enter answers")
        return told.format(count=len(question.options))
    if question.kind in ("short", "code-output"):
        return _("Enter answers, Shift+Enter begins a line")
    return _("Enter answers")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
