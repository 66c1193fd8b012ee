"""The study tutor: takes a question, yields typed events, keeps the conversations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from agent.checkpoints import Checkpoints
from agent.context import LibraryReader, Limits, Roadmap, RunPython, TurnContext
from agent.conversation_values import studies
from agent.conversations import Conversation, ConversationStore, StoredTurn
from agent.events import Decision, Event
from agent.figures import FigureStore
from agent.hands import EvidenceKeeper, Hands, PaperFinder, PythonRunner
from agent.learner_cell import run_learner_cell
from agent.llm import EMBEDDED
from agent.preferences import NO_PREFERENCES, Preferences
from agent.providers.prices import Prices
from agent.retries import retries_of_turn
from agent.similarity import similarity_of
from agent.sources import SourceRegistry
from agent.turn import Turn
from errors import HomeError, QuestionError, StudyError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.tracing import Traces

logger = logging.getLogger(__name__)

PLANNED_MODEL_CALLS, PLANNED_TOOL_CALLS = 14, 24
"""What a request of five parts can take of the embedded model: three calls for each part, and the plan."""
NO_WINDOW_TOKENS = 1_000_000
"""More than any turn can take: the embedded model reads whole passages, not a window."""
UNDO_TIME = timedelta(hours=1)
"""How long a deleted conversation can be brought back, where nothing else is said."""
CHECKPOINTS = "checkpoints"
CONVERSATIONS = "conversations.sqlite"
FIGURES = "figures"


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
        hands: Hands,
        prices: Prices,
        traces: Traces | None,
        undo_time: timedelta,
    ) -> None:
        self.conversations = ConversationStore(home / CONVERSATIONS)
        self.figures = FigureStore(home / FIGURES)
        self.default_model = default_model
        self.limits = limits
        self.undo_time = undo_time
        """How long a deleted conversation can be brought back."""
        self.hands = hands
        self.preferences = NO_PREFERENCES
        self._prices = prices
        self._traces = traces
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
        hands: Hands | None = None,
        prices: Prices | None = None,
        traces: Traces | None = None,
        undo_time: timedelta | None = None,
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
                hands=hands or Hands(),
                prices=prices or Prices(),
                traces=traces,
                undo_time=UNDO_TIME if undo_time is None else undo_time,
            )
        except OSError as error:
            raise HomeError(
                f"The data folder {home} cannot be used: {error.strerror or error}.",
                hint="Check its rights, or choose another with STUDY_HOME.",
            ) from error
        tutor.purge()
        abandoned = tutor.conversations.close_abandoned()
        if abandoned:
            logger.info("%d interrupted turns were marked as stopped", abandoned)
        return tutor

    @property
    def sandbox(self) -> PythonRunner | None:
        """Where code is run; None when there is none."""
        return self.hands.python

    @property
    def papers(self) -> PaperFinder | None:
        """Where papers are searched for and fetched; None when there is none."""
        return self.hands.papers

    @property
    def learner(self) -> EvidenceKeeper | None:
        """The record of what the learner did; None when there is none."""
        return self.hands.learner

    async def ask(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        model: str | None = None,
        run_python: RunPython | None = None,
        preferences: Preferences | None = None,
        limits: Limits | None = None,
    ) -> AsyncIterator[Event]:
        """The events of one turn; the last one is `AnswerFinished`, `TurnFailed` or `ApprovalNeeded`.

        The turn runs in a task of its own. Closing the generator, or cancelling who reads it, stops the turn:
        it is then stored as stopped, with the text so far. A turn of the conversation that waits for the
        learner's yes is closed, since they asked something else.

        Args:
            question: what the learner typed.
            conversation_id: a conversation to go on with; a new one is begun when None.
            model: `provider/model`; the default model when None.
            run_python: whether the tutor's code runs at once, after a yes, or not; as set when None.
            preferences: how the learner wants things explained; as set when None.
            limits: bounds of this turn; the tutor's own when None.

        Raises:
            QuestionError: the question is empty or too long, or its conversation is busy; nothing is stored.
            ConversationNotFoundError: no conversation has that id.
        """
        limits = limits or self.limits
        cleaned = _valid_question(question, limits.question_characters)
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        conversation = conversation_id or self.conversations.create(cleaned).id
        turn = Turn(
            id=self.conversations.begin_turn(conversation, cleaned),
            conversation_id=conversation,
            question=cleaned,
            model_name=model or self.default_model,
            context=self._context(conversation, model or self.default_model, run_python, preferences, limits),
            store=self.conversations,
            emit=events.put_nowait,
            similarity=self._similarity,
            prices=self._prices,
        )
        async for event in self._events(turn, events, None):
            yield event

    async def decide(
        self,
        conversation_id: str,
        decisions: Mapping[str, Decision],
        *,
        preferences: Preferences | None = None,
        limits: Limits | None = None,
    ) -> AsyncIterator[Event]:
        """The events of a waiting turn that goes on, to its end as with `ask`.

        Args:
            conversation_id: the conversation whose last turn ended with `ApprovalNeeded`, maybe before a restart.
            decisions: yes or no by call id; the turn waits on for a call without one.
            preferences: how the learner wants things explained; as set when None.
            limits: bounds of the rest of the turn; the tutor's own when None.

        Raises:
            QuestionError: nothing waits there, none of the decisions is about what waits, or it is busy.
            ConversationNotFoundError: no conversation has that id.
        """
        stored = self.conversations.resume_turn(conversation_id, decisions)
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        model_name = str(stored.unfinished.get("model") or self.default_model)
        context = self._context(conversation_id, model_name, None, preferences, limits or self.limits)
        turn = Turn(
            id=stored.id,
            conversation_id=conversation_id,
            question=stored.question,
            model_name=model_name,
            context=replace(context, awaited={one.call_id: one.reason for one in stored.requests}),
            store=self.conversations,
            emit=events.put_nowait,
            similarity=self._similarity,
            prices=self._prices,
        )
        turn.go_on_from(stored)
        async for event in self._events(turn, events, decisions):
            yield event

    async def run_code(self, conversation_id: str | None, code: str) -> StoredTurn:
        """The learner's own cell, run in the conversation's session and kept as a turn of kind `code`.

        Cancelling the wait stops the run. The model is told of the cell with the next question.

        Args:
            conversation_id: a conversation to go on with; a new one is begun when None.
            code: what the learner typed.

        Raises:
            SandboxError: code cannot be run here, or there is none.
            QuestionError: the conversation is busy.
            ConversationNotFoundError: no conversation has that id.
        """
        return await run_learner_cell(self.conversations, self.hands, self.figures, conversation_id, code)

    def reset_python(self, conversation_id: str) -> None:
        """Forget the variables of a conversation's session."""
        if self.hands.python is not None:
            self.hands.python.reset(conversation_id)

    def delete_conversation(self, conversation_id: str) -> None:
        """Take a conversation with all its versions out of sight; `conversations.undelete` brings it back for a while.

        After `undo_time` it goes for good at the next deletion or start: turns, figures, variables, the graph's memory.

        Raises:
            ConversationNotFoundError: none has that id.
        """
        self.purge()
        self.conversations.delete(conversation_id)

    def purge(self) -> None:
        """Remove for good what was deleted longer ago than it can be brought back."""
        for identity in self.conversations.purge(deleted_before=datetime.now(UTC) - self.undo_time):
            self._checkpoints.forget(identity)
            self.figures.forget(identity)
            try:
                self.reset_python(identity)
            except StudyError as error:
                logger.warning("The session of a deleted conversation was not reset: %s", error)

    async def branch(
        self, conversation_id: str, position: int, *, as_version: bool = False, new_question: str = ""
    ) -> Conversation:
        """A new conversation that begins with the turns before `position`; this one stays as it is.

        The graph's memory of these turns goes with them, and so does an open quiz or lesson when none of the turns
        left behind had to do with it. The variables of its Python session do not.

        Args:
            conversation_id: the conversation whose first turns are taken over.
            position: 0-based; the first turn that is not.
            as_version: whether it stands beside this one in its family, to be switched to.
            new_question: what will be asked there.

        Raises:
            QuestionError: a question of it is being answered, or the turn at `position` of a version is graded.
            ConversationNotFoundError: no conversation has that id.
        """
        turns = self.conversations.turns(conversation_id)
        kept, left = turns[:position], turns[position:]
        if as_version and left and studies(left[0]):
            raise QuestionError(
                "This question belongs to a quiz or a lesson, whose record stands.",
                hint="Go on with it, or branch from an earlier message.",
            )
        branch = self.conversations.branch(conversation_id, position, as_version=as_version, new_question=new_question)
        await asyncio.to_thread(self.figures.copy, conversation_id, branch.id)
        await self._copy_memory(conversation_id, branch.id, kept, with_study=not any(map(studies, left)))
        return branch

    async def _copy_memory(
        self, source_id: str, target_id: str, kept: Sequence[StoredTurn], *, with_study: bool
    ) -> None:
        from agent.branch_memory import kept_messages, read_memory, write_memory

        if not kept or not self._checkpoints.path(source_id).exists():
            return
        async with self._checkpoints.open(source_id) as saver:
            values = await read_memory(saver, source_id)
        values["messages"] = kept_messages(values.get("messages", []), kept)
        if values["messages"]:
            async with self._checkpoints.open(target_id) as saver:
                await write_memory(saver, target_id, values, ("messages", *(("study",) if with_study else ())))

    async def _events(
        self, turn: Turn, events: asyncio.Queue[Event | None], decisions: Mapping[str, Decision] | None
    ) -> AsyncIterator[Event]:
        """The turn's events while it runs in a task; leaving early stops it."""

        async def answer(running: Turn) -> None:
            await self._answer(running, decisions)

        task = asyncio.create_task(turn.run(answer), name=f"turn {turn.id}")
        task.add_done_callback(lambda _: events.put_nowait(None))
        trace = self._traces.begin(turn.conversation_id, turn.model_name) if self._traces else None
        try:
            while (event := await events.get()) is not None:
                if trace is not None:
                    trace.take(event)
                yield event
        finally:
            if trace is not None:
                trace.end()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _context(
        self,
        conversation_id: str,
        model_name: str,
        run_python: RunPython | None,
        preferences: Preferences | None,
        limits: Limits,
    ) -> TurnContext:
        hands = self.hands
        return TurnContext(
            self._library,
            SourceRegistry(),
            self._roadmap,
            _limits_for(model_name, limits),
            conversation_id=conversation_id,
            python=hands.python,
            papers=hands.papers,
            curriculum=hands.curriculum,
            learner=hands.learner,
            desk=hands.desk,
            conversations=self.conversations,
            figures=self.figures,
            run_python=run_python or hands.run_python,
            preferences=preferences or self.preferences,
            read_only=hands.read_only,
            retries=retries_of_turn(model_name, limits.retries, limits.turn_timeout_seconds),
        )

    async def _answer(self, turn: Turn, decisions: Mapping[str, Decision] | None) -> None:
        from agent.drive import drive_graph

        if decisions is None:
            await self._let_notes_come(turn)
        model = await turn.patiently(lambda: asyncio.to_thread(self._load_model, turn.model_name))
        async with self._checkpoints.open(turn.conversation_id) as saver:
            await drive_graph(turn, model, saver, decisions)

    async def _let_notes_come(self, turn: Turn) -> None:
        """Wait a little for the program's notes that the question is about; say so when others are still missing."""
        if (notes := self.hands.notes) is None:
            return
        await notes.wait_for(turn.question)
        if (status := notes.status()).running:
            turn.context.notice(status.sentence)


def _limits_for(model_name: str, limits: Limits) -> Limits:
    """The limits; the embedded model has no context window, and its calls are bounded by its own plan."""
    if model_name != EMBEDDED:
        return limits
    model_calls = max(limits.model_calls, PLANNED_MODEL_CALLS)
    tool_calls = max(limits.tool_calls, PLANNED_TOOL_CALLS)
    return replace(limits, context_tokens=NO_WINDOW_TOKENS, model_calls=model_calls, tool_calls=tool_calls)


def _valid_question(question: str, limit_characters: int) -> str:
    cleaned = question.replace("\x00", "").strip()
    if not cleaned:
        raise QuestionError("The question is empty.", hint="Type what you would like to know.")
    if len(cleaned) > limit_characters:
        raise QuestionError(
            f"The question has {len(cleaned):,} characters; the limit is {limit_characters:,}.",
            hint="Shorten it, or add the text to the library as a note and ask about that.",
        )
    return cleaned
