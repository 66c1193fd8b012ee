"""The tools of a quiz that is open: the learner's answer, a hint, why an answer was wrong, the end.

The middleware `StudyModes` calls them with the learner's own words. `grade_answer` is never offered to a model: only
the learner may grade themselves.
"""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.types import Command
from pydantic import BaseModel, Field

from agent.context import TurnContext
from agent.cut_off import taken_before
from agent.history import current_turn, text_of
from agent.study import quiz_turns
from agent.study.point_judge import JudgePoints, judged_by
from agent.study.quiz_turns import Told, desk_of
from agent.study.reply import read_reply
from agent.study.shown import shown_question
from agent.study.state import Study, studied, study_of
from agent.tools.arguments import OptionalText, Text
from curriculum.question_values import QuestionId
from errors import QuizError


class AnswerQuizArguments(BaseModel):
    """Arguments of `answer_quiz`."""

    answer: Text = Field(default="", description="The learner's own words, unchanged.")


class NothingArguments(BaseModel):
    """Arguments of a tool that needs none: never none at all, or LangChain would leave out the tool's runtime."""

    remark: OptionalText = Field(default="", description="Leave it empty.")


class GradeArguments(BaseModel):
    """Arguments of `grade_answer`."""

    outcome: float = Field(default=1.0, description="0 to 1.")


@tool("answer_quiz", args_schema=AnswerQuizArguments)
def answer_quiz(answer: str, runtime: ToolRuntime[TurnContext, Any]) -> Command[Any]:
    """Give the learner's answer to the open question; it is graded by its key, and the next question comes."""
    if known := taken_before(runtime.context, runtime.state["messages"], "answer_quiz"):
        return told_again(runtime, known)
    study, writer = open_study(runtime), runtime.context.writer
    judge = None if writer is None else judged_by(writer)
    told = told_reply(runtime.context, study, learner_said(runtime, "answer_quiz"), judge)
    return studied(runtime, "answer_quiz", told.text, told.artifact, told.study)


@tool("quiz_hint", args_schema=NothingArguments)
def quiz_hint(remark: str, runtime: ToolRuntime[TurnContext, Any]) -> Command[Any]:
    """Give the open question's hint."""
    told = quiz_turns.hinted(runtime.context, open_study(runtime))
    return studied(runtime, "quiz_hint", told.text, told.artifact, told.study)


@tool("explain_answer", args_schema=NothingArguments)
def explain_answer(remark: str, runtime: ToolRuntime[TurnContext, Any]) -> Command[Any]:
    """Tell why the learner's last answer in the quiz was right or wrong, with its source."""
    study = study_of(runtime.state)
    if "quiz_id" not in study:
        raise QuizError("No quiz was taken in this conversation.", hint="start_quiz begins one.")
    told = quiz_turns.explained(runtime.context, study)
    return studied(runtime, "explain_answer", told.text, told.artifact, told.study)


@tool("end_quiz", args_schema=NothingArguments)
def end_quiz(remark: str, runtime: ToolRuntime[TurnContext, Any]) -> Command[Any]:
    """End the quiz when the learner wants to stop, and tell how it went."""
    told = quiz_turns.ended(runtime.context, open_study(runtime))
    return studied(runtime, "end_quiz", told.text, told.artifact, told.study)


@tool("grade_answer", args_schema=GradeArguments)
def grade_answer(outcome: float, runtime: ToolRuntime[TurnContext, Any]) -> Command[Any]:
    """Take the learner's own grade of their last answer."""
    study = study_of(runtime.state)
    reply = read_reply(learner_said(runtime, "grade_answer"), None)
    if "quiz_id" not in study or reply.act != "grade":
        raise QuizError("Only the learner grades an answer again.", hint="They say: count it as right.")
    told = quiz_turns.graded_by_learner(runtime.context, study, reply.outcome)
    return studied(runtime, "grade_answer", told.text, told.artifact, told.study)


def told_again(runtime: ToolRuntime[TurnContext, Any], known: ToolMessage) -> Command[Any]:
    """The result that a cut-off turn had, once more; the state has gone on already."""
    return studied(runtime, str(known.name), text_of(known), known.artifact or {}, None)


def learner_said(runtime: ToolRuntime[TurnContext, Any], name: str) -> str:
    """The learner's own message, whatever a model gave as the answer: only the learner answers and grades.

    Raises:
        QuizError: this turn's message was taken already.
    """
    turn = current_turn(runtime.state["messages"])
    if any(isinstance(one, ToolMessage) and one.name == name for one in turn):
        raise QuizError("This message was taken as an answer already.", hint="Wait for the learner's next one.")
    return text_of(turn[0]) if turn and isinstance(turn[0], HumanMessage) else ""


def open_study(runtime: ToolRuntime[TurnContext, Any]) -> Study:
    """The conversation's open quiz.

    Raises:
        QuizError: none is open.
    """
    study = study_of(runtime.state)
    if not study.get("mode") or "quiz_id" not in study:
        raise QuizError("No quiz is open in this conversation.", hint="start_quiz begins one.")
    return study


def told_reply(context: TurnContext, study: Study, said: str, judge: JudgePoints | None = None) -> Told:
    """What comes of the learner's words about the open question."""
    reply = read_reply(said, shown_open(context, study))
    match reply.act:
        case "answer" | "skip":
            return quiz_turns.answered(context, study, reply, judge)
        case "confidence":
            return quiz_turns.sure(context, study, reply)
        case "hint":
            return quiz_turns.hinted(context, study)
        case "stop":
            return quiz_turns.ended(context, study)
        case _:
            return quiz_turns.again(context, study, reply.problem or "That is no answer I can read.")


def shown_open(context: TurnContext, study: Study) -> dict[str, Any] | None:
    """The open question without its key; None when none is open."""
    if not study.get("question_id") or not study.get("mode"):
        return None
    question = desk_of(context).questions().get(QuestionId(str(study["question_id"])))
    return None if question is None else shown_question(question, 1, 1)
