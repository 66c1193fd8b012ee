"""The tool that runs an exercise's program, compares it with what the learner predicted, and keeps the evidence."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from agent.context import TurnContext
from agent.cut_off import taken_before
from agent.history import current_turn, text_of
from agent.python_runs import PythonRuns, not_run, switched_off
from agent.python_text import told_result
from agent.tools.arguments import OptionalText, Text
from agent.tools.predict_output import given_exercises, open_exercise, opened_by
from errors import ExerciseError, StudyError

if TYPE_CHECKING:
    from curriculum.prediction_values import Prediction
    from learner.prediction import Comparison

RESULT_CHARACTERS = 2000
_SKIPS = re.compile(
    r"(?:skip(?: it| this)?(?: one| exercise)?|pass|show (?:me|the (?:answer|output|solution))"
    r"|show me the (?:answer|output|solution|result)|(?:what(?:'s| is) )?the (?:answer|solution)"
    r"|tell me(?: the answer)?|run it|reveal(?: it)?|\?+)",
    re.IGNORECASE,
)
_SIGN = re.compile(r"\w+|[^\w\s]")
_KNOWS_NOT = re.compile(
    r"(?:(?:i )?(?:do ?n[o'’]?t|dont) know|dunno|no idea|idk|(?:i )?give up|(?:i'?m )?not sure|no clue)", re.IGNORECASE
)


def skips(prediction: str) -> bool:
    """Whether the learner passes an exercise by, which says nothing about what they know."""
    return bool(_SKIPS.fullmatch(" ".join(prediction.split()).strip(" .!")))


def knows_not(prediction: str) -> bool:
    """Whether the learner says that they do not know."""
    return bool(_KNOWS_NOT.fullmatch(" ".join(prediction.split()).strip(" .!")))


class CheckPredictionArguments(BaseModel):
    """Arguments of `check_prediction`."""

    exercise: OptionalText = Field(default="", description="The exercise's id; empty for the one that is open.")
    prediction: Text = Field(default="", description="What the learner says it prints, in their own words.")


@tool("check_prediction", args_schema=CheckPredictionArguments, response_format="content_and_artifact")
async def check_prediction(
    exercise: str, prediction: str, runtime: ToolRuntime[TurnContext, Any]
) -> tuple[str, dict[str, Any]]:
    """Run the open exercise, compare its output with the learner's prediction, and say where they differ."""
    from curriculum.predictions import find_prediction

    if known := taken_before(runtime.context, runtime.state["messages"], "check_prediction"):
        return text_of(known), known.artifact or {}
    identity = exercise or open_exercise(runtime.state["messages"])
    if not identity:
        raise ExerciseError("No exercise is open.", hint="predict_output gives one.")
    found = find_prediction(identity)
    _must_be_said(identity, prediction, runtime)
    run = await _run(found, runtime.context)
    found = _as_it_ran(found, run)
    result = _compared(found, prediction)
    recorded = _record(found, prediction, result, runtime)
    artifact = {"kind": "exercise_result", "exercise_id": found.id, **result, "recorded": recorded, "run": run}
    return _told(found, artifact), artifact


def _must_be_said(identity: str, prediction: str, runtime: ToolRuntime[TurnContext, Any]) -> None:
    """Only the learner predicts, in their own message, what they were shown before it.

    Raises:
        ExerciseError: a model predicts in their place.
    """
    turn = current_turn(runtime.state["messages"])
    before = runtime.state["messages"][: len(runtime.state["messages"]) - len(turn)]
    if identity not in given_exercises(before):
        raise ExerciseError(
            "The learner was not shown this exercise yet.", hint="predict_output gives one; wait for their message."
        )
    said = text_of(turn[0]) if turn and isinstance(turn[0], HumanMessage) else ""
    if Counter(_signs(prediction)) - Counter(_signs(said)):
        raise ExerciseError("The learner did not say that.", hint="Give their own words, unchanged.")


def _signs(text: str) -> list[str]:
    """Words, numbers and single signs, without white space."""
    return _SIGN.findall(text.casefold())


async def _run(found: Prediction, context: TurnContext) -> dict[str, Any]:
    """The run of the exercise in a session of its own; without a sandbox a note that its known output stands in."""
    try:
        if context.run_python == "off":
            raise switched_off()
        return await PythonRuns(context.python, context.figures, context.conversation_id).run_once(found.code)
    except StudyError as error:
        reason = f"It was not run here; this is the output it had when the exercise was made. {error.as_text()}"
        return not_run(found.code, reason)


def _as_it_ran(found: Prediction, run: dict[str, Any]) -> Prediction:
    """The exercise with the output that the learner sees, where the run came to its end."""
    from curriculum.prediction_values import shown_output

    if run["status"] not in ("ok", "error"):
        return found
    shown = shown_output(run["text"], run["value"], run["error"])
    return replace(found, expected=shown) if shown.strip() else found


def _compared(found: Prediction, prediction: str) -> dict[str, Any]:
    """Outcome, verdict and difference as plain values; a pass is compared with nothing."""
    values: dict[str, Any] = {"given": prediction, "expected": found.expected, "explanation": found.explanation}
    if skips(prediction):
        return {**values, "outcome": 0.0, "verdict": "skipped", "differences": "", "misconception": ""}
    from learner.prediction import compare

    comparison: Comparison = compare(prediction, found)
    return {
        **values,
        "outcome": comparison.outcome,
        "verdict": comparison.verdict,
        "differences": comparison.differences,
        "misconception": comparison.misconception,
    }


def _attempt(identity: str, prediction: str, runtime: ToolRuntime[TurnContext, Any]) -> str:
    """Names the attempt: the same words for the same giving of the exercise are one, also when a call is repeated.

    A process may end between keeping the attempt and remembering the call.
    """
    given = opened_by(runtime.state["messages"], identity)
    if not given:
        return str(runtime.tool_call_id)
    return f"{given}:{sha256(' '.join(prediction.split()).encode()).hexdigest()[:16]}"


def _record(found: Prediction, prediction: str, result: dict[str, Any], runtime: ToolRuntime[TurnContext, Any]) -> bool:
    """Keep what the answer shows; False when there is nothing to keep, or no record to keep it in."""
    from learner.values import Evidence

    context = runtime.context
    if context.learner is None or skips(prediction):
        return False
    evidence = Evidence(
        key=f"{context.conversation_id}:{found.id}:{_attempt(found.id, prediction, runtime)}",
        kind="prediction",
        item_id=found.id,
        topic_ids=tuple(found.topic_ids),
        outcome=float(result["outcome"]),
        given=prediction,
        expected=found.expected,
        conversation_id=context.conversation_id,
        at=datetime.now(UTC),
        details={"verdict": result["verdict"], "level": found.level, "misconception": result["misconception"]},
    )
    try:
        context.learner.record(evidence)
    except StudyError as error:
        context.notice(f"This answer was not kept: {error.as_text()}")
        return False
    return True


def _told(found: Prediction, artifact: dict[str, Any]) -> str:
    lines = [
        f"Exercise {found.id}. Verdict: {artifact['verdict']}.",
        str(artifact["differences"]),
        str(artifact["misconception"]),
        f"It prints:\n{found.expected}",
        f"Why: {found.explanation}",
        told_result(artifact["run"], RESULT_CHARACTERS),
        "Tell the learner where their prediction differs and why, in two or three sentences.",
    ]
    return "\n".join(line for line in lines if line.strip())
