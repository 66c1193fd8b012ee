"""One turn: runs the graph, turns its stream into typed events, and stores what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from agent.answer_stream import AnswerStream
from agent.answers import Step
from agent.cells import cell_of
from agent.citations import Similarity, check_answer
from agent.context_receipt import cut_notice
from agent.events import (
    Answer,
    AnswerFinished,
    ApprovalNeeded,
    ApprovalRequest,
    Event,
    ModelRetry,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
    TurnStarted,
)
from agent.llm import explain_model_fault
from agent.own_texts import own_text
from agent.providers.prices import Prices
from agent.refusal import is_refusal
from agent.sources import passage_ids
from errors import ModelError, ModelTimeoutError, StudyError
from ingestion.characters import INVISIBLE

if TYPE_CHECKING:
    from agent.context import TurnContext
    from agent.conversations import ConversationStore, StoredTurn

logger = logging.getLogger(__name__)

STOPPED = "The answer was stopped."
T = TypeVar("T")


@dataclass
class Turn:
    """The state of one running turn."""

    id: str
    conversation_id: str
    question: str
    model_name: str
    context: TurnContext
    store: ConversationStore
    emit: Callable[[Event], None]
    similarity: Similarity | None = None
    started: float = field(default_factory=perf_counter)
    stream: AnswerStream = field(default_factory=AnswerStream)
    steps: list[Step] = field(default_factory=list)
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Arguments of the tool calls, by call id."""
    first_token_seconds: float = 0.0
    own_texts: list[str] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    passages: set[str] = field(default_factory=set)
    """Chunk ids of what the tools gave to the model."""
    prices: Prices = field(default_factory=Prices)
    seconds_before: float = 0.0
    """What the turn took before it waited for the learner."""
    retries_before: int = 0
    """The same of the model's calls that were made again."""
    requests: tuple[ApprovalRequest, ...] = ()
    """What the learner must decide before the turn can go on."""

    def go_on_from(self, stored: StoredTurn) -> None:
        """Take over what the turn had come to when it began to wait."""
        kept = stored.unfinished
        self.steps = list(stored.steps)
        self.stream = AnswerStream(kept.get("text", ""))
        self.own_texts = list(kept.get("own_texts", ()))
        self.tokens = dict(kept.get("tokens", {}))
        self.passages = set(kept.get("passages", ()))
        self.seconds_before = kept.get("seconds", 0.0)
        self.first_token_seconds = kept.get("first_token_seconds", 0.0)
        self.retries_before = kept.get("retries", 0)
        for notice in kept.get("notices", ()):
            self.context.notice(notice)

    def unfinished(self) -> dict[str, Any]:
        """What a waiting turn needs to go on, as plain values."""
        return {
            "model": self.model_name,
            "text": self.stream.text,
            "own_texts": self.own_texts,
            "tokens": self.tokens,
            "passages": sorted(self.passages),
            "seconds": self._seconds(),
            "first_token_seconds": self.first_token_seconds,
            "retries": self._retries(),
            "notices": list(self.context.notices),
        }

    async def run(self, answer: Callable[[Turn], Any]) -> None:
        """Run the turn to its stored end; only a cancellation is raised.

        Args:
            answer: coroutine function that drives the graph and feeds `take`.
        """
        seconds = self.context.limits.turn_timeout_seconds
        self.emit(TurnStarted(self.conversation_id, self.id, self.model_name))
        try:
            try:
                async with asyncio.timeout(seconds) as timeout:
                    await answer(self)
                    finished = None if self.requests else await self._checked_answer()
            except TimeoutError as error:
                if not timeout.expired():
                    raise
                raise ModelTimeoutError(
                    f"The answer took longer than {seconds:g} seconds.",
                    hint="Ask for a smaller part, take a faster model, or raise STUDY_TURN_TIMEOUT_SECONDS.",
                ) from error
            self._end(finished)
        except asyncio.CancelledError:
            self._end_unfinished("stopped", STOPPED, "")
            raise
        except ModelError as error:
            self._fail(error.message, " ".join(filter(None, (error.hint, self._tried()))))
        except StudyError as error:
            self._fail(error.message, error.hint)
        except Exception as error:
            fault = explain_model_fault(error, self.model_name)
            if fault is not None:
                logger.info("The model %s failed: %r", self.model_name, error)
                self._fail(fault.message, " ".join(filter(None, (fault.hint, self._tried()))))
                return
            logger.exception("The turn %s failed", self.id)
            self._fail(
                "Something went wrong while answering; the question is kept.",
                "Ask again, or choose another model. The log file holds the details.",
            )

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """What the call to the model's server returns, made again as the limits of the turn allow."""
        retries = self.context.retries
        return await (call() if retries is None else retries.call(call, tell=self.emit))

    def _end(self, finished: Answer | None) -> None:
        """Store the answer, or that the turn waits for the learner, and say so."""
        if finished is None:
            self.store.wait_turn(
                self.id, self.requests, self.unfinished(), answer=self._partial_answer(), steps=self.steps
            )
            self.emit(ApprovalNeeded(self.conversation_id, self.id, self.requests))
            return
        self.store.end_turn(self.id, "done", answer=finished, steps=self.steps)
        self.emit(AnswerFinished(self.conversation_id, self.id, finished))

    def _seconds(self) -> float:
        return self.seconds_before + perf_counter() - self.started

    def _retries(self) -> int:
        retries = self.context.retries
        return self.retries_before + (retries.count if retries else 0)

    def _tried(self) -> str:
        """How often the call that failed was tried; empty for once."""
        retries = self.context.retries
        return f"It was tried {retries.attempts} times." if retries and retries.attempts > 1 else ""

    def _fail(self, message: str, hint: str) -> None:
        self._end_unfinished("failed", message, hint)
        self.emit(TurnFailed(message, hint))

    def _end_unfinished(self, status: Literal["failed", "stopped"], error: str, hint: str) -> None:
        try:
            self.store.end_turn(
                self.id, status, answer=self._partial_answer(), steps=self.steps, error=error, hint=hint
            )
        except StudyError:
            logger.exception("The %s turn %s could not be stored", status, self.id)

    def take(self, mode: str, value: Any) -> None:
        """One item of the graph's stream (modes messages, updates and custom)."""
        match mode:
            case "custom":
                self._take_tool_event(value)
            case "messages":
                self._take_piece(*value)
            case "updates":
                for node, update in value.items():
                    for message in _messages_of(update):
                        if node == "model":
                            self._take_message(message)
                        elif node == "tools":
                            self._take_own_text(message)
                            self.passages |= passage_ids(getattr(message, "artifact", None))

    def _take_tool_event(self, value: Any) -> None:
        match value:
            case ToolStarted():
                self.arguments[value.call_id] = value.arguments
                self.emit(value)
            case ToolProgress() | ModelRetry():
                self.emit(value)
            case ToolFinished():
                arguments = self.arguments.get(value.call_id, {})
                self.steps.append(
                    Step(value.name, arguments, value.summary, value.seconds, value.failed, value.details)
                )
                self.emit(value)

    def _take_piece(self, message: Any, metadata: dict[str, Any]) -> None:
        from langchain_core.messages import AIMessageChunk

        if metadata.get("langgraph_node") == "model" and isinstance(message, AIMessageChunk):
            self._give(
                self.stream.feed(
                    str(message.text),
                    calls_tools=bool(message.tool_call_chunks),
                    last=message.chunk_position == "last",
                )
            )

    def _take_message(self, message: Any) -> None:
        from langchain_core.messages import AIMessage

        if not isinstance(message, AIMessage):
            return
        self._give(self.stream.finish(str(message.text), calls_tools=bool(message.tool_calls)))
        for name, count in (message.usage_metadata or {}).items():
            if isinstance(count, int):
                self.tokens[name] = self.tokens.get(name, 0) + count
        if not message.tool_calls and (notice := cut_notice(message)):
            self.context.notice(notice)

    def recall(self, messages: Iterable[Any]) -> None:
        """Keep what runs and exercises of earlier turns said: it may be told again without a source."""
        for message in messages:
            artifact = cell_of(message) or getattr(message, "artifact", None)
            if isinstance(artifact, dict) and artifact.get("kind") in ("python", "exercise_result", "quiz", "study"):
                self._keep_own_text(own_text(artifact))

    def _take_own_text(self, message: Any) -> None:
        """Keep what a tool said in words of ours, e.g. the roadmap or why it failed: repeating it needs no citation."""
        failed = getattr(message, "status", "") == "error"
        text = str(message.text) if failed else own_text(getattr(message, "artifact", None))
        self._keep_own_text(text)

    def _keep_own_text(self, text: str) -> None:
        if text and text not in self.own_texts:
            self.own_texts.append(text)

    def _give(self, text: str) -> None:
        if text:
            self.first_token_seconds = self.first_token_seconds or self._seconds()
            self.emit(TextDelta(text))

    async def _checked_answer(self) -> Answer:
        if not INVISIBLE.sub("", self.stream.text).strip():
            raise ModelError(
                f"The model {self.model_name} gave an empty answer.",
                hint="Ask again, put the question in other words, or choose another model.",
            )
        return await asyncio.to_thread(self._answer, self.similarity)

    def _partial_answer(self) -> Answer | None:
        return self._answer(None) if self.stream.text else None

    def _answer(self, similarity: Similarity | None) -> Answer:
        text = self.stream.text
        sentences, citations = check_answer(
            text, self.context.sources.passages, similarity=similarity, trusted=self.own_texts
        )
        return Answer(
            text=text,
            sentences=sentences,
            citations=citations,
            refused=is_refusal(text),
            model=self.model_name,
            seconds=self._seconds(),
            first_token_seconds=self.first_token_seconds,
            input_tokens=self.tokens.get("input_tokens"),
            output_tokens=self.tokens.get("output_tokens"),
            notices=tuple(self.context.notices),
            passages_read=len(self.passages),
            cost_dollars=self.prices.of_answer(
                self.model_name, self.tokens.get("input_tokens"), self.tokens.get("output_tokens")
            ),
            retries=self._retries(),
        )


def _messages_of(update: Any) -> list[Any]:
    """The messages of a node's update, which may be a list of updates."""
    if isinstance(update, dict):
        messages = update.get("messages", [])
        return list(messages) if isinstance(messages, list) else [messages]
    if isinstance(update, list | tuple):
        return [message for part in update for message in _messages_of(part)]
    return []
