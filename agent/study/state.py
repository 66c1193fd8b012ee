"""What a conversation is in the middle of: a field of the graph's state, kept by its checkpoints."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentState
from langchain.tools import ToolRuntime
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from agent.context import TurnContext

Study = dict[str, Any]
"""Plain values: `mode` (quiz, socratic, teach-back, walk-through; absent when nothing is open) and what it needs."""


def newest(before: Study | None, after: Study | None) -> Study:
    """The later of two updates: parallel calls may both write."""
    return after if after is not None else before or {}


class StudyState(AgentState[Any]):
    """The graph's state with the study mode of the conversation."""

    study: Annotated[NotRequired[Study], newest]


def study_of(state: Any) -> Study:
    """The conversation's study mode; empty when none is open."""
    held = state.get("study") if isinstance(state, dict) else None
    return dict(held) if isinstance(held, dict) else {}


def studied(
    runtime: ToolRuntime[TurnContext, Any], name: str, text: str, artifact: dict[str, Any], study: Study | None
) -> Command[Any]:
    """A tool's result together with the new state; the state stays as it is for None."""
    message = ToolMessage(text, name=name, tool_call_id=str(runtime.tool_call_id), artifact=artifact)
    update: dict[str, Any] = {"messages": [message]}
    if study is not None:
        update["study"] = study
    return Command(update=update)
