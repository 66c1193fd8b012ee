"""The tool for equations outside the catalogue: a model's own draft, shown only when its check runs and passes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.history import current_turn
from agent.python_runs import PythonRuns, switched_off
from agent.python_text import told_result
from agent.tools.arguments import DraftEquationArguments, SymbolArguments
from errors import ExerciseError

MOST_TRIES = 2
"""Drafts of one turn: a third would be a guess."""
ERROR_CHARACTERS = 1500


@tool("draft_equation", args_schema=DraftEquationArguments, response_format="content_and_artifact")
async def draft_equation(
    latex: str,
    symbols: Sequence[SymbolArguments],
    property: str,  # the name that models are shown
    code: str,
    name: str,
    paper: str,
    runtime: ToolRuntime[TurnContext, Any],
) -> tuple[str, dict[str, Any]]:
    """Explain an equation that explain_equation does not have: your LaTeX, symbols, and a check that must pass."""
    context = runtime.context
    if _tries_before(runtime) >= MOST_TRIES:
        raise ExerciseError(
            f"{MOST_TRIES} drafts were tried in this turn.", hint="Answer without a check, from the passages."
        )
    _must_be_whole(latex, symbols, property, code)
    if context.run_python == "off":
        raise switched_off()
    check = await PythonRuns(context.python, context.figures, context.conversation_id).run_once(code)
    if check["status"] != "ok":
        raise ExerciseError(
            "The check of this draft did not pass, so the learner does not see it.",
            hint=told_result(check, ERROR_CHARACTERS),
        )
    artifact = {
        "kind": "equation",
        "equation": _values(latex, symbols, property, code, name, paper),
        "check": check,
        "drafted": True,
        "passages": [],
    }
    return (
        "The check ran and passed. The learner sees your draft, marked as not from the catalogue, with its code "
        f"and figures.\n{told_result(check, ERROR_CHARACTERS)}"
    ), artifact


def _tries_before(runtime: ToolRuntime[TurnContext, Any]) -> int:
    """How many drafts the model made in this turn before this call."""
    ids = [
        str(call["id"])
        for message in current_turn(runtime.state["messages"])
        if isinstance(message, AIMessage)
        for call in message.tool_calls
        if call["name"] == "draft_equation"
    ]
    return ids.index(str(runtime.tool_call_id)) if runtime.tool_call_id in ids else len(ids)


def _must_be_whole(latex: str, symbols: Sequence[SymbolArguments], stated: str, code: str) -> None:
    missing = [
        name
        for name, value in (("latex", latex), ("symbols", symbols), ("property", stated), ("code", code))
        if not value
    ]
    if missing:
        raise ExerciseError(f"The draft has no {', no '.join(missing)}.", hint="Send all of them.")
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExerciseError(f"The code is not Python: {error}.", hint="Send the whole program again.") from error
    if not any(isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant) for node in ast.walk(tree)):
        raise ExerciseError(
            "The code asserts nothing, so it could never fail.", hint="Assert the property, e.g. with np.allclose."
        )


def _values(
    latex: str, symbols: Sequence[SymbolArguments], stated: str, code: str, name: str, paper: str
) -> dict[str, Any]:
    """The draft in the form of `curriculum.equation_values.Equation.to_dict`."""
    return {
        "id": "",
        "paper_id": paper,
        "number": "",
        "name": name or "Drafted equation",
        "aliases": [],
        "page": 0,
        "section": "",
        "origin": "drafted",
        "why": "",
        "latex": latex.strip().strip("$").strip(),
        "shows": stated,
        "check": code,
        "symbols": [{**symbol.model_dump(), "domain": "", "unit": ""} for symbol in symbols],
        "parts": [],
        "reasons": [],
        "topic_ids": [],
    }
