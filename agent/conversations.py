"""The learner's conversations, in SQLite: a question is stored before it is answered, so none is lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal
from uuid import uuid4

from agent.answers import Step, answer_to_dict
from agent.conversation_schema import migrate
from agent.conversation_values import (
    TURN_COLUMNS,
    Conversation,
    Conversations,
    StoredTurn,
    TurnKind,
    Turns,
    conversation_of,
    title_for,
    turn_of,
)
from agent.events import Answer, ApprovalRequest
from agent.process import process_runs
from errors import ConversationNotFoundError, HomeError, QuestionError

BUSY_TIMEOUT_SECONDS = 30.0
LONGEST_TURN = timedelta(hours=2)
"""A turn that runs longer is taken for dead: its process number may be another program's by now."""
PASSED_OVER = "You asked something else before deciding."
INTERRUPTED = "The assistant was stopped while it answered this question."

__all__ = ["Conversation", "ConversationStore", "StoredTurn", "title_for"]


class ConversationStore:
    """Conversations and turns in one file. Each call opens its own connection, so any thread may call."""

    _running_here: ClassVar[set[str]] = set()
    """Turns that this process is running, in whichever store object: a second one must not close them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)

    def create(self, first_question: str = "") -> Conversation:
        """A new conversation, titled by its first question."""
        now = _now()
        row = (uuid4().hex, title_for(first_question), now, now)
        with self._transaction() as connection:
            connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", row)
        return conversation_of((*row, 0))

    def list(self) -> Conversations:
        """All conversations, the last used first."""
        return self._select("1 = 1", ())

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
        return self.list() if found is None else found

    def get(self, conversation_id: str) -> Conversation:
        """One conversation.

        Raises:
            ConversationNotFoundError: none has that id.
        """
        found = self._select("c.id = ?1", (conversation_id,))
        if not found:
            raise _not_found(conversation_id)
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
                "UPDATE conversations SET title = ?, updated_at = ? WHERE id = ?",
                (cleaned, _now(), conversation_id),
            ).rowcount
        if not changed:
            raise _not_found(conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Remove a conversation and its turns.

        Raises:
            ConversationNotFoundError: none has that id.
        """
        with self._transaction() as connection:
            if not connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,)).rowcount:
                raise _not_found(conversation_id)

    def turns(self, conversation_id: str) -> Turns:
        """The turns of a conversation, in order.

        Raises:
            ConversationNotFoundError: none has that id.
        """
        self.get(conversation_id)
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT {TURN_COLUMNS} FROM turns WHERE conversation_id = ? ORDER BY position",
                (conversation_id,),
            ).fetchall()
        return [turn_of(row) for row in rows]

    def cells(self, conversation_id: str, *, last: int) -> Turns:
        """The last cells of code that the learner ran to their end, in order."""
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT {TURN_COLUMNS} FROM turns WHERE conversation_id = ? AND kind = 'code' AND status = 'done' "
                "ORDER BY position DESC LIMIT ?",
                (conversation_id, last),
            ).fetchall()
        return [turn_of(row) for row in reversed(rows)]

    def begin_turn(self, conversation_id: str, question: str, *, kind: TurnKind = "question") -> str:
        """The id of a new, running turn. A question ends a turn that waits for the learner; a cell does not.

        Raises:
            ConversationNotFoundError: no conversation has that id.
            QuestionError: another question of this conversation is being answered.
        """
        turn_id, now = uuid4().hex, _now()
        with self._transaction() as connection:
            if not connection.execute(
                "UPDATE conversations SET updated_at = ? WHERE id = ?", (now, conversation_id)
            ).rowcount:
                raise _not_found(conversation_id)
            position, running = connection.execute(
                "SELECT COALESCE(MAX(position) + 1, 0), COALESCE(SUM(status = 'running'), 0) "
                "FROM turns WHERE conversation_id = ?",
                (conversation_id,),
            ).fetchone()
            if running:
                raise _busy()
            if kind == "question":
                connection.execute(
                    "UPDATE turns SET status = 'stopped', error = ?, requests = '[]', unfinished = '{}', "
                    "finished_at = ? WHERE conversation_id = ? AND status = 'waiting'",
                    (PASSED_OVER, now, conversation_id),
                )
            connection.execute(
                "INSERT INTO turns (id, conversation_id, position, kind, question, status, process_id, started_at) "
                "VALUES (?, ?, ?, ?, ?, 'running', ?, ?)",
                (turn_id, conversation_id, position, kind, question, os.getpid(), now),
            )
        self._running_here.add(turn_id)
        return turn_id

    def resume_turn(self, conversation_id: str, decided: Collection[str]) -> StoredTurn:
        """The turn that waited for the learner, as it was; from now on it runs.

        Raises:
            ConversationNotFoundError: no conversation has that id.
            QuestionError: no turn of it waits for one of the `decided` calls, or it is being answered already.
        """
        self.get(conversation_id)
        with self._transaction() as connection:
            row = connection.execute(
                f"SELECT {TURN_COLUMNS} FROM turns WHERE conversation_id = ? AND status IN ('running', 'waiting') "
                "ORDER BY status",
                (conversation_id,),
            ).fetchone()
            if row is not None and row[4] == "running":
                raise _busy()
            turn = turn_of(row) if row else None
            if turn is None or not any(request.call_id in decided for request in turn.requests):
                raise QuestionError("Nothing waits for this decision any more.", hint="Ask your question again.")
            connection.execute(
                "UPDATE turns SET status = 'running', process_id = ?, started_at = ? WHERE id = ?",
                (os.getpid(), _now(), turn.id),
            )
        self._running_here.add(turn.id)
        return turn

    def wait_turn(
        self,
        turn_id: str,
        requests: Sequence[ApprovalRequest],
        unfinished: dict[str, Any],
        *,
        answer: Answer | None = None,
        steps: Sequence[Step] = (),
    ) -> None:
        """Store that a turn waits for the learner, with what it asks and what it needs to go on."""
        self._store(
            turn_id,
            status="waiting",
            answer=_json(answer_to_dict(answer)) if answer else None,
            steps=_json([asdict(step) for step in steps]),
            requests=_json([asdict(request) for request in requests]),
            unfinished=_json(unfinished),
        )

    def end_turn(
        self,
        turn_id: str,
        status: Literal["done", "failed", "stopped"],
        *,
        answer: Answer | None = None,
        steps: Sequence[Step] = (),
        error: str = "",
        hint: str = "",
    ) -> None:
        """Store what came of a turn; nothing happens when its conversation was deleted meanwhile."""
        self._store(
            turn_id,
            status=status,
            answer=_json(answer_to_dict(answer)) if answer else None,
            steps=_json([asdict(step) for step in steps]),
            requests="[]",
            unfinished="{}",
            error=error,
            hint=hint,
            finished_at=_now(),
        )

    def _store(self, turn_id: str, **values: str | None) -> None:
        self._running_here.discard(turn_id)
        assignments = ", ".join(f"{column} = ?" for column in values)
        with self._transaction() as connection:
            connection.execute(f"UPDATE turns SET {assignments} WHERE id = ?", (*values.values(), turn_id))
            connection.execute(
                "UPDATE conversations SET updated_at = ? WHERE id = (SELECT conversation_id FROM turns WHERE id = ?)",
                (_now(), turn_id),
            )

    def close_abandoned(self) -> int:
        """Mark the running turns of dead processes, and very old ones, as stopped; how many there were."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT id, process_id, started_at FROM turns WHERE status = 'running'"
            ).fetchall()
            abandoned = [(INTERRUPTED, _now(), row[0]) for row in rows if not self._is_alive(*row)]
            connection.executemany(
                "UPDATE turns SET status = 'stopped', error = ?, requests = '[]', unfinished = '{}', "
                "finished_at = ? WHERE id = ?",
                abandoned,
            )
        return len(abandoned)

    def _is_alive(self, turn_id: str, process_id: int, started_at: str) -> bool:
        if process_id == os.getpid():
            return turn_id in self._running_here
        age = datetime.now(UTC) - datetime.fromisoformat(started_at)
        return process_runs(process_id) and age < LONGEST_TURN

    def _select(self, condition: str, values: tuple[str, ...]) -> Conversations:
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT c.id, c.title, c.created_at, c.updated_at, "
                "(SELECT COUNT(*) FROM turns t WHERE t.conversation_id = c.id) FROM conversations c "
                f"WHERE {condition} ORDER BY c.updated_at DESC, c.rowid DESC",
                values,
            ).fetchall()
        return [conversation_of(row) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.create_function("folded", 1, _folded, deterministic=True)
                yield connection
        except sqlite3.Error as error:
            raise HomeError(
                f"The conversations in {self._path} cannot be read or written: {error}.",
                hint="Check the folder's rights and free space; a damaged file can be moved aside.",
            ) from error


def _folded(text: str | None) -> str:
    """Lower case beyond ASCII, which SQLite's own LIKE does not know."""
    return (text or "").casefold()


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, default=str)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _busy() -> QuestionError:
    return QuestionError(
        "This conversation is still answering a question.",
        hint="Wait for the answer or stop it, or ask in another conversation.",
    )


def _not_found(conversation_id: str) -> ConversationNotFoundError:
    return ConversationNotFoundError(
        f'There is no conversation "{conversation_id[:40]}".',
        hint="It may have been deleted; begin a new one.",
    )
