"""Versions and branches of a conversation: conversations of their own that begin with copies of its first turns.

A version answers a question anew or asks it in other words; it belongs to the family of the conversation, whose
list shows one of them. A branch is a family of its own. What is left behind stays as it was, in the other one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from agent.conversation_values import TURN_COLUMNS, title_for

_COPIED = (
    "kind, question, status, answer, steps, requests, unfinished, error, hint, process_id, started_at, finished_at, "
    "position, origin_id"
)
BRANCH_MARK = " (branch)"


@dataclass(frozen=True, slots=True)
class Versions:
    """The ways a conversation goes on from one place, in the order in which they were begun."""

    conversation_ids: tuple[str, ...]
    """For each way, the conversation of it that was shown last; the open one for the way that is open."""
    place: int
    """0-based place of the open one."""


def copy_turns(
    connection: sqlite3.Connection, source_id: str, position: int, *, as_version: bool, now: str, passed_over: str
) -> str:
    """The id of a new conversation that holds copies of the turns before `position`.

    Args:
        connection: in a transaction.
        source_id: a conversation that is there.
        position: 0-based; the first turn that is not taken over.
        as_version: whether it belongs to the same family.
        now: the time, UTC in ISO form.
        passed_over: why a copied turn that waited for the learner does so no more.
    """
    target_id = uuid4().hex
    title, family = connection.execute("SELECT title, family FROM conversations WHERE id = ?", (source_id,)).fetchone()
    if not as_version:
        title = title if title.endswith(BRANCH_MARK) else f"{title}{BRANCH_MARK}"
        family = target_id
    connection.execute(
        "INSERT INTO conversations (id, title, created_at, updated_at, family, shown_at, branched_from) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (target_id, title, now, now, family, now, source_id),
    )
    rows = connection.execute(
        f"SELECT {_COPIED} FROM turns WHERE conversation_id = ? AND position < ? ORDER BY position",
        (source_id, position),
    ).fetchall()
    marks = ", ".join("?" * (2 + _COPIED.count(",") + 1))
    connection.executemany(
        f"INSERT INTO turns (id, conversation_id, {_COPIED}) VALUES ({marks})",
        [(uuid4().hex, target_id, *row) for row in rows],
    )
    connection.execute(
        "UPDATE turns SET status = 'stopped', error = ?, requests = '[]', unfinished = '{}', finished_at = ? "
        "WHERE conversation_id = ? AND status IN ('waiting', 'running')",
        (passed_over, now, target_id),
    )
    return target_id


def retitle(connection: sqlite3.Connection, conversation_id: str, old_question: str, new_question: str) -> None:
    """Give a version whose first question changed the title of that question, unless the learner chose one."""
    connection.execute(
        "UPDATE conversations SET title = ? WHERE id = ? AND title = ?",
        (title_for(new_question), conversation_id, title_for(old_question)),
    )


def find_versions(connection: sqlite3.Connection, conversation_id: str) -> Mapping[int, Versions]:
    """For each position from which the family goes on in several ways: these ways."""
    rows = connection.execute(
        "SELECT t.conversation_id, t.position, t.origin_id, t.started_at FROM turns t "
        "JOIN conversations c ON c.id = t.conversation_id WHERE c.deleted_at = '' AND "
        "c.family = (SELECT family FROM conversations WHERE id = ?) ORDER BY c.shown_at, t.position",
        (conversation_id,),
    ).fetchall()
    paths: dict[str, dict[int, tuple[str, str]]] = {}
    for identity, position, origin_id, started_at in rows:
        paths.setdefault(identity, {})[position] = (origin_id, started_at)
    own = paths.pop(conversation_id, {})
    paths[conversation_id] = own  # last, so that it stands for the way it is on
    found: dict[int, Versions] = {}
    for position in own:
        ways = _ways(paths, own, position)
        if len(ways) > 1:
            origins = sorted(ways, key=lambda origin: ways[origin][0])
            found[position] = Versions(tuple(ways[origin][1] for origin in origins), origins.index(own[position][0]))
    return found


def _ways(
    paths: Mapping[str, Mapping[int, tuple[str, str]]], own: Mapping[int, tuple[str, str]], position: int
) -> dict[str, tuple[str, str]]:
    """By the origin of the turn at `position`: when it was begun, and the last shown conversation that holds it."""
    before = own.get(position - 1, ("", ""))[0]
    return {
        path[position][0]: (path[position][1], identity)
        for identity, path in paths.items()
        if position in path and path.get(position - 1, ("", ""))[0] == before
    }


def family_members(connection: sqlite3.Connection, conversation_id: str) -> Sequence[str]:
    """The ids of all versions, deleted ones too."""
    rows = connection.execute(
        "SELECT id FROM conversations WHERE family = (SELECT family FROM conversations WHERE id = ?)",
        (conversation_id,),
    ).fetchall()
    return [row[0] for row in rows]


def turn_row(connection: sqlite3.Connection, conversation_id: str, turn_id: str) -> Sequence[object] | None:
    """The row of a turn with `TURN_COLUMNS`; None when the conversation has none of that id."""
    row: Sequence[object] | None = connection.execute(
        f"SELECT {TURN_COLUMNS} FROM turns WHERE conversation_id = ? AND id = ?", (conversation_id, turn_id)
    ).fetchone()
    return row
