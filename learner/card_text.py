"""A question as the two sides of a card: what is asked, and what is told when it is turned over. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curriculum.question_values import CodeOutput, Number, Option, Ordering, Question, shuffled_steps
from learner.grading import key_sentence


@dataclass(frozen=True, slots=True)
class CardText:
    """A question in plain lines of Markdown; code has a list of its own."""

    prompt: str
    code: str
    """What a program is, when its output is asked for; else empty."""
    options: tuple[str, ...]
    """Answers to choose from, or steps to put in order."""
    answer: str
    explanations: tuple[str, ...]
    """Why the key is right, then why each distractor is wrong."""
    source: str


def card_text(question: Question, document_title: str) -> CardText:
    """The two sides of a question."""
    body = question.body
    options: Sequence[str] = [option.text for option in question.options]
    if isinstance(body, Ordering):
        options = shuffled_steps(str(question.id), body.steps)
    mistakes = [f"{value:,.10g}: {why}" for value, why in body.wrong_values] if isinstance(body, Number) else []
    page = f", page {question.receipt.page}" if question.receipt.page else ""
    return CardText(
        prompt=question.prompt,
        code=body.code.strip("\n") if isinstance(body, CodeOutput) else "",
        options=tuple(options),
        answer=key_sentence(question),
        explanations=(question.explanation, *_reasons(question.options), *mistakes),
        source=f"{document_title}{page}: “{question.receipt.quote}”",
    )


def _reasons(options: Iterable[Option]) -> list[str]:
    return [f"“{option.text}”: {option.reason}" for option in options if option.reason and not option.is_right]


# As HTML for Anki

_CODE = re.compile(r"(`+)(.+?)\1", re.S)
_MATH = re.compile(r"\$\$(?P<display>.+?)\$\$|(?<![\\$\w])\$(?!\s)(?P<inline>[^$\n]+?)(?<![\s\\])\$(?![\d$])", re.S)
"""`$x$` and `$$x$$`; the signs of prices ("$5 or $6") are none."""


def as_html(text: str) -> str:
    """The text as HTML in which Anki draws formulas; whatever else it holds is shown, not interpreted."""
    parts, place = [], 0
    for match in _CODE.finditer(text):
        parts += [_with_math(text[place : match.start()]), f"<code>{_escaped(match[2])}</code>"]
        place = match.end()
    return "".join([*parts, _with_math(text[place:])])


def code_as_html(code: str) -> str:
    """A program as HTML."""
    return f"<pre><code>{_escaped(code)}</code></pre>" if code else ""


def list_as_html(items: Sequence[str], *, numbered: bool) -> str:
    """A list as HTML, empty without items."""
    kind = "ol" if numbered else "ul"
    lines = "".join(f"<li>{as_html(item)}</li>" for item in items)
    return f"<{kind}>{lines}</{kind}>" if items else ""


def _with_math(text: str) -> str:
    parts, place = [], 0
    for match in _MATH.finditer(text):
        display = match["display"] is not None
        formula = _escaped((match["display"] if display else match["inline"]).strip())
        parts += [_as_lines(text[place : match.start()]), f"\\[{formula}\\]" if display else f"\\({formula}\\)"]
        place = match.end()
    return "".join([*parts, _as_lines(text[place:])])


def _as_lines(text: str) -> str:
    return _escaped(text).replace("\n", "<br>")


def _escaped(text: str) -> str:
    """Square brackets too: `[sound:x]` and `[latex]` in a field mean something to Anki."""
    return html.escape(text, quote=False).replace("[", "&#91;").replace("\x1f", " ")
