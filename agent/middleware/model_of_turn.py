"""Around each model call: the turn's own model answers, so that one compiled graph serves all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from agent.context import TurnContext

Handler = Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]]


class NoModel(BaseChatModel):
    """Stands where a graph is compiled, until a turn says which model answers."""

    @property
    def _llm_type(self) -> str:
        return "none"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise RuntimeError("The turn's context names no model.")


class ModelOfTurn(AgentMiddleware[AgentState[Any], TurnContext]):
    """The outermost one: what stands inside sees the model that will be asked."""

    async def awrap_model_call(self, request: ModelRequest[TurnContext], handler: Handler) -> ModelResponse[Any]:
        """The message of the context's model."""
        return await handler(request.override(model=request.runtime.context.model or request.model))
