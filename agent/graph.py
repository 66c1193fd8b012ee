"""The ReAct graph: one model, the tools its hands allow, and the middleware that keeps a turn bounded and whole."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agent.context import TurnContext
from agent.middleware.approval import Approval
from agent.middleware.calls_in_order import CallsInOrder
from agent.middleware.context_window import ContextWindow, window_tokens
from agent.middleware.model_calls import ModelCalls
from agent.middleware.model_of_turn import ModelOfTurn, NoModel
from agent.middleware.model_retries import ModelRetries
from agent.middleware.plan import Plan
from agent.middleware.study import StudyModes
from agent.middleware.tool_faults import ToolFaults
from agent.preferences import NO_PREFERENCES, Preferences, preferences_text
from agent.prompt import load_prompt
from agent.refusal import REFUSAL
from agent.tools.build import Offer, build_tools
from agent.tools.quoting import BEGIN, END

ROOMY_TOKENS = 12_000
"""Smallest window in which a plan and drafts of equations are offered: the two take a tenth of what a window of 8k
leaves beside the other tools, and the models that have no larger one do neither well; see docs/decisions/010."""


def system_prompt(preferences: Preferences = NO_PREFERENCES) -> str:
    """The instructions of the tutor, with how the learner wants things explained."""
    told = preferences_text(preferences)
    return load_prompt("system", refusal=REFUSAL, begin=BEGIN, end=END, preferences=told)


def graph_of(
    context: TurnContext, checkpointer: BaseCheckpointSaver[Any] | None
) -> CompiledStateGraph[Any, TurnContext, Any, Any]:
    """The graph for one turn; run it with that context, which has a model, and an explicit `recursion_limit`.

    Raises:
        ValueError: the context has no model.
    """
    if context.model is None:
        raise ValueError("The turn's context names no model.")
    is_roomy = window_tokens(context.model, context.limits) >= ROOMY_TOKENS
    compiled = _compiled(Offer.of(context, drafts=is_roomy), context.preferences, is_roomy=is_roomy)
    return compiled.copy(update={"checkpointer": checkpointer})


@lru_cache(maxsize=64)
def _compiled(
    offer: Offer, preferences: Preferences, *, is_roomy: bool
) -> CompiledStateGraph[Any, TurnContext, Any, Any]:
    """A graph that is compiled once for all turns that are offered the same: that takes longer than a search.

    The first middleware is the outermost: a call waits for its place in the order, then for the learner's yes,
    and is told as begun only when it may run; a plan's text is in the prompt before the prompt is measured.
    None of them keeps anything of a turn.
    """
    middleware: list[AgentMiddleware[Any, TurnContext, Any]] = [
        ModelOfTurn(),
        ModelCalls(),
        CallsInOrder(),
        Approval(),
        ToolFaults(),
        *([StudyModes(is_roomy=is_roomy)] if offer.desk else []),
        *([Plan()] if is_roomy else []),
        ContextWindow(),
        ModelRetries(),
    ]
    return create_agent(
        NoModel(),
        build_tools(offer),
        system_prompt=system_prompt(preferences),
        middleware=middleware,
        context_schema=TurnContext,
        name="tutor",
    )
