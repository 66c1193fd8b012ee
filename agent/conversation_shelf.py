"""Conversations as wholes: begun, listed, searched, renamed, deleted and brought back, branched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from agent.conversation_branches import Versions, copy_turns, family_members, find_versions, retitle
from agent.conversation_file import PASSED_OVER, ConversationFile, busy, not_found, now_text
from agent.conversation_values import (
    CONVERSATION_COLUMNS,
    Conversation,
    Conversations,
    conversation_of,
    title_for,
)
from errors import QuestionError


class ConversationShelf(ConversationFile):
    """The conversations of one file, without what was said in them."""

    def create(self, first_question: str = "") -> Conversation:
        """A new conversation, titled by its first question."""
        now = now_text()
        identity, title = uuid4().hex, title_for(first_question)
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO conversations (id, title, created_at, updated_at, family, shown_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (identity, title, now, now, identity, now),
            )
        return conversation_of((identity, title, now, now, 0, identity, ""))

    def list(self) -> Conversations:
        """All conversations, the last used first; of several versions the one that was shown last."""
        return _one_a_family(self._select("1 = 1", ()))

    def search(self, words: str) -> Conversations:
        """The conversations whose title, questions or answers hold all `words`, the last used first."""
        condition = (
            "(instr(folded(c.title), ?1) OR EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = c.id AND "
            "(instr(folded(t.question), ?1) OR instr(folded(json_extract(t.answer, '$.text')), ?1))))"
        )
        found: Conversations | None = None
        for word in words.casefold().split():
            hits = self._select(condition, (word,))
            found = hits if found is None else [one for one in found if one in hits]
        return self.list() if found is None else _one_a_family(found)

    def get(self, conversation_id: str) -> Conversation:
        """One conversation.

        Raises:
            ConversationNotFoundError: none has that id.
        """
        found = self._select("c.id = ?1", (conversation_id,))
        if not found:
            raise not_found(conversation_id)
        return found[0]

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title.

        Raises:
            ConversationNotFoundError: none has that id.
            QuestionError: the title is empty.
        """
        cleaned = " ".join(title.split())[:200]
        if not cleaned:
            raise QuestionError("A conversation's title cannot be empty.", hint="Type a title.")
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE conversations SET title = ?, updated_at = ? WHERE deleted_at = '' AND "
                "family = (SELECT family FROM conversations WHERE id = ?)",
                (cleaned, now_text(), conversation_id),
            ).rowcount
        if not changed:
            raise not_found(conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Take a conversation with all its versions out of sight; `undelete` brings it back until `purge`.

        Raises:
            ConversationNotFoundError: none has that id.
        """
        self._mark_deleted(conversation_id, "", now_text())

    def undelete(self, conversation_id: str) -> None:
        """Bring a deleted conversation back with all its versions.

        Raises:
            ConversationNotFoundError: it is gone for good.
        """
        with self._connection() as connection:
            (stamp,) = connection.execute(
                "SELECT max(deleted_at) FROM conversations WHERE id = ?", (conversation_id,)
            ).fetchone()
        self._mark_deleted(conversation_id, stamp or "never", "")

    def _mark_deleted(self, conversation_id: str, before: str, after: str) -> None:
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE conversations SET deleted_at = ? WHERE deleted_at = ? AND "
                "family = (SELECT family FROM conversations WHERE id = ?)",
                (after, before, conversation_id),
            ).rowcount
        if not changed:
            raise not_found(conversation_id)

    def count_deleted(self, *, before: datetime) -> int:
        """How many conversations, their versions counted, were deleted before that time and are not yet gone."""
        with self._connection() as connection:
            (count,) = connection.execute(
                "SELECT COUNT(*) FROM conversations WHERE deleted_at != '' AND deleted_at < ?",
                (before.astimezone(UTC).isoformat(),),
            ).fetchone()
        return int(count)

    def purge(self, *, deleted_before: datetime) -> tuple[str, ...]:
        """Remove what was deleted before that time, with its turns, for good; the ids of these conversations."""
        with self._transaction() as connection:
            rows = connection.execute(
                "DELETE FROM conversations WHERE deleted_at != '' AND deleted_at < ? RETURNING id",
                (deleted_before.astimezone(UTC).isoformat(),),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def branch(
        self, conversation_id: str, position: int, *, as_version: bool = False, new_question: str = ""
    ) -> Conversation:
        """A new conversation with copies of the turns before `position`; this one stays as it is.

        Args:
            conversation_id: the conversation whose first turns are taken over.
            position: 0-based; the first turn that is not.
            as_version: whether it stands beside this one in its family, to be switched to.
            new_question: what will be asked there; the title follows a first question that changed.

        Raises:
            ConversationNotFoundError: none has that id.
            QuestionError: a question of it is being answered.
        """
        self.get(conversation_id)
        with self._transaction() as connection:
            questions = connection.execute(
                "SELECT question, status FROM turns WHERE conversation_id = ? ORDER BY position", (conversation_id,)
            ).fetchall()
            if any(status == "running" for _, status in questions):
                raise busy()
            identity = copy_turns(
                connection, conversation_id, position, as_version=as_version, now=now_text(), passed_over=PASSED_OVER
            )
            if as_version and new_question and position == 0 and questions:
                retitle(connection, identity, questions[0][0], new_question)
        return self.get(identity)

    def versions(self, conversation_id: str) -> Mapping[int, Versions]:
        """For each position from which the conversation has gone on in several ways: these ways."""
        with self._connection() as connection:
            return find_versions(connection, conversation_id)

    def show(self, conversation_id: str) -> None:
        """Remember that of its family this version is looked at."""
        with self._transaction() as connection:
            connection.execute("UPDATE conversations SET shown_at = ? WHERE id = ?", (now_text(), conversation_id))

    def members(self, conversation_id: str) -> Sequence[str]:
        """The ids of all versions of a conversation."""
        with self._connection() as connection:
            return family_members(connection, conversation_id)

    def _select(self, condition: str, values: tuple[str, ...]) -> Conversations:
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT {CONVERSATION_COLUMNS} FROM conversations c WHERE c.deleted_at = '' AND ({condition}) "
                "ORDER BY c.shown_at DESC, c.rowid DESC",
                values,
            ).fetchall()
        return [conversation_of(row) for row in rows]


def _one_a_family(conversations: Sequence[Conversation]) -> Conversations:
    """The first of each family, the last used first."""
    families = {one.family: one for one in reversed(conversations)}
    return sorted(reversed(families.values()), key=lambda one: one.updated_at, reverse=True)
