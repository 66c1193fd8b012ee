"""Around each tool call: start and end as events, faults as messages the model can read."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.errors import GraphBubbleUp
from langgraph.types import Command

from agent.context import TurnContext
from agent.events import SHOWN_KINDS, ToolFinished, ToolStarted
from agent.history import counted_calls, current_turn
from agent.plan import PLAN_TOOL
from agent.tools.quoting import defused, fenced
from agent.tools.summary import summarise
from errors import LibraryError, StudyError

logger = logging.getLogger(__name__)

Handler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


class ToolFaults(AgentMiddleware[AgentState[Any], TurnContext]):
    """Runs a tool, or says why not: over the limit, unknown, wrong arguments, a known fault, a defect.

    Events go out as custom stream values, so they carry the true moments even when tools run in parallel.
    """

    async def awrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        """The tool's message; never an exception of the tool."""
        call = request.tool_call
        started = perf_counter()
        request.runtime.stream_writer(ToolStarted(str(call["id"]), call["name"], dict(call["args"])))
        answer = await _guarded(request, handler)
        _tell_end(request, answer, perf_counter() - started)
        return answer


def answered_without_running(request: ToolCallRequest, text: str) -> ToolMessage:
    """A message in place of the tool's, told to the learner as a failed step."""
    call = request.tool_call
    request.runtime.stream_writer(ToolStarted(str(call["id"]), call["name"], dict(call["args"])))
    message = _failed(request, text)
    _tell_end(request, message, 0.0)
    return message


def is_over_limit(request: ToolCallRequest) -> bool:
    """Whether so many calls stand before this one in the turn that it is not run; a plan counts as none."""
    context = cast("TurnContext", request.runtime.context)
    messages = current_turn(request.state["messages"])
    counted = [str(call["id"]) for call in counted_calls(messages)]
    call_id = str(request.tool_call["id"])
    if request.tool_call["name"] == PLAN_TOOL:
        return False
    place = counted.index(call_id) if call_id in counted else len(counted)
    return place >= context.limits.tool_calls


def _tell_end(request: ToolCallRequest, answer: ToolMessage | Command[Any], seconds: float) -> None:
    call = request.tool_call
    message = _message_of(answer)
    if message is not None:
        failed = message.status == "error"
        artifact = message.artifact if isinstance(message.artifact, dict) and not failed else {}
        summary = summarise(str(message.text), artifact, failed=failed)
        details = artifact if artifact.get("kind") in SHOWN_KINDS else {}
        request.runtime.stream_writer(ToolFinished(str(call["id"]), call["name"], summary, seconds, failed, details))


def _message_of(answer: ToolMessage | Command[Any]) -> ToolMessage | None:
    """The tool's message, also where it comes with other changes of the state."""
    if isinstance(answer, ToolMessage):
        return answer
    update = answer.update if isinstance(answer.update, dict) else {}
    return next((message for message in update.get("messages", ()) if isinstance(message, ToolMessage)), None)


async def _guarded(request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
    if is_over_limit(request):
        limit = cast("TurnContext", request.runtime.context).limits.tool_calls
        return _failed(request, f"The limit of {limit} tool calls is reached. Answer with what you have.")
    try:
        return await handler(request)
    except GraphBubbleUp:
        raise
    except StudyError as error:
        return _failed(request, _told(error))
    except Exception:
        logger.exception("The tool %s failed", request.tool_call["name"])
        return _failed(request, "The tool failed. Try it with other arguments, or answer without it.")


def _told(error: StudyError) -> str:
    """The fault for a model; what the library hints at are titles, which come from files."""
    if isinstance(error, LibraryError) and error.hint:
        return f"{defused(error.message)}\n{fenced(defused(error.hint))}"
    return defused(error.as_text())


def _failed(request: ToolCallRequest, text: str) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(text, name=call["name"], tool_call_id=str(call["id"]), status="error")
