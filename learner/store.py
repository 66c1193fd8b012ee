"""The learner's record in one SQLite file: evidence is added and withdrawn, never changed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from learner.faults import plain_faults
from learner.log_link import set_foreign_log_aside, write_link
from learner.migrations import migrate
from learner.values import Evidence

BUSY_TIMEOUT_SECONDS = 30.0
"""Longest wait for another thread's or process's transaction."""
EVERYTHING = 2**63 - 1
"""As the limit of a list: all of it."""
_RETRY_SECONDS = 0.02
_COLUMNS = tuple(field.name for field in fields(Evidence) if field.name != "withdrawn_at")
_LISTS = frozenset({"topic_ids", "paper_ids"})
_RECORD = (
    f"INSERT INTO evidence ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    "ON CONFLICT (key) DO NOTHING"
)
_UNDO = "INSERT INTO withdrawals SELECT key, ? FROM evidence WHERE key = ? ON CONFLICT (key) DO NOTHING"


class LearnerStore:
    """Evidence of what the learner knows. Each call opens its own connection, so any thread or process may call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with plain_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            set_foreign_log_aside(path)
            with self._connection() as connection:
                _switch_to_write_ahead_log(connection)
                migrate(connection)

    @property
    def path(self) -> Path:
        """Where the record is."""
        return self._path

    def record(self, evidence: Evidence) -> bool:
        """True when the evidence is now on disk for the first time, False when its key was there already."""
        with plain_faults(self._path), transaction(self._path) as connection:
            return connection.execute(_RECORD, _row_of(evidence)).rowcount == 1

    def record_all(self, evidence: Iterable[Evidence]) -> tuple[int, int]:
        """How many acts and withdrawals are new; in one transaction, so that a fault or a kill keeps none of them."""
        rows = [(_row_of(one), one.withdrawn_at, one.key) for one in evidence]
        acts = withdrawals = 0
        with plain_faults(self._path), transaction(self._path) as connection:
            for row, withdrawn_at, key in rows:
                acts += connection.execute(_RECORD, row).rowcount
                if withdrawn_at is not None:
                    withdrawals += connection.execute(_UNDO, _withdrawal(withdrawn_at, key)).rowcount
        return acts, withdrawals

    def undo(self, key: str, *, at: datetime | None = None) -> bool:
        """True when the evidence is withdrawn from now on; False when there is none, or it was withdrawn before."""
        with plain_faults(self._path), transaction(self._path) as connection:
            return connection.execute(_UNDO, _withdrawal(at or datetime.now(UTC), key)).rowcount == 1

    def evidence(
        self,
        kind: str | None = None,
        item_id: str | None = None,
        limit: int = 100,
        *,
        topic_id: str | None = None,
        include_withdrawn: bool = False,
    ) -> list[Evidence]:
        """What was recorded, newest first; withdrawn evidence only when asked for."""
        columns = ", ".join(f"e.{column}" for column in _COLUMNS)
        condition, values = _condition(kind, item_id, topic_id, include_withdrawn)
        query = f"SELECT {columns}, w.at {condition} ORDER BY e.at DESC, e.id DESC LIMIT ?"
        return [evidence_of_row(row) for row in self._rows(query, [*values, max(0, limit)])]

    def count(self, kind: str | None = None, item_id: str | None = None, *, topic_id: str | None = None) -> int:
        """How much evidence counts; what was withdrawn does not."""
        condition, values = _condition(kind, item_id, topic_id, False)
        return int(self._rows(f"SELECT count(*) {condition}", values)[0][0])

    def _rows(self, query: str, values: list[Any]) -> list[Any]:
        with plain_faults(self._path), self._connection() as connection:
            return connection.execute(query, [_storable(value) for value in values]).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connected(self._path) as connection:
            yield connection


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own to the record's file; every write is on disk when it is acknowledged."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    with closing(connection):
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection in a transaction: a fault or a kill keeps nothing of it."""
    with connected(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            write_link(connection)
            yield connection


def _switch_to_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Readers then never wait for a writer. SQLite does not wait for others while it switches, so we do."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _condition(
    kind: str | None, item_id: str | None, topic_id: str | None, include_withdrawn: bool
) -> tuple[str, list[Any]]:
    """The FROM and WHERE of a query over evidence, and its values."""
    wanted = {
        "e.kind = ?": kind,
        "e.item_id = ?": item_id,
        "EXISTS (SELECT 1 FROM json_each(e.topic_ids) WHERE value = ?)": topic_id,
    }
    chosen = {condition: value for condition, value in wanted.items() if value is not None}
    conditions = [*chosen, "1 = 1" if include_withdrawn else "w.key IS NULL"]
    return f"FROM evidence e LEFT JOIN withdrawals w USING (key) WHERE {' AND '.join(conditions)}", [*chosen.values()]


def _row_of(evidence: Evidence) -> list[Any]:
    values = {column: getattr(evidence, column) for column in _COLUMNS}
    values["at"] = _time_text(evidence.at)
    for column in (*_LISTS, "details"):
        values[column] = json.dumps(values[column], ensure_ascii=True)
    return [_storable(value) for value in values.values()]


def _withdrawal(at: datetime, key: str) -> tuple[str, Any]:
    return _time_text(at), _storable(key)


def _storable(value: Any) -> Any:
    """Half a surrogate pair, as broken browser input has it, would not fit into the file's UTF-8."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def evidence_of_row(row: tuple[Any, ...]) -> Evidence:
    """The evidence of a row: its columns in order, then when it was withdrawn."""
    *stored, withdrawn_at = row
    values = dict(zip(_COLUMNS, stored, strict=True))
    values["at"] = datetime.fromisoformat(values["at"])
    values["details"] = json.loads(values["details"])
    for column in _LISTS:
        values[column] = tuple(json.loads(values[column]))
    return Evidence(**values, withdrawn_at=datetime.fromisoformat(withdrawn_at) if withdrawn_at else None)


def _time_text(at: datetime) -> str:
    """Always as long, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
