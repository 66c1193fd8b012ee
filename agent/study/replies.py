"""Which tool a learner's message goes to while a quiz or lesson is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.context import TurnContext
from agent.study.forced import LESSON_TOOLS, QUIZ_TOOLS
from agent.study.reply import read_reply
from agent.study.state import Study
from errors import StudyError

LESSONS = ("socratic", "teach-back")
OWN_TOOLS: Mapping[str, tuple[str, ...]] = {
    "quiz": QUIZ_TOOLS,
    "walk-through": QUIZ_TOOLS,
    **dict.fromkeys(LESSONS, LESSON_TOOLS),
}
"""Mode to the tools that are offered only while it is open."""
MODES: Mapping[str, str] = {
    "quiz": "quiz",
    "walk-through": "paper walk-through",
    "socratic": "Socratic session",
    "teach-back": "teach-back",
}

Call = tuple[str, dict[str, Any]]


def is_open(study: Study) -> bool:
    """Whether something waits for the learner's reply."""
    return bool(study.get("mode"))


def forced_call(context: TurnContext, study: Study, said: str) -> Call | None:
    """The tool and arguments that a message asks for; None when it is about something else."""
    if study.get("mode") in LESSONS:
        from agent.study.modes import is_reply

        return ("study_reply", {"said": said}) if is_reply(study, said) else None
    if context.desk is None or "quiz_id" not in study:
        return None
    return _quiz_call(context, study, said)


def _quiz_call(context: TurnContext, study: Study, said: str) -> Call | None:
    from agent.tools.answer_quiz import shown_open

    try:
        shown = shown_open(context, study)
    except StudyError as error:  # a record that cannot be read must not end every turn
        context.notice(error.as_text())
        return None
    reply = read_reply(said, shown)
    match reply.act:
        case "why":
            return "explain_answer", {"remark": ""}
        case "grade":
            return "grade_answer", {"outcome": reply.outcome}
        case _ if not is_open(study):
            return None
        case "hint":
            return "quiz_hint", {"remark": ""}
        case "stop":
            return "end_quiz", {"remark": ""}
        case "other":
            return None
        case _:
            return "answer_quiz", {"answer": said}
