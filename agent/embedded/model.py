"""The chat model that is there when nothing else is: rules instead of weights, the same graph and tools."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from agent.embedded import compose
from agent.embedded.evidence import Embed, Rarity
from agent.embedded.intent import Intent, recognise

PAGES_READ_AROUND = 2
"""After a search, so many of the best hits' pages are read whole: the fact often stands beside the hit."""


class EmbeddedChatModel(BaseChatModel):
    """Recognises what is asked, calls the same tools as any model, and answers by quoting what they return.

    It follows the ReAct loop (Yao et al. 2022, arXiv 2210.03629) with fixed rules in place of generated
    thoughts: search, read the pages around the best hits, answer or refuse.
    """

    embed: Embed
    rarity: Rarity | None = None
    glossary: Mapping[str, str] = Field(default_factory=dict)
    """Acronym to its meaning."""

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
        question, previous, steps = _split_turn(messages)
        intent = recognise(question, previous)
        calls = _next_calls(intent, steps, tools)
        if calls:
            return AIMessage(content="", tool_calls=calls)
        return AIMessage(content=self._answer(question, intent, steps))

    def _answer(self, question: str, intent: Intent, steps: Sequence[ToolMessage]) -> str:
        if intent.kind == "language":
            return compose.foreign_text(intent.language)
        if intent.kind == "greeting":
            return compose.GREETING
        failed = next((step for step in steps if step.status == "error"), None)
        if failed and not any(_passages(step) for step in steps):
            return str(failed.text)
        if intent.kind == "library":
            return compose.listing_text(_artifact(steps[-1]).get("documents", ()) if steps else ())
        if intent.kind == "about" and steps:
            return compose.about_text(intent.document, _artifact(steps[-1]).get("documents", ()))
        if intent.kind == "roadmap" and steps:
            return compose.roadmap_text(str(_artifact(steps[-1]).get("text") or steps[-1].text))
        found = _unique([passage for step in steps for passage in _passages(step)])
        if intent.kind == "read":
            return compose.overview_text(question, found, self._reader)
        asked, *sides = intent.queries or (question,)
        searches = [step for step in steps if step.name == "search_library"]
        if sides and len(searches) == len(intent.queries):
            results = [_passages(step) for step in searches[1:]]
            return compose.compared_text(found, list(zip(sides, results, strict=True)), self._reader)
        return compose.answer_text(asked, found, self._reader)


def _split_turn(messages: Sequence[BaseMessage]) -> tuple[str, str, list[ToolMessage]]:
    """The question, the learner's question before it, and this turn's tool messages."""
    humans = [index for index, message in enumerate(messages) if isinstance(message, HumanMessage)]
    if not humans:
        return "", "", []
    previous = messages[humans[-2]].text if len(humans) > 1 else ""
    steps = [message for message in messages[humans[-1] + 1 :] if isinstance(message, ToolMessage)]
    return messages[humans[-1]].text, str(previous), steps


def _call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name=name, args=arguments, id=f"call_{uuid.uuid4().hex[:12]}", type="tool_call")


def _next_calls(intent: Intent, steps: Sequence[ToolMessage], tools: frozenset[str]) -> list[ToolCall]:
    """The tool calls to make now; none when it is time to answer."""
    if not steps:
        return [call for call in _first_calls(intent) if call["name"] in tools]
    reads_done = any(step.name == "read_pages" for step in steps)
    if intent.kind != "search" or len(intent.queries) > 1 or reads_done or "read_pages" not in tools:
        return []
    pages = dict.fromkeys(
        (str(passage["document_id"]), int(passage["page_number"]))
        for step in steps
        for passage in _passages(step)[:4]
        if passage["document_kind"] == "pdf"
    )
    return [
        _call("read_pages", document=document, first_page=page, last_page=page)
        for document, page in list(pages)[:PAGES_READ_AROUND]
    ]


def _first_calls(intent: Intent) -> list[ToolCall]:
    match intent.kind:
        case "library" | "about":
            return [_call("list_library")]
        case "roadmap":
            return [_call("roadmap", topic=intent.topic)]
        case "read":
            arguments: dict[str, Any] = {"document": intent.document}
            if intent.section:
                arguments["section"] = intent.section
            else:
                arguments |= {"first_page": intent.first_page, "last_page": intent.last_page}
            return [_call("read_pages", **arguments)]
        case "search":
            whole, *sides = intent.queries
            queries = [whole, *(f"What is {side}?" for side in sides)]
            return [_call("search_library", query=query) for query in queries]
        case _:
            return []


def _artifact(step: ToolMessage) -> dict[str, Any]:
    return step.artifact if isinstance(step.artifact, dict) else {}


def _passages(step: ToolMessage) -> list[dict[str, Any]]:
    return list(_artifact(step).get("passages", ()))


def _unique(passages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each passage once; a search hit (with its score) stands before the same chunk read as a page."""
    first: dict[str, dict[str, Any]] = {}
    for passage in passages:
        first.setdefault(str(passage["chunk_id"]), passage)
    return list(first.values())
