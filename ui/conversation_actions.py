"""What is done with conversations as wholes: open, search, rename, delete and bring back, branch, switch, export."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from agent.conversation_export import conversation_markdown
from agent.feedback import FEEDBACK, FeedbackStore
from errors import ConversationNotFoundError, StudyError
from ui.chat_view import ChatView
from ui.conversation_list import FoundConversation, conversation_list_html, found_list_html, snippet
from ui.messages import Message, stored_messages
from ui.thumbs import keep_thumb
from ui.translation import ngettext
from ui.turn_tools import TurnReference

if TYPE_CHECKING:
    from agent.conversations import Conversation, StoredTurn
    from agent.feedback import Feedback
    from ui.services import Services

logger = logging.getLogger(__name__)

LISTED_FINDS = 50


@dataclass
class ConversationActions:
    """The actions over the services; one object for all readers, so it keeps nothing of theirs."""

    services: Services

    def open(self, conversation_id: str, words: str = "") -> ChatView:
        """A stored conversation, or a new one when `conversation_id` is empty; the list stays narrowed to `words`."""
        if not conversation_id:
            return ChatView([], notice="", conversation_id="", conversations=self.listing("", words), busy=False)
        try:
            self.services.conversations.get(conversation_id)
        except ConversationNotFoundError as error:
            listing = self.listing("", words)
            return ChatView([], notice=error.as_text(), conversation_id="", conversations=listing, busy=False)
        messages = self.conversation_messages(conversation_id)
        return ChatView(
            messages,
            notice="",
            conversation_id=conversation_id,
            conversations=self.listing(conversation_id, words),
            busy=False,
        )

    async def branch(self, value: str) -> ChatView:
        """A new conversation that goes on behind the turn that a button names."""
        try:
            reference = TurnReference.parse(value)
            turn = await asyncio.to_thread(
                self.services.conversations.turn, reference.conversation_id, reference.turn_id
            )
            rooms = await self.services.rooms_soon()
            made = await rooms.tutor.branch(reference.conversation_id, turn.position + 1)
        except StudyError as error:
            return ChatView(notice=error.as_text())
        view = await asyncio.to_thread(self.open, made.id)
        return ChatView(
            view.messages,
            notice=ngettext(
                "This is a branch with {count} turn of its own; the conversation it comes from stays in the list. "
                "Variables of code are not taken over.",
                "This is a branch with {count} turns of its own; the conversation it comes from stays in the list. "
                "Variables of code are not taken over.",
                made.turn_count,
            ).format(count=made.turn_count),
            is_news=True,
            conversation_id=made.id,
            conversations=view.conversations,
            busy=False,
        )

    def rename(self, conversation_id: str, title: str, current: str, words: str = "") -> ChatView:
        """The list with the new title."""
        notice = sentence_of(lambda: self.services.conversations.rename(conversation_id, title))
        return ChatView(notice=notice, conversations=self.listing(current, words))

    def delete(self, conversation_id: str, current: str, words: str = "") -> ChatView:
        """The list without the conversation and with a way back; an empty chat when it was the open one."""
        members: Sequence[str] = ()
        deleted: Conversation | None = None
        try:
            deleted = self.services.conversations.get(conversation_id)
            members = self.services.conversations.members(conversation_id)
            self._delete(conversation_id)
        except StudyError as error:
            return ChatView(notice=error.as_text(), conversations=self.listing(current, words))
        listing = self.listing(current, words, deleted)
        if current in members:
            return ChatView([], notice="", conversation_id="", conversations=listing, busy=False)
        return ChatView(notice="", conversations=listing)

    def undelete(self, conversation_id: str, current: str) -> ChatView:
        """The conversation that was deleted, open again, unless another one is."""
        if notice := sentence_of(lambda: self.services.conversations.undelete(conversation_id)):
            return ChatView(notice=notice, conversations=self.listing(current))
        if current:
            return ChatView(notice="", conversations=self.listing(current))
        return self.open(conversation_id)

    def listing(self, current: str, words: str = "", deleted: Conversation | None = None) -> str:
        """The list of conversations as HTML, narrowed to those that hold all `words`."""
        store = self.services.conversations
        family = ""
        with suppress(ConversationNotFoundError):
            family = store.get(current).family if current else ""
        if not words.strip():
            return conversation_list_html(store.list(), family, deleted=deleted)
        found = store.search(words)
        shown = [FoundConversation(one, snippet(self._turns(one.id), words)) for one in found[:LISTED_FINDS]]
        return found_list_html(shown, family, words, left_out=len(found) - len(shown), deleted=deleted)

    def export(self, conversation_id: str) -> ChatView:
        """The conversation as a Markdown file for the browser to save."""
        try:
            conversation = self.services.conversations.get(conversation_id)
            turns = self.services.conversations.turns(conversation_id)
        except StudyError as error:
            return ChatView(notice=error.as_text())
        return ChatView(download=download(conversation.title, conversation_markdown(conversation, turns)))

    def keep_thumb(self, value: str, note: str) -> ChatView:
        """Keep what the learner thinks of an answer; the page shows it already."""
        return ChatView(
            notice=sentence_of(lambda: keep_thumb(self.services.conversations, self._feedback, value, note))
        )

    def last_question(self, conversation_id: str) -> str:
        """The question that was asked last; empty when there is none."""
        asked = [turn.question for turn in self._turns(conversation_id) if turn.kind == "question"]
        return asked[-1] if asked else ""

    def conversation_messages(self, conversation_id: str) -> list[Message]:
        """A stored conversation as messages; none for a new one."""
        return self._messages_of(self._turns(conversation_id))

    def _messages_of(self, turns: Sequence[StoredTurn], *, is_whole: bool = True) -> list[Message]:
        """The turns as messages; only the last turn of a whole conversation can be asked again."""
        if not turns:
            return []
        judged = self._judged(turns)
        versions = self.services.conversations.versions(turns[0].conversation_id)
        return [
            message
            for turn in turns
            for message in stored_messages(
                turn,
                self.services.figures.read,
                judged.get(turn.id),
                versions=versions.get(turn.position),
                is_last=is_whole and turn is turns[-1],
            )
        ]

    @property
    def _feedback(self) -> FeedbackStore:
        return FeedbackStore(self.services.home / FEEDBACK)

    def _judged(self, turns: Sequence[StoredTurn]) -> dict[str, Feedback]:
        """The verdict of each turn; a copied turn that has none of its own keeps that of the turn it is a copy of."""
        try:
            known = self._feedback.of_turns([identity for turn in turns for identity in {turn.id, turn.origin_id}])
        except StudyError as error:
            logger.warning("%s", error.as_text())
            return {}
        judged = {turn.id: known.get(turn.id) or known.get(turn.origin_id) for turn in turns}
        return {identity: one for identity, one in judged.items() if one and one.verdict != "withdrawn"}

    def _delete(self, conversation_id: str) -> None:
        if self.services.state == "ready":
            self.services.rooms().tutor.delete_conversation(conversation_id)
        else:
            self.services.conversations.delete(conversation_id)

    def _turns(self, conversation_id: str) -> list[StoredTurn]:
        if not conversation_id:
            return []
        with suppress(ConversationNotFoundError):
            return self.services.conversations.turns(conversation_id)
        return []


def sentence_of(action: Callable[[], object]) -> str:
    """What went wrong, in a sentence; empty when nothing did."""
    try:
        action()
    except StudyError as error:
        return error.as_text()
    return ""


def download(title: str, text: str) -> str:
    """A Markdown file as the page's script takes it; `once` lets the same file be saved again."""
    name = re.sub(r"[^\w-]+", "-", title).strip("-")[:60] or "conversation"
    return json.dumps({"name": f"{name}.md", "text": text, "once": uuid4().hex})
