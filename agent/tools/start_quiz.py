"""The tool that begins a quiz, an exam or a review."""

from __future__ import annotations

from typing import Annotated, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool
from langgraph.types import Command
from pydantic import BaseModel, BeforeValidator, Field

from agent.context import TurnContext
from agent.study.begin import begin_quiz
from agent.study.request import QuizRequest
from agent.study.state import studied
from agent.tools.arguments import OptionalText, PageNumber
from agent.tools.forgiving import forgiving_text
from curriculum.question_values import DIFFICULTIES, KINDS

_MODES = ("practice", "exam", "review", "resume")


def forgiving_flag(value: Any) -> bool:
    """Yes or no out of what models send."""
    return forgiving_text(value).casefold() in {"true", "yes", "1", "y"}


Flag = Annotated[bool, BeforeValidator(forgiving_flag)]


class StartQuizArguments(BaseModel):
    """Arguments of `start_quiz`."""

    topic: OptionalText = Field(default="", description="A topic, paper or document.")
    count: PageNumber = Field(default=None, description="Number of questions.")
    difficulty: OptionalText = Field(default="", description="easy, medium or hard.")
    mode: OptionalText = Field(default="practice", description="practice, exam, review (of what is due) or resume.")
    minutes: PageNumber = Field(default=None, description="Time of an exam.")
    kinds: OptionalText = Field(default="", description="E.g. choice, true-false, short, numeric.")
    own_documents: Flag = Field(default=False, description="From the learner's own documents.")
    generate: Flag = Field(default=False, description="New questions instead of the bank's.")


@tool("start_quiz", args_schema=StartQuizArguments)
def start_quiz(
    topic: str,
    count: int | None,
    difficulty: str,
    mode: str,
    minutes: int | None,
    kinds: str,
    own_documents: bool,
    generate: bool,
    runtime: ToolRuntime[TurnContext, Any],
) -> Command[Any]:
    """Begin a quiz when the learner asks for one. Its questions are shown one at a time."""
    asked = mode.casefold() if mode.casefold() in _MODES else "practice"
    request = QuizRequest(
        topic=topic,
        count=count,
        difficulty=next((one for one in DIFFICULTIES if one == difficulty.casefold()), None),
        kinds=tuple(kind for kind in KINDS if kind in [part.strip() for part in kinds.casefold().split(",")]),
        mode="exam" if asked == "exam" else "review" if asked == "review" else "practice",
        minutes=minutes if asked == "exam" else None,
        own=own_documents,
        generate=generate,
        resume=asked == "resume",
    )
    told = begin_quiz(runtime.context, request, runtime.context.writer)
    return studied(runtime, "start_quiz", told.text, told.artifact, told.study)
