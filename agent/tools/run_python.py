"""The tool that runs a program in the sandbox."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.python_runs import PythonRuns, switched_off
from agent.python_text import told_result
from agent.tools.arguments import RunPythonArguments


@tool("run_python", args_schema=RunPythonArguments, response_format="content_and_artifact")
async def run_python(code: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """Run Python (numpy, sympy, matplotlib; no files, no network). Variables last for the conversation."""
    context = runtime.context
    if context.run_python == "off":
        raise switched_off()
    artifact = await PythonRuns(context.python, context.figures, context.conversation_id).run(code)
    return told_result(artifact, context.limits.tool_result_characters), artifact
