"""Around each tool call: start and end as events, faults as messages the model can read."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.errors import GraphBubbleUp
from langgraph.types import Command

from agent.context import TurnContext
from agent.events import ToolFinished, ToolStarted
from agent.history import current_turn
from agent.tools.summary import summarise
from errors import StudyError

logger = logging.getLogger(__name__)

Handler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


class ToolFaults(AgentMiddleware[AgentState[Any], TurnContext]):
    """Runs a tool, or says why not: over the limit, unknown, wrong arguments, a known fault, a defect.

    Events go out as custom stream values, so they carry the true moments even when tools run in parallel.
    """

    async def awrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        """The tool's message; never an exception of the tool."""
        call, write = request.tool_call, request.runtime.stream_writer
        call_id = str(call["id"])
        write(ToolStarted(call_id=call_id, name=call["name"], arguments=dict(call["args"])))
        started = perf_counter()
        message = await _guarded(request, handler)
        if isinstance(message, ToolMessage):
            failed = message.status == "error"
            summary = summarise(str(message.text), message.artifact, failed=failed)
            write(ToolFinished(call_id, call["name"], summary, perf_counter() - started, failed))
        return message


async def _guarded(request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
    context = cast("TurnContext", request.runtime.context)
    limit = context.limits.tool_calls
    if _place_in_turn(request.state["messages"], str(request.tool_call["id"])) >= limit:
        return _failed(request, f"The limit of {limit} tool calls is reached. Answer with what you have.")
    try:
        message = await handler(request)
    except GraphBubbleUp:
        raise
    except StudyError as error:
        return _failed(request, error.as_text())
    except Exception:
        logger.exception("The tool %s failed", request.tool_call["name"])
        return _failed(request, "The tool failed. Try it with other arguments, or answer without it.")
    return message


def _place_in_turn(messages: list[AnyMessage], call_id: str) -> int:
    """How many tool calls came before this one in the turn."""
    ids = [
        str(call["id"])
        for message in current_turn(messages)
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    ]
    return ids.index(call_id) if call_id in ids else len(ids)


def _failed(request: ToolCallRequest, text: str) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(text, name=call["name"], tool_call_id=str(call["id"]), status="error")
