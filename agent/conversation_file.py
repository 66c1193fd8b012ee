"""The file that conversations are kept in: how it is opened, and the faults all its users know."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.conversation_schema import migrate
from errors import ConversationNotFoundError, HomeError, QuestionError
from learner.log_link import set_foreign_log_aside, write_link

BUSY_TIMEOUT_SECONDS = 30.0
PASSED_OVER = "You asked something else before deciding."


class ConversationFile:
    """One SQLite file. Each call opens its own connection, so any thread may call.

    One connection more stays open and does nothing. With the last connection to a file SQLite moves all that was
    written from the `-wal` file and removes it, so without that one each write waited for the disk several times.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        set_foreign_log_aside(path)
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)
            idle = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, check_same_thread=False)
            idle.execute("SELECT count(*) FROM sqlite_master").fetchall()  # only one that has read counts
        self._close_idle = weakref.finalize(self, idle.close)

    def close(self) -> None:
        """Let the file go; what is still called opens it for itself."""
        self._close_idle()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                write_link(connection)
                yield connection

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.create_function("folded", 1, _folded, deterministic=True)
                yield connection
        except sqlite3.Error as error:
            raise _in_plain_words(error, self._path) from error


def _in_plain_words(error: sqlite3.Error, path: Path) -> HomeError:
    if any(word in str(error) for word in ("malformed", "not a database")):
        return HomeError(
            f"The conversations in {path} are damaged ({error}).",
            hint="Put back a copy of the file, or move it away: the next start begins a new one.",
        )
    return HomeError(
        f"The conversations in {path} cannot be read or written: {error}.",
        hint="Check the folder's rights and free space.",
    )


def _folded(text: str | None) -> str:
    """Lower case beyond ASCII, which SQLite's own LIKE does not know."""
    return (text or "").casefold()


def now_text() -> str:
    """The time, UTC in ISO form."""
    return datetime.now(UTC).isoformat()


def busy() -> QuestionError:
    """The fault of a second question while one is being answered."""
    return QuestionError(
        "This conversation is still answering a question.",
        hint="Wait for the answer or stop it, or ask in another conversation.",
    )


def not_found(conversation_id: str) -> ConversationNotFoundError:
    """The fault of an id that no conversation has."""
    return ConversationNotFoundError(
        f'There is no conversation "{conversation_id[:40]}".',
        hint="It may have been deleted; begin a new one.",
    )
