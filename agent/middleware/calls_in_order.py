"""Around each tool call: parallel calls number their passages in the order of the calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.types import Command

from agent.context import TurnContext

Handler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]

NUMBERS_AT_ONCE = frozenset({"explain_paper", "compare_papers"})
"""Tools that number passages while they work: they begin when the numbering calls before them are over."""
NUMBERING = NUMBERS_AT_ONCE | {"search_library", "read_pages", "explain_equation"}
"""Tools that number passages; those not in `NUMBERS_AT_ONCE` wait by themselves, after their work."""


class CallsInOrder(AgentMiddleware[AgentState[Any], TurnContext]):
    """Tells the turn's `CallOrder` which calls run together, and when each is over."""

    async def awrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        """The tool's message."""
        context = cast("TurnContext", request.runtime.context)
        call_id = str(request.tool_call["id"])
        context.order.expect(_numbering_together(request, context.awaited))
        try:
            if request.tool_call["name"] in NUMBERS_AT_ONCE:
                await context.order.turn_of(call_id)
            return await handler(request)
        finally:
            context.order.is_over(call_id)


def _numbering_together(request: ToolCallRequest, awaited: Collection[str]) -> list[str]:
    """The numbering calls of the message that run now: on a resumed turn, only those that had waited."""
    call_id = str(request.tool_call["id"])
    answered: set[str] = set()
    for message in reversed(request.state["messages"]):
        if isinstance(message, ToolMessage):
            answered.add(message.tool_call_id)
        elif isinstance(message, AIMessage):
            ids = [str(call["id"]) for call in message.tool_calls]
            if call_id in ids:
                names = {str(call["id"]): call["name"] for call in message.tool_calls}
                resumed = any(one in awaited for one in ids)
                running = [one for one in ids if one not in answered and (not resumed or one in awaited)]
                return [one for one in running if names[one] in NUMBERING]
    return []
