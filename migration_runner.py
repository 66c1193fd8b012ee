"""Brings a SQLite file to its newest form: numbered migrations, each run once, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from errors import StudyError

Migration = Callable[[sqlite3.Connection], None]


def run_migrations(connection: sqlite3.Connection, migrations: Sequence[Migration], newer: StudyError) -> None:
    """Run what was not run before, in order, and note it.

    Raises:
        StudyError: `newer`, when the file knows a migration that is not among these.
    """
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations "
            "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"
        )
        done = {int(row[0]) for row in connection.execute("SELECT number FROM migrations")}
        if any(number > len(migrations) for number in done):
            raise newer
        for number, migration in enumerate(migrations, start=1):
            if number in done:
                continue
            migration(connection)
            connection.execute(
                "INSERT INTO migrations VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                (number, migration.__name__),
            )
