"""The graph's own memory of each conversation, in SQLite: opened per turn, kept small, mended if damaged."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS = 30.0


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The saver on `path`, for use in the running event loop only.

    Only plain values and messages are read back (the strict allow-list), whatever the environment says.
    """
    import aiosqlite
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_SECONDS) as connection:
        yield AsyncSqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))


def keep_latest(path: Path, conversation_id: str) -> None:
    """Forget all but the newest state of a conversation: each state holds the whole conversation."""
    _execute(
        path,
        (
            "DELETE FROM writes WHERE thread_id = ?1 AND checkpoint_id < "
            "(SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?1)",
            "DELETE FROM checkpoints WHERE thread_id = ?1 AND checkpoint_id < "
            "(SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?1)",
        ),
        conversation_id,
    )


def forget(path: Path, conversation_id: str) -> None:
    """Forget a conversation."""
    _execute(
        path,
        ("DELETE FROM writes WHERE thread_id = ?1", "DELETE FROM checkpoints WHERE thread_id = ?1"),
        conversation_id,
    )


def _execute(path: Path, statements: tuple[str, ...], conversation_id: str) -> None:
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection, connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if {"checkpoints", "writes"} <= tables:
            for statement in statements:
                connection.execute(statement, (conversation_id,))


def set_damaged_aside(path: Path) -> Path | None:
    """Move a file that is no sound database out of the way; where it went, or None when it is sound.

    Conversations survive this: their questions and answers are in the conversation store.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        return None  # locked or unreadable: not damage
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict == "ok":
        return None
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    logger.warning("%s was damaged (%s); it was moved to %s and begun anew", path, verdict, aside)
    return aside
