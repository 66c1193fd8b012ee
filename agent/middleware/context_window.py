"""Keeps what is sent within the model's window: old turns become a summary, and the learner is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import (
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    PrivateStateAttr,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, SystemMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.types import Command

from agent.context import CHARACTERS_PER_TOKEN, Limits, TurnContext
from agent.context_receipt import context_notice
from agent.earlier import Earlier, earlier_of, summary_characters, with_turns
from agent.history import Fitted, current_turn, estimated_tokens, first_turns, fitted, text_of
from errors import QuestionError

PROMPT_SHARE = 0.8
"""Share of the window that a prompt may take; the rest is left for the answer."""
ANSWER_TOKENS = 256
"""Least room that a question must leave for the answer."""
SUMMARISED_SHARE = 0.75
"""Of the prompt's share so much is filled again after a summary, so that not every turn needs a new one."""
SUMMARY_NOTICE = (
    "The oldest part of this conversation no longer fits the model's context window; the model reads a summary of it."
)
SHORTENED_NOTICE = "Some search results were shortened because the model's context window was full."

Response = ModelResponse[Any] | ExtendedModelResponse[Any]


class WindowState(AgentState[Any]):
    """The graph's state with the summary of what no longer fits."""

    earlier: Annotated[NotRequired[dict[str, str]], PrivateStateAttr]


class ContextWindow(AgentMiddleware[WindowState, TurnContext]):
    """Sends the model the messages that fit. The conversation itself keeps all of them."""

    state_schema = WindowState

    async def awrap_model_call(
        self,
        request: ModelRequest[TurnContext],
        handler: Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]],
    ) -> Response:
        """The model's response to the messages that fit."""
        context = request.runtime.context
        system = text_of(request.system_message) if request.system_message else ""
        window = window_tokens(request.model, context.limits)
        fixed = estimated_tokens([SystemMessage(system)]) + _tool_tokens(request.tools)
        budget = int(window * PROMPT_SHARE) - fixed
        _refuse_if_too_long(current_turn(request.messages)[0], fixed, window)
        before = earlier_of(request.state.get("earlier"), request.messages)
        earlier, fit = await _fitted(request, before, budget, window)
        if fit.dropped_results:
            context.notice(SHORTENED_NOTICE)
        told = SystemMessage(system + earlier.told()) if system or earlier.text else None
        response = await handler(request.override(messages=fit.messages, system_message=told))
        sent = fixed + _tokens(earlier) + estimated_tokens(fit.messages)
        for message in response.result:
            if isinstance(message, AIMessage):
                cut = context_notice(message, estimated_tokens=sent, context_tokens=window)
                if cut:
                    context.notice(cut)
        if earlier == before:
            return response
        return ExtendedModelResponse(response, Command(update={"earlier": earlier.values()}))


def _refuse_if_too_long(question: AnyMessage, fixed_tokens: int, window: int) -> None:
    """Say so when a question leaves no room for its answer: the model's server would cut it without a word.

    Where the instructions alone fill a small window, a short question is asked all the same, with a notice.

    Raises:
        QuestionError: it does.
    """
    tokens = estimated_tokens([question])
    room = max(window - fixed_tokens - ANSWER_TOKENS, window // 4)
    if tokens > room:
        raise QuestionError(
            f"The question takes about {tokens:,} tokens; the model reads {window:,}, and {room:,} of these are left "
            "beside its instructions.",
            hint="Shorten it, add the text to the library and ask about it, or raise STUDY_CONTEXT_TOKENS.",
        )


async def _fitted(
    request: ModelRequest[TurnContext], earlier: Earlier, budget_tokens: int, window: int
) -> tuple[Earlier, Fitted]:
    """The summary and the messages to send; turns that do not fit go into the summary."""
    messages: list[AnyMessage] = earlier.rest(request.messages)
    fit = fitted(messages, budget_tokens - _tokens(earlier))
    if not fit.dropped_turns:
        return earlier, fit
    context = request.runtime.context
    reserved = int(summary_characters(window) / CHARACTERS_PER_TOKEN)
    dropped = fitted(messages, int(budget_tokens * SUMMARISED_SHARE) - reserved).dropped_turns
    is_first = SUMMARY_NOTICE not in context.notices
    writer = context.writer if is_first else None
    context.notice(SUMMARY_NOTICE)
    earlier = await with_turns(earlier, first_turns(messages, dropped), writer, window)
    return earlier, fitted(earlier.rest(request.messages), budget_tokens - _tokens(earlier))


def _tokens(earlier: Earlier) -> int:
    return int(len(earlier.told()) / CHARACTERS_PER_TOKEN) + 1


def window_tokens(model: BaseChatModel, limits: Limits) -> int:
    """The window that was asked for, or the model's own where that is smaller."""
    return min(limits.context_tokens, getattr(model, "num_ctx", None) or limits.context_tokens)


def _tool_tokens(tools: list[Any]) -> int:
    return int(sum(len(str(convert_to_openai_tool(tool))) for tool in tools) / CHARACTERS_PER_TOKEN)
