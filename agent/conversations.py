"""The learner's conversations, in SQLite: a question is stored before it is answered, so none is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import uuid4

from agent.answers import Step, answer_to_dict
from agent.conversation_branches import turn_row
from agent.conversation_file import PASSED_OVER, busy, not_found, now_text
from agent.conversation_shelf import ConversationShelf
from agent.conversation_values import (
    TURN_COLUMNS,
    Conversation,
    StoredTurn,
    TurnKind,
    Turns,
    title_for,
    turn_of,
)
from agent.events import Answer, ApprovalRequest
from agent.process import process_runs
from errors import QuestionError

LONGEST_TURN = timedelta(hours=2)
"""A turn that runs longer is taken for dead: its process number may be another program's by now."""
INTERRUPTED = "The assistant was stopped while it answered this question."

__all__ = ["Conversation", "ConversationStore", "StoredTurn", "title_for"]


class ConversationStore(ConversationShelf):
    """Conversations and turns in one file. Each call opens its own connection, so any thread may call."""

    _running_here: ClassVar[set[str]] = set()
    """Turns that this process is running, in whichever store object: a second one must not close them."""

    def turn(self, conversation_id: str, turn_id: str) -> StoredTurn:
        """One turn.

        Raises:
            ConversationNotFoundError: no conversation has that id, or it has no such turn.
        """
        self.get(conversation_id)
        with self._connection() as connection:
            row = turn_row(connection, conversation_id, turn_id)
        if row is None:
            raise not_found(conversation_id)
        return turn_of(row)

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
        turn_id, now = uuid4().hex, now_text()
        with self._transaction() as connection:
            if not connection.execute(
                "UPDATE conversations SET updated_at = ?1, shown_at = ?1 WHERE id = ?2 AND deleted_at = ''",
                (now, conversation_id),
            ).rowcount:
                raise not_found(conversation_id)
            position, running = connection.execute(
                "SELECT COALESCE(MAX(position) + 1, 0), COALESCE(SUM(status = 'running'), 0) "
                "FROM turns WHERE conversation_id = ?",
                (conversation_id,),
            ).fetchone()
            if running:
                raise busy()
            if kind == "question":
                connection.execute(
                    "UPDATE turns SET status = 'stopped', error = ?, requests = '[]', unfinished = '{}', "
                    "finished_at = ? WHERE conversation_id = ? AND status = 'waiting'",
                    (PASSED_OVER, now, conversation_id),
                )
            connection.execute(
                "INSERT INTO turns (id, conversation_id, position, kind, question, status, process_id, started_at, "
                "origin_id) VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6, ?7, ?1)",
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
                raise busy()
            turn = turn_of(row) if row else None
            if turn is None or not any(request.call_id in decided for request in turn.requests):
                raise QuestionError("Nothing waits for this decision any more.", hint="Ask your question again.")
            connection.execute(
                "UPDATE turns SET status = 'running', process_id = ?, started_at = ? WHERE id = ?",
                (os.getpid(), now_text(), turn.id),
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
            finished_at=now_text(),
        )

    def _store(self, turn_id: str, **values: str | None) -> None:
        self._running_here.discard(turn_id)
        assignments = ", ".join(f"{column} = ?" for column in values)
        with self._transaction() as connection:
            connection.execute(f"UPDATE turns SET {assignments} WHERE id = ?", (*values.values(), turn_id))
            connection.execute(
                "UPDATE conversations SET updated_at = ? WHERE id = (SELECT conversation_id FROM turns WHERE id = ?)",
                (now_text(), turn_id),
            )

    def close_abandoned(self) -> int:
        """Mark the running turns of dead processes, and very old ones, as stopped; how many there were."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT id, process_id, started_at FROM turns WHERE status = 'running'"
            ).fetchall()
            abandoned = [(INTERRUPTED, now_text(), row[0]) for row in rows if not self._is_alive(*row)]
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


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, default=str)
