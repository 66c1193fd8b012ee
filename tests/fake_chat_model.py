"""A chat model that says what is queued and keeps what it was asked.

Unlike LangChain's own fake it streams tool calls with empty content (that one raises "No generations found"),
and its `bind_tools` keeps the tools instead of raising.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

Reply = AIMessage | str | BaseException | Callable[[list[BaseMessage]], Any]


def calling(name: str, *, text: str = "", call_id: str = "", **arguments: Any) -> AIMessage:
    """A message that calls one tool."""
    identity = call_id or f"call_{name}_{abs(hash(str(arguments))) % 10**6}"
    return AIMessage(text, tool_calls=[{"name": name, "args": arguments, "id": identity}])


class FakeChatModel(BaseChatModel):
    replies: list[Any] = Field(default_factory=list)
    history: list[list[BaseMessage]] = Field(default_factory=list)
    bound_tools: list[list[str]] = Field(default_factory=list)
    delay_seconds: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "fake"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        self.bound_tools.append([tool.name for tool in tools])
        return self.bind(tools=tools, **kwargs)

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        self.history.append(list(messages))
        reply = self.replies.pop(0) if self.replies else "No more replies."
        if callable(reply):
            reply = reply(messages)
        if isinstance(reply, BaseException):
            raise reply
        return AIMessage(reply) if isinstance(reply, str) else reply

    def _generate(self, messages, stop=None, run_manager=None, **kwargs) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])


class StreamingChatModel(FakeChatModel):
    def _stream(self, messages, stop=None, run_manager=None, **kwargs) -> Iterator[ChatGenerationChunk]:
        raise NotImplementedError("used asynchronously only")

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs) -> AsyncIterator[ChatGenerationChunk]:
        message = self._next(messages)
        for piece in re.findall(r"\S+\s*|\s+", str(message.text)):
            await asyncio.sleep(self.delay_seconds)
            if piece.startswith("RAISE"):
                raise RuntimeError("the stream broke")
            yield ChatGenerationChunk(message=AIMessageChunk(piece))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                "",
                tool_calls=message.tool_calls,
                invalid_tool_calls=message.invalid_tool_calls,
                usage_metadata=message.usage_metadata,
                response_metadata=message.response_metadata,
                chunk_position="last",
            )
        )
