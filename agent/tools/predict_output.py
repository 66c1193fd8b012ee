"""The tool that shows a program whose output the learner is to predict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from agent.context import TurnContext
from agent.history import INTERRUPTED_TURN, text_of
from agent.tools.arguments import OptionalText

HISTORY = 1000
"""So many of the learner's last predictions are looked at, to give something new."""


class PredictOutputArguments(BaseModel):
    """Arguments of `predict_output`."""

    topic: OptionalText = Field(default="", description="What the exercise should be about; empty for anything.")


@tool("predict_output", args_schema=PredictOutputArguments, response_format="content_and_artifact")
def predict_output(topic: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """Give the learner a short program whose output they predict before it runs. Wait for their prediction."""
    from curriculum.predictions import choose_prediction, load_predictions

    learner = runtime.context.learner
    recorded = [one.item_id for one in learner.evidence(kind="prediction", limit=HISTORY)] if learner else []
    done = [*given_exercises(runtime.state["messages"]), *recorded]
    prediction = choose_prediction(load_predictions(), topic=topic, done=done)
    exercise = prediction.to_dict()
    text = (
        f"Exercise {prediction.id}: {prediction.title}\n{prediction.prompt}\n```python\n{prediction.code}```\n"
        "Show the learner the code and the question, not the output, and wait; give their next message to "
        "check_prediction."
    )
    return text, {"kind": "exercise", "exercise": exercise, "topic": topic}


def exercises_in(messages: Sequence[AnyMessage]) -> Iterable[tuple[str, str]]:
    """Kind and id of each exercise and each result in the conversation, the newest first."""
    for message in reversed(messages):
        artifact = getattr(message, "artifact", None)
        match artifact:
            case {"kind": "exercise", "exercise": {"id": str(identity)}}:
                yield "exercise", identity
            case {"kind": "exercise_result", "exercise_id": str(identity)}:
                yield "exercise_result", identity


def given_exercises(messages: Sequence[AnyMessage]) -> list[str]:
    """Ids of the exercises that the conversation has shown, the newest first."""
    return [identity for kind, identity in exercises_in(messages) if kind == "exercise"]


def opened_by(messages: Sequence[AnyMessage], identity: str) -> str:
    """The id of the call that gave the exercise last; empty when it was not given in this conversation."""
    for message in reversed(messages):
        match getattr(message, "artifact", None):
            case {"kind": "exercise", "exercise": {"id": given}} if given == identity:
                return str(getattr(message, "tool_call_id", ""))
    return ""


def open_exercise(messages: Sequence[AnyMessage]) -> str:
    """Id of the exercise that was given last and not answered; empty when none is open.

    One whose result was cut off before it was told is open still.
    """
    told = True
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            told = True
        elif isinstance(message, AIMessage) and text_of(message) == INTERRUPTED_TURN:
            told = False
        for kind, identity in exercises_in([message]):
            return "" if kind == "exercise_result" and told else identity
    return ""
