"""Around each model call: a bounded number of them, and tool calls that are whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, SystemMessage

from agent.context import Limits, TurnContext
from agent.history import counted_calls, current_turn, text_of
from agent.prompt import load_prompt
from agent.refusal import REFUSAL

LIMIT_NOTICE = "The tutor reached its limit of steps for one question, so the answer may be incomplete."
LIMIT_ANSWER = (
    "I reached the limit of steps for one question before I had an answer. Could you ask for a smaller part of it?"
)

Handler = Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]]


class ModelCalls(AgentMiddleware[AgentState[Any], TurnContext]):
    """Makes the last allowed call an answer: the model is told so, and loses its tools if it goes on."""

    async def awrap_model_call(self, request: ModelRequest[TurnContext], handler: Handler) -> ModelResponse[Any]:
        """The model's message; on the last call of a turn always one without tool calls."""
        context = request.runtime.context
        reason = _spent(request, context.limits)
        if not reason:
            return _with_whole_calls(await handler(request))
        context.notice(LIMIT_NOTICE)
        last = request.override(system_message=_told_to_answer(request.system_message, reason))
        response = await handler(last)
        if _calls_tools(response):
            response = await handler(last.override(tools=[]))
        if _calls_tools(response):
            return ModelResponse(result=[AIMessage(text_of(response.result[0]).strip() or LIMIT_ANSWER)])
        return response


def _spent(request: ModelRequest[TurnContext], limits: Limits) -> str:
    """Why the turn must end with this call; empty while it may go on."""
    messages = current_turn(request.state["messages"])
    answers = [message for message in messages if isinstance(message, AIMessage)]
    if len(counted_calls(answers)) >= limits.tool_calls:
        return f"the limit of {limits.tool_calls} tool calls is reached"
    if len(answers) + 1 >= limits.model_calls:
        return f"the limit of {limits.model_calls} steps is reached"
    return ""


def _told_to_answer(system: SystemMessage | None, reason: str) -> SystemMessage:
    order = load_prompt("last_call", reason=reason, refusal=REFUSAL)
    return SystemMessage(f"{text_of(system)}\n\n{order}" if system else order)


def _calls_tools(response: ModelResponse[Any]) -> bool:
    return any(
        isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls)
        for message in response.result
    )


def _with_whole_calls(response: ModelResponse[Any]) -> ModelResponse[Any]:
    """The response with an id on each call, and calls whose arguments were cut turned into empty ones.

    The tool then answers such a call with what is missing, and the model tries again; left alone, it would
    end the turn without an answer.
    """
    for message in response.result:
        if isinstance(message, AIMessage):
            broken = message.invalid_tool_calls
            message.tool_calls.extend(
                {"name": call["name"] or "unknown", "args": {}, "id": call["id"], "type": "tool_call"}
                for call in broken
            )
            message.invalid_tool_calls = []
            for call in message.tool_calls:
                call["id"] = call["id"] or f"call_{uuid4().hex}"
    return response
