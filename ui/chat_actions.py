"""What the chat does: asks, stops, opens, renames and deletes; no layout."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.events import Event
from agent.feedback import FEEDBACK, FeedbackStore
from errors import ConversationNotFoundError, StudyError
from ui.cards.code import running_code
from ui.conversation_list import conversation_list_html
from ui.messages import Message, TurnMessages, stored_messages, stored_turn, waiting_message
from ui.model_choice import ModelMemory
from ui.thumbs import keep_thumb

if TYPE_CHECKING:
    from agent.conversations import StoredTurn
    from agent.events import Decision
    from agent.feedback import Feedback
    from ui.cards.approval import CallReference
    from ui.services import Services

logger = logging.getLogger(__name__)

FRAME_SECONDS = 0.05
"""Shortest time between two pictures of a growing answer: 20 a second read as a flow."""


@dataclass(frozen=True, slots=True)
class ChatView:
    """What the chat shows now; None leaves a part as it is."""

    messages: list[Message] | None = None
    question: str | None = None
    notice: str | None = None
    conversation_id: str | None = None
    conversations: str | None = None
    busy: bool | None = None


@dataclass
class ChatActions:
    """The chat's actions over the services; one object for all readers, so it keeps nothing of theirs."""

    services: Services
    memory: ModelMemory
    _stops: dict[str, asyncio.Event] = field(default_factory=dict)
    """For each page that waits for an answer: set it and the turn ends."""

    def check_question(self, question: str) -> str:
        """Why the question cannot be asked, in one sentence; empty when it can."""
        limit = self.services.limits.question_characters
        if not question.strip():
            return "Type a question first."
        if len(question) > limit:
            return (
                f"The question has {len(question):,} characters; the limit is {limit:,}. "
                "Shorten it, or add the text to the library as a file and ask about it."
            )
        return ""

    async def ask(self, question: str, conversation_id: str, page: str) -> AsyncIterator[ChatView]:
        """The chat as the answer grows; `page` names the browser page for `stop`."""
        if fault := self.check_question(question):
            yield ChatView(notice=fault)
            return
        earlier = await asyncio.to_thread(self.conversation_messages, conversation_id)
        turn = TurnMessages(question, conversation_id=conversation_id, read_picture=self.services.figures.read)
        yield ChatView([*earlier, *turn.as_messages()], question="", notice="", busy=True)
        async for view in self._grow(turn, earlier, self._events(question, conversation_id), page):
            yield view

    async def decide(self, reference: CallReference, decision: Decision, page: str) -> AsyncIterator[ChatView]:
        """The chat as a waiting turn goes on after the learner decided about one of its calls."""
        identity = reference.conversation_id
        turns = await asyncio.to_thread(self._turns, identity)
        waiting = next((turn for turn in reversed(turns) if turn.status == "waiting"), None)
        if waiting is None:
            yield self.open(identity)
            return
        earlier = await asyncio.to_thread(self._messages_of, [turn for turn in turns if turn is not waiting])
        turn = stored_turn(waiting, self.services.figures.read)
        yield ChatView([*earlier, *turn.as_messages()], notice="", busy=True)
        async for view in self._grow(turn, earlier, self._resumed(reference, decision), page):
            yield view

    async def _grow(
        self, turn: TurnMessages, earlier: list[Message], events: AsyncIterator[Event], page: str
    ) -> AsyncIterator[ChatView]:
        """The chat with a turn that grows, until it ends or the learner stops it."""
        told_id = turn.conversation_id
        stop = self._stops[page] = asyncio.Event()
        try:
            if self.services.state == "loading":
                waiting = waiting_message("The models are loading; your question is next")
                yield ChatView([*earlier, turn.as_messages()[0], waiting])
            async for _ in follow(turn, events, stop):
                view = ChatView([*earlier, *turn.as_messages()])
                if turn.conversation_id and turn.conversation_id != told_id:
                    told_id = turn.conversation_id
                    view = ChatView(view.messages, conversation_id=told_id, conversations=self.listing(told_id))
                yield view
            kept = None if turn.conversation_id else turn.question
            yield ChatView(
                [*earlier, *turn.as_messages()], question=kept, conversations=self.listing(told_id), busy=False
            )
        finally:
            if self._stops.get(page) is stop:
                del self._stops[page]

    async def run_code(self, conversation_id: str, code: str) -> AsyncIterator[ChatView]:
        """The chat while the learner's own code runs, and with what it gave."""
        if not code.strip():
            yield ChatView(notice="There is no code to run.")
            return
        earlier = await asyncio.to_thread(self.conversation_messages, conversation_id)
        yield ChatView([*earlier, {"role": "assistant", "content": running_code(code)}], notice="", busy=None)
        notice = ""
        try:
            rooms = await self.services.rooms_soon()
            await rooms.tutor.run_code(conversation_id, code)
        except StudyError as error:
            notice = error.as_text()
        except Exception:
            logger.exception("The learner's code was not run")
            notice = "The code could not be run; the log has the details."
        messages = await asyncio.to_thread(self.conversation_messages, conversation_id)
        yield ChatView(messages, notice=notice, conversations=self.listing(conversation_id))

    async def reset_python(self, conversation_id: str) -> ChatView:
        """Forget the variables of a conversation; one sentence about it."""
        try:
            rooms = await self.services.rooms_soon()
            await asyncio.to_thread(rooms.tutor.reset_python, conversation_id)
        except StudyError as error:
            return ChatView(notice=error.as_text())
        return ChatView(notice="The variables of this conversation are forgotten; the next code starts afresh.")

    def stop(self, page: str) -> None:
        """End the turn that this page waits for."""
        if stop := self._stops.get(page):
            stop.set()

    def last_question(self, conversation_id: str) -> str:
        """The question to ask again; empty when there is none."""
        asked = [turn.question for turn in self._turns(conversation_id) if turn.kind == "question"]
        return asked[-1] if asked else ""

    def conversation_messages(self, conversation_id: str) -> list[Message]:
        """A stored conversation as messages; none for a new one."""
        return self._messages_of(self._turns(conversation_id))

    def _messages_of(self, turns: Sequence[StoredTurn]) -> list[Message]:
        judged = self._judged(turns[0].conversation_id) if turns else {}
        return [
            message
            for turn in turns
            for message in stored_messages(turn, self.services.figures.read, judged.get(turn.id))
        ]

    def keep_thumb(self, value: str, note: str) -> ChatView:
        """Keep what the learner thinks of an answer; the page shows it already."""
        return ChatView(notice=_sentence(lambda: keep_thumb(self.services.conversations, self._feedback, value, note)))

    @property
    def _feedback(self) -> FeedbackStore:
        return FeedbackStore(self.services.home / FEEDBACK)

    def _judged(self, conversation_id: str) -> dict[str, Feedback]:
        try:
            return self._feedback.of_conversation(conversation_id)
        except StudyError as error:
            logger.warning("%s", error.as_text())
            return {}

    def open(self, conversation_id: str) -> ChatView:
        """A stored conversation, or a new one when `conversation_id` is empty."""
        if not conversation_id:
            return ChatView([], notice="", conversation_id="", conversations=self.listing(""), busy=False)
        try:
            self.services.conversations.get(conversation_id)
        except ConversationNotFoundError as error:
            return ChatView([], notice=error.as_text(), conversation_id="", conversations=self.listing(""), busy=False)
        messages = self.conversation_messages(conversation_id)
        return ChatView(
            messages,
            notice="",
            conversation_id=conversation_id,
            conversations=self.listing(conversation_id),
            busy=False,
        )

    def rename(self, conversation_id: str, title: str, current: str) -> ChatView:
        """The list with the new title."""
        notice = _sentence(lambda: self.services.conversations.rename(conversation_id, title))
        return ChatView(notice=notice, conversations=self.listing(current))

    def delete(self, conversation_id: str, current: str) -> ChatView:
        """The list without the conversation; an empty chat when it was the open one."""
        notice = _sentence(lambda: self._delete(conversation_id))
        if conversation_id == current and not notice:
            return self.open("")
        return ChatView(notice=notice, conversations=self.listing(current))

    def listing(self, current: str) -> str:
        """The list of conversations as HTML."""
        return conversation_list_html(self.services.conversations.list(), current)

    def _delete(self, conversation_id: str) -> None:
        if self.services.state == "ready":
            self.services.rooms().tutor.delete_conversation(conversation_id)
        else:
            self.services.conversations.delete(conversation_id)

    async def _events(self, question: str, conversation_id: str) -> AsyncIterator[Event]:
        rooms = await self.services.rooms_soon()
        events = rooms.tutor.ask(
            question,
            conversation_id=conversation_id or None,
            model=self.memory.chosen() or None,
            run_python=self.memory.run_python(),
        )
        async for event in events:
            yield event

    async def _resumed(self, reference: CallReference, decision: Decision) -> AsyncIterator[Event]:
        rooms = await self.services.rooms_soon()
        async for event in rooms.tutor.decide(reference.conversation_id, {reference.call_id: decision}):
            yield event

    def _turns(self, conversation_id: str) -> list[StoredTurn]:
        if not conversation_id:
            return []
        with suppress(ConversationNotFoundError):
            return self.services.conversations.turns(conversation_id)
        return []


