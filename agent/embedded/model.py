"""The chat model that is there when nothing else is: rules instead of weights, the same graph and tools."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from agent.embedded import compose
from agent.embedded.evidence import Embed, Rarity
from agent.embedded.levelled import at_level
from agent.embedded.lore import Lore
from agent.embedded.plan import brings_paper, make_plan, subject_of
from agent.embedded.quiz_wish import told_text
from agent.embedded.turn_view import call_id, view
from agent.embedded.wish import Call
from agent.preferences import told_level
from agent.study.forced import FORCED


class EmbeddedChatModel(BaseChatModel):
    """Recognises what is asked, calls the same tools as any model, and answers by quoting what they return.

    It follows the ReAct loop (Yao et al. 2022, arXiv 2210.03629) with fixed rules in place of generated
    thoughts: plan the parts of a request, call what they need, answer from what came back or refuse. It keeps
    nothing between calls: plan and progress are read from the messages each time.
    """

    embed: Embed
    rarity: Rarity | None = None
    glossary: Mapping[str, str] = Field(default_factory=dict)
    """Acronym to its meaning."""
    lore: Lore = Field(default_factory=Lore)
    """Names that tell a paper or an equation from a concept."""

    @property
    def _reader(self) -> compose.Reader:
        return compose.Reader(self.embed, self.rarity, self.glossary)

    @property
    def _llm_type(self) -> str:
        return "embedded"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with the names of the tools it may call."""
        names = [convert_to_openai_tool(tool)["function"]["name"] for tool in tools]
        return self.bind(tool_names=names, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = self._respond(messages, frozenset(kwargs.get("tool_names", ())))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = self._respond(messages, frozenset(kwargs.get("tool_names", ())))
        if message.tool_calls:
            pieces = [AIMessageChunk(content="", tool_calls=message.tool_calls)]
        else:
            pieces = [AIMessageChunk(content=piece) for piece in re.findall(r"\s*\S+\s?", message.text)]
        identity = f"run-{uuid.uuid4()}"
        for piece in pieces:
            piece.id = identity
            chunk = ChatGenerationChunk(message=piece)
            if run_manager:
                run_manager.on_llm_new_token(piece.text, chunk=chunk)
            yield chunk

    def _respond(self, messages: Sequence[BaseMessage], tools: frozenset[str]) -> AIMessage:
        turn = view(messages)
        replied = [one for one in turn.done if one.name in FORCED]
        if replied:
            return AIMessage(content=told_text(replied[-1]))
        before = make_plan(turn.previous, "", turn.earlier, self.lore) if turn.previous else None
        subject = subject_of(before, turn.before) if before else ""
        on_paper = before is not None and brings_paper(before)
        plan = make_plan(turn.question, subject, turn.before, self.lore, on_paper=on_paper)
        plan = at_level(plan, told_level(messages), tools, self.lore)
        calls = [_call(step, call) for step, call in plan.next_calls(turn.done, turn.now, tools)]
        if calls:
            return AIMessage(content="", tool_calls=calls)
        return AIMessage(content=plan.answer(turn.done, turn.now, self._reader))


def _call(step: int, call: Call) -> ToolCall:
    identity = call_id(step, uuid.uuid4().hex[:12])
    return ToolCall(name=call.name, args=dict(call.arguments), id=identity, type="tool_call")
