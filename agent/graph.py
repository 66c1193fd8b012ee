"""The ReAct graph: one model, four tools, and the middleware that keeps a turn bounded and whole."""

from __future__ import annotations

from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agent.context import TurnContext
from agent.middleware.context_window import ContextWindow
from agent.middleware.model_calls import ModelCalls
from agent.middleware.tool_faults import ToolFaults
from agent.prompt import load_prompt
from agent.refusal import REFUSAL
from agent.tools import build_tools
from agent.tools.quoting import BEGIN, END


def system_prompt() -> str:
    """The instructions of the tutor."""
    return load_prompt("system", refusal=REFUSAL, begin=BEGIN, end=END)


def build_graph(
    model: BaseChatModel, checkpointer: BaseCheckpointSaver[Any] | None = None
) -> CompiledStateGraph[Any, TurnContext, Any, Any]:
    """The compiled graph; run it with `context=TurnContext(…)` and an explicit `recursion_limit`."""
    return create_agent(
        model,
        build_tools(),
        system_prompt=system_prompt(),
        middleware=[ModelCalls(), ContextWindow(), ToolFaults()],
        context_schema=TurnContext,
        checkpointer=checkpointer,
        name="tutor",
    )