async def follow(turn: TurnMessages, events: AsyncIterator[Event], stop: asyncio.Event) -> AsyncIterator[None]:
    """Yields whenever `turn` has grown, at most once a frame, until the events or the learner end it."""
    changed = asyncio.Event()
    reading = asyncio.create_task(_read(turn, events, changed))
    stopping = asyncio.create_task(stop.wait())
    try:
        while not reading.done() and not stop.is_set():
            waiting = asyncio.create_task(changed.wait())
            await asyncio.wait({reading, stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            changed.clear()
            turn.reveal()
            yield
            await asyncio.sleep(FRAME_SECONDS)
            if not turn.caught_up:
                changed.set()
        while not turn.caught_up and not stop.is_set():
            turn.reveal()
            yield
            await asyncio.sleep(FRAME_SECONDS)
    finally:
        turn.shown_characters = None
        stopping.cancel()
        if not reading.done():
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
        if not turn.finished:
            turn.stop()


async def _read(turn: TurnMessages, events: AsyncIterator[Event], changed: asyncio.Event) -> None:
    try:
        async for event in events:
            turn.apply(event)
            changed.set()
    except StudyError as error:
        turn.fail(error.message, error.hint)
    except Exception:
        logger.exception("A turn failed")
        turn.fail("Something went wrong while answering.", "Ask again; the log has the details.")
    finally:
        changed.set()


def _sentence(action: Callable[[], None]) -> str:
    try:
        action()
    except StudyError as error:
        return error.as_text()
    return ""
