"""A chat model that takes no time, so that what is measured is everything else: it searches once, then says words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

FIRST_WORD = "Heard"
"""With it every answer begins, and no question holds it."""
TOKEN = re.compile(r"\btoken[0-9a-f]{12}\b")
"""What marks the one who asks; the answer says it again."""
WORDS = "The passage that was found says so, and it says it here in words enough to fill a line or two. [1] "


class QuickModel(BaseChatModel):
    """Calls `search_library` with the question, then streams an answer that repeats the question's token."""

    repeats: int = 2
    """How often the words are said."""
    rest_seconds: float = 0.0
    """Between two words, once the first is out."""

    @property
    def _llm_type(self) -> str:
        return "quick"

    def bind_tools(self, tools: Any, **options: Any) -> Any:
        """Itself: what it calls does not depend on what it is offered."""
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        text, calls = self._reply(messages)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text, tool_calls=calls))])

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        text, calls = self._reply(messages)
        if calls:
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_calls=calls, chunk_position="last"))
            return
        words = text.split(" ")
        for place, word in enumerate(words):
            if place + 1 == len(words):
                piece = AIMessageChunk(content=word, chunk_position="last")
            else:
                piece = AIMessageChunk(content=f"{word} ")
            yield ChatGenerationChunk(message=piece)
            await asyncio.sleep(self.rest_seconds)

    def _reply(self, messages: list[BaseMessage]) -> tuple[str, list[Any]]:
        """Text, and calls of tools."""
        last = max(place for place, message in enumerate(messages) if isinstance(message, HumanMessage))
        question = str(messages[last].text)
        if not any(isinstance(message, ToolMessage) for message in messages[last:]):
            call = {"name": "search_library", "args": {"query": question}, "id": f"call_{uuid4().hex}"}
            return "", [call]
        token = TOKEN.search(question)
        return f"{FIRST_WORD} {token.group() if token else 'nothing'}. {WORDS * self.repeats}".strip(), []
