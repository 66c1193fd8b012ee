"""The tables of the learner's verdicts on answers as numbered migrations: each is run once, in order, never edited."""

from __future__ import annotations

import sqlite3

from errors import HomeError
from migration_runner import Migration, run_migrations


def m001_feedback(connection: sqlite3.Connection) -> None:
    """Feedback: one row for each press of a thumb, with what was judged; nothing may change or delete it."""
    connection.execute(
        """CREATE TABLE feedback (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            turn_id TEXT NOT NULL,
            position INTEGER NOT NULL,
            question TEXT NOT NULL,
            answer TEXT NOT NULL,
            refused INTEGER NOT NULL,
            passages TEXT NOT NULL,
            model TEXT NOT NULL,
            tools TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down', 'withdrawn')),
            reason TEXT NOT NULL,
            note TEXT NOT NULL
        )"""
    )
    connection.execute("CREATE INDEX feedback_by_turn ON feedback (conversation_id, turn_id)")
    for act in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER feedback_no_{act.lower()} BEFORE {act} ON feedback "
            "BEGIN SELECT RAISE(ABORT, 'feedback is append-only'); END"
        )


MIGRATIONS: tuple[Migration, ...] = (m001_feedback,)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest form, in one transaction.

    Raises:
        HomeError: the file was written by a newer version.
    """
    newer = HomeError(
        "Your verdicts on answers were written by a newer version of the assistant.",
        hint="Update the assistant, or choose another data folder with STUDY_HOME.",
    )
    run_migrations(connection, MIGRATIONS, newer)
