"""The tools of study modes: begin one, give the learner's words to it, and plan the weeks ahead."""

from __future__ import annotations

from typing import Annotated, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool
from langgraph.types import Command
from pydantic import BaseModel, BeforeValidator, Field

from agent.context import TurnContext
from agent.cut_off import taken_before
from agent.study.modes import begin_mode, replied
from agent.study.plan_weeks import plan_text
from agent.study.state import studied, study_of
from agent.tools.answer_quiz import learner_said, told_again
from agent.tools.arguments import OptionalText, PageNumber, Text
from agent.tools.explain_paper import forgiving_level
from agent.tools.forgiving import forgiving_text
from errors import QuizError

_WORDS = {"socrat": "socratic", "teach": "teach-back", "walk": "walk-through", "explain": "explain"}


def forgiving_mode(value: Any) -> str:
    """The mode that a word names."""
    text = forgiving_text(value).casefold()
    return next((mode for word, mode in _WORDS.items() if word in text), text)


class StudyModeArguments(BaseModel):
    """Arguments of `study_mode`."""

    mode: Annotated[str, BeforeValidator(forgiving_mode)] = Field(
        default="explain",
        description="socratic (ask one question at a time), teach-back (the learner explains), walk-through (a paper "
        "section by section with checks), explain (a topic at a level).",
    )
    topic: OptionalText = Field(default="", description="A topic of the roadmap; for walk-through a paper.")
    level: Annotated[str, BeforeValidator(forgiving_level)] = Field(
        default="engineer", description="Of explain: newcomer, engineer or researcher."
    )


class StudyReplyArguments(BaseModel):
    """Arguments of `study_reply`."""

    said: Text = Field(default="", description="The learner's own words, unchanged.")


class StudyPlanArguments(BaseModel):
    """Arguments of `study_plan`."""

    weeks: PageNumber = Field(default=None, description="Number of weeks, 1 to 52.")
    topic: OptionalText = Field(default="", description="A topic to reach; empty for the whole roadmap.")


@tool("study_mode", args_schema=StudyModeArguments)
def study_mode(mode: str, topic: str, level: str, runtime: ToolRuntime[TurnContext, Any]) -> Command[Any]:
    """Begin a way to study that the learner asks for; their replies then go to it by themselves."""
    told = begin_mode(runtime.context, mode, topic, level)
    return studied(runtime, "study_mode", told.text, told.artifact, told.study)


@tool("study_reply", args_schema=StudyReplyArguments)
def study_reply(said: str, runtime: ToolRuntime[TurnContext, Any]) -> Command[Any]:
    """Give the learner's words to the open Socratic session or teach-back."""
    if known := taken_before(runtime.context, runtime.state["messages"], "study_reply"):
        return told_again(runtime, known)
    study = study_of(runtime.state)
    if study.get("mode") not in ("socratic", "teach-back"):
        raise QuizError("No lesson is open in this conversation.", hint="study_mode begins one.")
    told = replied(runtime.context, study, learner_said(runtime, "study_reply"))
    return studied(runtime, "study_reply", told.text, told.artifact, told.study)


@tool("study_plan", args_schema=StudyPlanArguments, response_format="content_and_artifact")
def study_plan(weeks: int | None, topic: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """A plan for so many weeks from the roadmap and what the learner has shown so far, as a table."""
    text = plan_text(runtime.context, weeks, topic)
    return text, {"kind": "study_plan", "text": text}
