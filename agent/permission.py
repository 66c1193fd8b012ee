"""Which tool calls ask the learner first, and why. Pure: decided from the call and from what was read before it.

A model cannot tell a wish of the learner from one that a document whispered. So the rule goes by provenance:
once text from outside is before the model, an act with effects is the learner's to allow, unless they asked for
it themselves in the message it answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.asked_for import (
    asks_for_code,
    asks_for_equation,
    asks_for_hint,
    asks_for_papers,
    asks_to_stop,
    words_beyond,
)
from errors import ArxivError

if TYPE_CHECKING:
    from agent.context import RunPython
    from papers.arxiv_id import ArxivId

CODE = frozenset({"run_python", "draft_equation"})
"""Tools that run a program the model wrote."""
GRADED = frozenset({"answer_quiz", "check_prediction", "grade_answer", "study_reply"})
"""Tools that take the learner's message as an answer and keep what it is worth."""
OWN_WORDS = frozenset({"roadmap", "write_todos", "predict_output"})
"""Tools whose results are the project's or the model's own words. A list of the library is not: titles come
from the files."""

NAME_CHARACTERS = 100
SEE_CODE_FIRST = "You asked to see code before it runs."
NO_ANSWER = "Text from documents is in this conversation; so taking your message as an answer is yours to decide."
_CATEGORY = re.compile(
    r"(?:cs|stat|math|eess|econ|physics|nlin|astro-ph|cond-mat|gr-qc|hep-(?:ex|lat|ph|th)|math-ph|nucl-(?:ex|th)"
    r"|quant-ph|q-bio|q-fin)(?:\.[A-Za-z-]{2,7})?"
)
_DATE = re.compile(r"(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?")
_OUTSIDE = "Text from documents, from arXiv or from a program is in this conversation, and your message does not"
_ASKED: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "run_python": (asks_for_code, "ask to compute or run something; so running this code is yours to decide."),
    "draft_equation": (asks_for_equation, "ask about an equation; so running this check is yours to decide."),
    "end_quiz": (asks_to_stop, "ask to stop; so ending your quiz is yours to decide."),
    "quiz_hint": (asks_for_hint, "ask for a hint, which counts; so taking one is yours to decide."),
}
"""Tools that a message asks for by its words, and the rest of the sentence where it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a call may come from."""

    question: str
    """The learner's own message of this turn."""
    heard_before: Collection[str]
    """Names of the tools whose results are in the conversation, of earlier turns."""
    heard_now: Collection[str] = ()
    """Those of this turn."""
    by_rule: bool = False
    """Whether the call was made of the learner's message by rule, without a model."""
    public_text: Callable[[], str] = str
    """Gives words that tell nobody anything about the learner: the roadmap's."""

    def is_outside(self, name: str) -> bool:
        """Whether text from outside is before the model, as far as this tool is concerned.

        A program reaches nothing outside its sandbox, so what it printed a moment ago does not keep the model from
        mending it; what one printed in an earlier turn counts.
        """
        now = set(self.heard_now) - (CODE if name in CODE else set())
        return bool((set(self.heard_before) | now) - OWN_WORDS)


def reason_to_ask(name: str, arguments: Mapping[str, Any], came: Provenance, run_python: RunPython) -> str:
    """One sentence why the learner must allow the call; "" when it may run.

    Args:
        name: the tool.
        arguments: what the model gave it.
        came: what the call may come from.
        run_python: the learner's setting for code.
    """
    if name in CODE and run_python == "ask":
        return SEE_CODE_FIRST
    if came.by_rule:
        return ""
    if not came.is_outside(name):
        return ""
    if name in GRADED:
        return "" if name == "check_prediction" and _may_predict(came) else NO_ANSWER
    if name in _ASKED:
        asks, sentence = _ASKED[name]
        return "" if asks(came.question) else f"{_OUTSIDE} {sentence}"
    if name == "add_paper":
        return _reason_to_add(arguments, came.question)
    return _reason_to_search(arguments, came) if name == "search_arxiv" else ""


def _may_predict(came: Provenance) -> bool:
    """Whether the message may be a prediction: it asks for nothing, and no text was read for it."""
    from agent.embedded.exercise_wish import is_question

    return not set(came.heard_now) - OWN_WORDS - GRADED and not is_question(came.question)


def _reason_to_add(arguments: Mapping[str, Any], question: str) -> str:
    wanted = _wanted(arguments)
    if not wanted or _is_named(wanted, question):
        return ""
    shown = wanted if isinstance(wanted, str) else f"arXiv {wanted}"
    return f"{_OUTSIDE} name {shown}; so adding it to your library is yours to decide."


def _reason_to_search(arguments: Mapping[str, Any], came: Provenance) -> str:
    """A search leaves this machine, so its words must be the learner's or the roadmap's, and the wish the learner's."""
    from agent.tools.forgiving import optional_text

    given = {name: optional_text(value) for name, value in arguments.items()}
    sent = " ".join(value for name, value in given.items() if not _says_nothing(name, value))
    if not words_beyond(sent, came.question):
        return ""
    if asks_for_papers(came.question) and not words_beyond(sent, came.question, came.public_text()):
        return ""
    return f"{_OUTSIDE} have the words that would be sent to arXiv; so asking it is yours to decide."


def _says_nothing(name: str, value: str) -> bool:
    """Whether an argument is one of the few values of its kind, in which nothing can be told."""
    shape = {"category": _CATEGORY, "since": _DATE}.get(name)
    return shape is not None and bool(shape.fullmatch(value))


def _wanted(arguments: Mapping[str, Any]) -> ArxivId | str:
    """What is to be added, by its id or as the model wrote it; "" when nothing is named."""
    from agent.tools.forgiving import optional_text
    from papers.arxiv_id import ArxivId

    named = " ".join(optional_text(arguments.get("arxiv_id")).split())[:NAME_CHARACTERS]
    try:
        return ArxivId.parse(named) if named else ""
    except ArxivError:
        return named


def _is_named(wanted: ArxivId | str, question: str) -> bool:
    """Whether the learner's message has the id, or the very words of the name."""
    from papers.arxiv_id import ArxivId

    if isinstance(wanted, str):
        return bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", question, re.IGNORECASE))
    return any(
        named.any_version == wanted.any_version and named.version in (None, wanted.version)
        for named in ArxivId.find_all(question)
    )
