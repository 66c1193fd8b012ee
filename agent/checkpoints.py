"""The graph's own memory of each conversation: one small SQLite file each, opened for the time of a turn.

A file of its own for each conversation means that parallel conversations never wait for one another's writes,
that damage stays with one of them, and that deleting one is deleting a file.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS = 30.0


class Checkpoints:
    """The files of all conversations in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def path(self, conversation_id: str) -> Path:
        """The file of a conversation, whose id comes from the conversation store."""
        return self._folder / f"{conversation_id}.sqlite"

    @asynccontextmanager
    async def open(self, conversation_id: str) -> AsyncIterator[AsyncSqliteSaver]:
        """The saver of a conversation, for use in the running event loop only; all but its newest state go.

        Only plain values and messages are read back (the strict allow-list), whatever the environment says.
        """
        import aiosqlite
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        path = self.path(conversation_id)
        await asyncio.to_thread(set_damaged_aside, path)
        async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_SECONDS) as connection:
            try:
                yield AsyncSqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
            finally:
                with suppress(sqlite3.Error):
                    await _keep_newest(connection)

    def forget(self, conversation_id: str) -> None:
        """Remove the memory of a conversation."""
        for path in _with_journals(self.path(conversation_id)):
            path.unlink(missing_ok=True)


async def _keep_newest(connection: aiosqlite.Connection) -> None:
    """Drop all but the newest state: each state holds the whole conversation."""
    for table in ("writes", "checkpoints"):
        await connection.execute(
            f"DELETE FROM {table} WHERE checkpoint_id < (SELECT MAX(checkpoint_id) FROM checkpoints)"
        )
    await connection.commit()


def set_damaged_aside(path: Path) -> Path | None:
    """Move a file that is no sound database out of the way; where it went, or None when it is sound.

    The conversation survives this: its questions and answers are in the conversation store.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        return None  # locked or unreadable: not damage
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict == "ok":
        return None
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    path.replace(aside)
    for journal in _with_journals(path)[1:]:
        journal.unlink(missing_ok=True)
    logger.warning("%s was damaged (%s); it was moved to %s and begun anew", path, verdict, aside)
    return aside


def _with_journals(path: Path) -> list[Path]:
    return [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
