"""What the chat does: asks, stops, asks anew, decides, runs code; no layout."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.events import Event
from errors import StudyError
from ui.cards.code import running_code
from ui.chat_attachments import Attachments
from ui.chat_running import RunningTurn, RunningTurns
from ui.chat_view import ChatView
from ui.conversation_actions import ConversationActions, sentence_of
from ui.messages import TurnMessages, stored_turn, waiting_message
from ui.model_choice import ModelMemory
from ui.translation import N_, _
from ui.turn_tools import TurnReference

if TYPE_CHECKING:
    from agent.conversation_branches import Versions
    from agent.events import Decision
    from ui.cards.approval import CallReference

logger = logging.getLogger(__name__)

STILL_ANSWERING = N_("The last question is still being answered. Wait for the answer, or stop it.")


@dataclass
class ChatActions(ConversationActions):
    """The chat's actions over the services; of the readers it only knows which page looks at which growing answer."""

    memory: ModelMemory
    running: RunningTurns = field(default_factory=RunningTurns)
    attachments: Attachments = field(init=False)

    def __post_init__(self) -> None:
        self.attachments = Attachments(self.services)

    def check_question(self, question: str) -> str:
        """Why the question cannot be asked, in one sentence; empty when it can."""
        limit = self.memory.read().question_characters or self.services.limits.question_characters
        if not question.strip():
            return _("Type a question first.")
        if len(question) > limit:
            return _(
                "The question has {count:,} characters; the limit is {limit:,}. "
                "Shorten it, or add the text to the library as a file and ask about it."
            ).format(count=len(question), limit=limit)
        return ""

    async def ask(self, question: str, conversation_id: str, page: str) -> AsyncIterator[ChatView]:
        """The chat as the answer grows; `page` names the browser page for `stop`."""
        is_attached = self.attachments.is_expected(page)
        if (question.strip() or not is_attached) and (fault := self.check_question(question)):
            yield ChatView(notice=fault)
            return
        if self.running.is_answering(page):
            yield ChatView(notice=_(STILL_ANSWERING))
            return
        if is_attached:
            async for told in self.attachments.when_ready(page):
                sentence = _("{told}. Your question is asked as soon as it is there.").format(told=told)
                yield ChatView(notice=sentence, is_news=True)
            question = self.attachments.question(question, page)
            if not question or self.running.is_answering(page):
                yield ChatView(notice="")
                return
            self.attachments.clear(page)
        async for view in self._ask(question, conversation_id, page, opened=ChatView(question="", attached="")):
            yield view

    async def attach(self, paths: Sequence[str], page: str) -> AsyncIterator[ChatView]:
        """The line above the question while attached files are taken into the library."""
        async for shown in self.attachments.add(paths, page):
            yield ChatView(attached=shown)

    def clear_attached(self, page: str) -> ChatView:
        """The line is empty; the files stay in the library."""
        self.attachments.clear(page)
        return ChatView(attached="")

    async def _ask(
        self, question: str, conversation_id: str, page: str, *, opened: ChatView | None = None
    ) -> AsyncIterator[ChatView]:
        turns = await asyncio.to_thread(self._turns, conversation_id)
        earlier = await asyncio.to_thread(self._messages_of, turns, is_whole=False)
        turn = TurnMessages(question, conversation_id=conversation_id, read_picture=self.services.figures.read)
        first = opened or ChatView(question="")
        yield replace(first, messages=[*earlier, *turn.as_messages()], notice="", busy=True)
        running = self.running.start(turn, earlier, self._events(question, conversation_id))
        async for view in self._watch(running, page):
            yield view

    async def edit(self, value: str, question: str, page: str) -> AsyncIterator[ChatView]:
        """The chat as an edited question is answered: a version of the conversation, in which the turns after are gone.

        They stay in the version before, which a button at the question leads back to.
        """
        async for view in self._ask_anew(value, question, page):
            yield view

    async def retry(self, value: str, page: str) -> AsyncIterator[ChatView]:
        """The chat as a question is answered again; the answer before stays in the version before."""
        async for view in self._ask_anew(value, None, page):
            yield view

    async def _ask_anew(self, value: str, question: str | None, page: str) -> AsyncIterator[ChatView]:
        if self.running.is_answering(page):
            yield ChatView(notice=_(STILL_ANSWERING))
            return
        try:
            reference = TurnReference.parse(value)
            turn = await asyncio.to_thread(
                self.services.conversations.turn, reference.conversation_id, reference.turn_id
            )
            question = turn.question if question is None else question
            if fault := self.check_question(question):
                yield ChatView(notice=fault)
                return
            rooms = await self.services.rooms_soon()
            version = await rooms.tutor.branch(
                reference.conversation_id, turn.position, as_version=True, new_question=question
            )
        except StudyError as error:
            yield ChatView(notice=error.as_text())
            return
        opened = ChatView(conversation_id=version.id, conversations=self.listing(version.id))
        async for view in self._ask(question, version.id, page, opened=opened):
            yield view

    async def greet(self) -> AsyncIterator[ChatView]:
        """The list of conversations beside a new one."""
        yield ChatView(conversations=await asyncio.to_thread(self.listing, ""))

    async def open_and_watch(self, conversation_id: str, page: str, words: str = "") -> AsyncIterator[ChatView]:
        """A stored conversation; an answer that grows in it goes on growing here."""
        self.running.leave(page)
        view = await asyncio.to_thread(self.open, conversation_id, words)
        running = self.running.of_conversation(conversation_id) if conversation_id else None
        if running is None:
            yield view
            return
        yield replace(view, messages=running.messages(), busy=True)
        async for view in self._watch(running, page):
            yield view

    async def show_version(self, conversation_id: str, page: str) -> AsyncIterator[ChatView]:
        """Another version of a conversation, which its family shows from now on."""
        if notice := sentence_of(lambda: self.services.conversations.show(conversation_id)):
            yield ChatView(notice=notice)
            return
        async for view in self.open_and_watch(conversation_id, page):
            yield view

    async def decide(self, reference: CallReference, decision: Decision, page: str) -> AsyncIterator[ChatView]:
        """The chat as a waiting turn goes on after the learner decided about one of its calls."""
        identity = reference.conversation_id
        turns = await asyncio.to_thread(self._turns, identity)
        waiting = next((turn for turn in reversed(turns) if turn.status == "waiting"), None)
        if waiting is None:
            yield self.open(identity)
            return
        others = [turn for turn in turns if turn is not waiting]
        earlier = await asyncio.to_thread(self._messages_of, others, is_whole=False)
        turn = stored_turn(waiting, self.services.figures.read)
        yield ChatView([*earlier, *turn.as_messages()], notice="", busy=True)
        running = self.running.start(turn, earlier, self._resumed(reference, decision))
        async for view in self._watch(running, page):
            yield view

    async def _watch(self, running: RunningTurn, page: str) -> AsyncIterator[ChatView]:
        """The chat with a turn that grows, until it ends, the learner stops it, or the page turns to something else."""
        turn = running.turn
        told_id = turn.conversation_id
        if self.services.state == "loading":
            waiting = waiting_message(_("The models are loading; your question is next"))
            yield ChatView([*running.earlier, turn.as_messages()[0], waiting])
        is_here = False
        async for _grown in self.running.watch(running, page):
            is_here = running.is_over
            view = ChatView(running.messages())
            if turn.conversation_id and turn.conversation_id != told_id:
                told_id = turn.conversation_id
                view = ChatView(view.messages, conversation_id=told_id, conversations=self.listing(told_id))
            if not is_here:
                yield view
        if is_here:
            kept = None if turn.conversation_id else turn.question
            turn.versions = await asyncio.to_thread(self._versions_of, turn)
            yield ChatView(
                running.messages(),
                question=kept,
                conversation_id=turn.conversation_id or None,
                conversations=self.listing(told_id),
                busy=False,
            )

    def _versions_of(self, turn: TurnMessages) -> Versions | None:
        with suppress(StudyError):
            stored = self.services.conversations.turn(turn.conversation_id, turn.turn_id)
            return self.services.conversations.versions(turn.conversation_id).get(stored.position)
        return None

    async def run_code(self, conversation_id: str, code: str) -> AsyncIterator[ChatView]:
        """The chat while the learner's own code runs, and with what it gave."""
        if not code.strip():
            yield ChatView(notice=_("There is no code to run."))
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
            notice = _("The code could not be run; the log has the details.")
        messages = await asyncio.to_thread(self.conversation_messages, conversation_id)
        yield ChatView(messages, notice=notice, conversations=self.listing(conversation_id))

    async def reset_python(self, conversation_id: str) -> ChatView:
        """Forget the variables of a conversation; one sentence about it."""
        try:
            rooms = await self.services.rooms_soon()
            await asyncio.to_thread(rooms.tutor.reset_python, conversation_id)
        except StudyError as error:
            return ChatView(notice=error.as_text())
        told = _("The variables of this conversation are forgotten; the next code starts afresh.")
        return ChatView(notice=told, is_news=True)

    def stop(self, page: str) -> None:
        """End the turn that this page looks at."""
        if running := self.running.of_page(page):
            running.stop()

    async def _events(self, question: str, conversation_id: str) -> AsyncIterator[Event]:
        rooms = await self.services.rooms_soon()
        events = rooms.tutor.ask(
            question,
            conversation_id=conversation_id or None,
            model=self.memory.chosen() or None,
            run_python=self.memory.run_python(),
            preferences=self.memory.read().preferences,
            limits=self.memory.limits(rooms.tutor.limits),
        )
        async for event in events:
            yield event

    async def _resumed(self, reference: CallReference, decision: Decision) -> AsyncIterator[Event]:
        rooms = await self.services.rooms_soon()
        events = rooms.tutor.decide(
            reference.conversation_id,
            {reference.call_id: decision},
            preferences=self.memory.read().preferences,
            limits=self.memory.limits(rooms.tutor.limits),
        )
        async for event in events:
            yield event
