"""Keeps what is sent within the model's window, and says what was left out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.context import CHARACTERS_PER_TOKEN, Limits, TurnContext
from agent.context_receipt import context_notice
from agent.history import estimated_tokens, fitted

PROMPT_SHARE = 0.8
"""Share of the window that a prompt may take; the rest is left for the answer."""


class ContextWindow(AgentMiddleware[AgentState[Any], TurnContext]):
    """Sends the model the messages that fit. The conversation itself keeps all of them."""

    async def awrap_model_call(
        self,
        request: ModelRequest[TurnContext],
        handler: Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """The model's response to the messages that fit."""
        context = request.runtime.context
        system = [request.system_message] if request.system_message else []
        fixed = estimated_tokens(system) + _tool_tokens(request.tools)
        window = _window_tokens(request.model, context.limits)
        fit = fitted(request.messages, int(window * PROMPT_SHARE) - fixed)
        if fit.dropped_turns:
            context.notice("The oldest part of this conversation no longer fits the model's context window.")
        if fit.dropped_results:
            context.notice("Some search results were shortened because the model's context window was full.")
        response = await handler(request.override(messages=fit.messages))
        sent = fixed + estimated_tokens(fit.messages)
        for message in response.result:
            if isinstance(message, AIMessage):
                cut = context_notice(message, estimated_tokens=sent, context_tokens=window)
                if cut:
                    context.notice(cut)
        return response


def _window_tokens(model: BaseChatModel, limits: Limits) -> int:
    """The window that was asked for, or the model's own where that is smaller."""
    return min(limits.context_tokens, getattr(model, "num_ctx", None) or limits.context_tokens)


def _tool_tokens(tools: list[Any]) -> int:
    return int(sum(len(str(convert_to_openai_tool(tool))) for tool in tools) / CHARACTERS_PER_TOKEN)
