"""The record's tables as numbered migrations: each is run once, in order, and never edited."""

from __future__ import annotations

import sqlite3

from errors import LearnerRecordError
from learner.log_link import add_link
from migration_runner import Migration, run_migrations


def m001_evidence(connection: sqlite3.Connection) -> None:
    """Evidence: one row for each act, which nothing may change or delete."""
    connection.execute(
        """CREATE TABLE evidence (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            item_id TEXT NOT NULL,
            topic_ids TEXT NOT NULL,
            paper_ids TEXT NOT NULL,
            outcome REAL NOT NULL CHECK (outcome BETWEEN 0 AND 1),
            given TEXT NOT NULL,
            expected TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            at TEXT NOT NULL,
            details TEXT NOT NULL
        )"""
    )
    connection.execute("CREATE INDEX evidence_by_time ON evidence (at)")
    connection.execute("CREATE INDEX evidence_by_item ON evidence (kind, item_id)")
    _forbid_changes(connection, "evidence")


def m002_withdrawals(connection: sqlite3.Connection) -> None:
    """Withdrawals: evidence that no longer counts, and since when."""
    connection.execute(
        "CREATE TABLE withdrawals (key TEXT PRIMARY KEY REFERENCES evidence (key), at TEXT NOT NULL) WITHOUT ROWID"
    )
    _forbid_changes(connection, "withdrawals")


def m003_quizzes(connection: sqlite3.Connection) -> None:
    """Quizzes that were begun, generated items, and what the learner prefers; answers are evidence, not here."""
    connection.execute(
        """CREATE TABLE quizzes (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            mode TEXT NOT NULL,
            question_ids TEXT NOT NULL,
            created_at TEXT NOT NULL,
            minutes INTEGER,
            finished_at TEXT
        ) WITHOUT ROWID"""
    )
    connection.execute("CREATE TABLE items (id TEXT PRIMARY KEY, made_at TEXT NOT NULL, question TEXT NOT NULL)")
    connection.execute("CREATE TABLE preferences (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")


def m004_log_link(connection: sqlite3.Connection) -> None:
    """The link by which a write-ahead log is known to belong to the record."""
    add_link(connection)


def _forbid_changes(connection: sqlite3.Connection, table: str) -> None:
    for act in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


MIGRATIONS: tuple[Migration, ...] = (m001_evidence, m002_withdrawals, m003_quizzes, m004_log_link)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest form, in one transaction.

    Raises:
        LearnerRecordError: the file was written by a newer version.
    """
    newer = LearnerRecordError(
        "Your learning record was written by a newer version of the assistant.",
        hint="Update the assistant, or choose another data folder with STUDY_HOME.",
    )
    run_migrations(connection, MIGRATIONS, newer)
