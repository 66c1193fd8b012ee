"""The conversation store's tables as numbered migrations: each is run once, in order, and never edited."""

from __future__ import annotations

import sqlite3

from errors import HomeError
from learner.log_link import add_link
from migration_runner import Migration, run_migrations


def m001_conversations_and_turns(connection: sqlite3.Connection) -> None:
    """Conversations, and their turns with answer and steps as JSON."""
    connection.execute(
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL
        )"""
    )
    connection.execute(
        """CREATE TABLE turns (
            id TEXT PRIMARY KEY,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            question TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'stopped')),
            answer TEXT,
            steps TEXT NOT NULL DEFAULT '[]',
            error TEXT NOT NULL DEFAULT '',
            hint TEXT NOT NULL DEFAULT '',
            process_id INTEGER NOT NULL,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            UNIQUE (conversation_id, position)
        )"""
    )
    connection.execute("CREATE INDEX turns_running ON turns (status) WHERE status = 'running'")


def m002_turns_that_wait_and_cells(connection: sqlite3.Connection) -> None:
    """Turns that wait for the learner's yes, with what they ask and what they need to go on; cells of code."""
    connection.execute(
        """CREATE TABLE new_turns (
            id TEXT PRIMARY KEY,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            kind TEXT NOT NULL DEFAULT 'question' CHECK (kind IN ('question', 'code')),
            question TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'waiting', 'done', 'failed', 'stopped')),
            answer TEXT,
            steps TEXT NOT NULL DEFAULT '[]',
            requests TEXT NOT NULL DEFAULT '[]',
            unfinished TEXT NOT NULL DEFAULT '{}',
            error TEXT NOT NULL DEFAULT '',
            hint TEXT NOT NULL DEFAULT '',
            process_id INTEGER NOT NULL,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            UNIQUE (conversation_id, position)
        )"""
    )
    kept = (
        "id, conversation_id, position, question, status, answer, steps, error, hint, process_id, "
        "started_at, finished_at"
    )
    connection.execute(f"INSERT INTO new_turns ({kept}) SELECT {kept} FROM turns")
    connection.execute("DROP TABLE turns")
    connection.execute("ALTER TABLE new_turns RENAME TO turns")
    connection.execute("CREATE INDEX turns_running ON turns (status) WHERE status = 'running'")


def m003_versions_branches_and_undo(connection: sqlite3.Connection) -> None:
    """Families of versions, where a branch came from, deletions that can be undone, and where a copied turn began."""
    for column in (
        "family TEXT NOT NULL DEFAULT ''",
        "shown_at TEXT NOT NULL DEFAULT ''",
        "branched_from TEXT NOT NULL DEFAULT ''",
        "deleted_at TEXT NOT NULL DEFAULT ''",
    ):
        connection.execute(f"ALTER TABLE conversations ADD COLUMN {column}")
    connection.execute("UPDATE conversations SET family = id, shown_at = updated_at")
    connection.execute("CREATE INDEX conversations_family ON conversations (family)")
    connection.execute("ALTER TABLE turns ADD COLUMN origin_id TEXT NOT NULL DEFAULT ''")
    connection.execute("UPDATE turns SET origin_id = id")


def m004_log_link(connection: sqlite3.Connection) -> None:
    """The link by which a write-ahead log is known to belong to the file."""
    add_link(connection)


MIGRATIONS: tuple[Migration, ...] = (
    m001_conversations_and_turns,
    m002_turns_that_wait_and_cells,
    m003_versions_branches_and_undo,
    m004_log_link,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest form, in one transaction.

    Raises:
        HomeError: the file was written by a newer version.
    """
    newer = HomeError(
        "The conversations were written by a newer version of the assistant.",
        hint="Update the assistant, or choose another data folder with STUDY_HOME.",
    )
    run_migrations(connection, MIGRATIONS, newer)
