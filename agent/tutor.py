"""The study tutor: takes a question, yields typed events, keeps the conversations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from agent.checkpoints import Checkpoints
from agent.context import LibraryReader, Limits, Roadmap, TurnContext
from agent.conversations import ConversationStore
from agent.events import Event
from agent.llm import EMBEDDED
from agent.similarity import similarity_of
from agent.sources import SourceRegistry
from agent.turn import Turn, drive_graph
from errors import HomeError, QuestionError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)

NO_WINDOW_TOKENS = 1_000_000
"""More than any turn can take: the embedded model reads whole passages, not a window."""
CHECKPOINTS = "checkpoints"
CONVERSATIONS = "conversations.sqlite"


class Tutor:
    """Answers questions about one library. May be used from any thread and any event loop."""

    def __init__(
        self,
        home: Path,
        library: LibraryReader,
        *,
        model_loader: Callable[[str], BaseChatModel],
        default_model: str,
        roadmap: Roadmap,
        limits: Limits,
    ) -> None:
        self.conversations = ConversationStore(home / CONVERSATIONS)
        self.default_model = default_model
        self.limits = limits
        self._checkpoints = Checkpoints(home / CHECKPOINTS)
        self._library = library
        self._load_model = model_loader
        self._roadmap = roadmap
        self._similarity = similarity_of(library.embedder)

    @classmethod
    def open(
        cls,
        home: Path,
        library: LibraryReader,
        *,
        model_loader: Callable[[str], BaseChatModel],
        default_model: str,
        roadmap: Roadmap,
        limits: Limits | None = None,
    ) -> Self:
        """The tutor on a data folder; mends what an interrupted process left behind.

        Raises:
            HomeError: the folder cannot be made, read or written.
        """
        try:
            home.mkdir(parents=True, exist_ok=True)
            tutor = cls(
                home,
                library,
                model_loader=model_loader,
                default_model=default_model,
                roadmap=roadmap,
                limits=limits or Limits(),
            )
        except OSError as error:
            raise HomeError(
                f"The data folder {home} cannot be used: {error.strerror or error}.",
                hint="Check its rights, or choose another with STUDY_HOME.",
            ) from error
        abandoned = tutor.conversations.close_abandoned()
        if abandoned:
            logger.info("%d interrupted turns were marked as stopped", abandoned)
        return tutor

    async def ask(
        self, question: str, *, conversation_id: str | None = None, model: str | None = None
    ) -> AsyncIterator[Event]:
        """The events of one turn; the last one is `AnswerFinished` or `TurnFailed`.

        The turn runs in a task of its own. Closing the generator, or cancelling who reads it, stops the turn:
        it is then stored as stopped, with the text so far.

        Args:
            question: what the learner typed.
            conversation_id: a conversation to go on with; a new one is begun when None.
            model: `provider/model`; the default model when None.

        Raises:
            QuestionError: the question is empty or too long, or its conversation is busy; nothing is stored.
            ConversationNotFoundError: no conversation has that id.
        """
        cleaned = self._valid_question(question)
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        turn = self._begin(cleaned, conversation_id, model or self.default_model, events.put_nowait)
        task = asyncio.create_task(turn.run(self._answer), name=f"turn {turn.id}")
        task.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                yield event
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def delete_conversation(self, conversation_id: str) -> None:
        """Remove a conversation, its turns and the graph's memory of it.

        Raises:
            ConversationNotFoundError: none has that id.
        """
        self.conversations.delete(conversation_id)
        self._checkpoints.forget(conversation_id)

    def _valid_question(self, question: str) -> str:
        cleaned = question.replace("\x00", "").strip()
        limit = self.limits.question_characters
        if not cleaned:
            raise QuestionError("The question is empty.", hint="Type what you would like to know.")
        if len(cleaned) > limit:
            raise QuestionError(
                f"The question has {len(cleaned):,} characters; the limit is {limit:,}.",
                hint="Shorten it, or add the text to the library as a note and ask about that.",
            )
        return cleaned

    def _begin(
        self, question: str, conversation_id: str | None, model_name: str, emit: Callable[[Event], None]
    ) -> Turn:
        conversation = conversation_id or self.conversations.create(question).id
        return Turn(
            id=self.conversations.begin_turn(conversation, question),
            conversation_id=conversation,
            question=question,
            model_name=model_name,
            context=TurnContext(self._library, SourceRegistry(), self._roadmap, self._limits_for(model_name)),
            store=self.conversations,
            emit=emit,
            similarity=self._similarity,
        )

    def _limits_for(self, model_name: str) -> Limits:
        """The limits, without a context window for the model that has none."""
        if model_name == EMBEDDED:
            return replace(self.limits, context_tokens=NO_WINDOW_TOKENS)
        return self.limits

    async def _answer(self, turn: Turn) -> None:
        model = await asyncio.to_thread(self._load_model, turn.model_name)
        async with self._checkpoints.open(turn.conversation_id) as saver:
            await drive_graph(turn, model, saver)
