"""Around each model call: it is made again when its server failed before it said anything."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk

from agent.context import TurnContext
from agent.llm import explain_model_fault
from agent.retries import Retries

logger = logging.getLogger(__name__)

Handler = Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]]


class ModelRetries(AgentMiddleware[AgentState[Any], TurnContext]):
    """The innermost one: one call is repeated, and no tool that ran before it."""

    async def awrap_model_call(self, request: ModelRequest[TurnContext], handler: Handler) -> ModelResponse[Any]:
        """The model's message, of whichever try it came."""
        retries = request.runtime.context.retries
        if retries is None:
            return await handler(request)
        try:
            return await retries.call(lambda: handler(request), tell=request.runtime.stream_writer)
        except Exception as error:
            fault = explain_model_fault(error, retries.model_name)
            if fault is None or fault is error:
                raise
            # The graph writes what is raised into its memory, and a server's own words may repeat the key.
            logger.info("The model %s failed: %r", retries.model_name, error)
            raise fault from error


class FirstPiece(AsyncCallbackHandler):
    """Tells `retries` that an answer has begun, before any reader of the graph's stream can see it."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries

    async def on_llm_new_token(
        self,
        token: str | list[str | dict[str, Any]],
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        **details: Any,
    ) -> None:
        """A piece came; one without text, thought or call (the head of a stream) is no beginning."""
        message = getattr(chunk, "message", None)
        has_more = isinstance(message, AIMessageChunk) and bool(
            message.tool_call_chunks or message.additional_kwargs.get("reasoning_content")
        )
        if token or has_more:
            self._retries.has_begun = True
