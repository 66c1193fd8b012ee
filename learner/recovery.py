"""A damaged record: kept aside, rebuilt from every row that can still be read, and never without telling."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from errors import HomeBusyError
from learner.faults import plain_faults
from learner.log_link import set_foreign_log_aside
from learner.question_json import question_of
from learner.quiz_store import QuizStore, quiz_of_row
from learner.sqlite_pages import Row, rows_in
from learner.store import LearnerStore, evidence_of_row
from learner.values import Evidence, EvidenceKind

_SIDE_FILES = ("-wal", "-shm")
_DAMAGE = ("malformed", "not a database", "disk image", "file is encrypted", "unsupported file format")
RESCUED = "rescued"
"""The preference that keeps the last rescue's sentence, for pages that were not there when it was told."""
_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Rescue:
    """What became of a damaged record."""

    kept_at: Path
    """Where the damaged file is now."""
    acts: int
    """Read, and in the new record."""
    lost_acts: int
    """Known to be missing, by the gaps in their numbers; what stood at the very end leaves no gap."""
    withdrawals: int
    quizzes: int

    @property
    def sentence(self) -> str:
        """What the learner is told."""
        lost = f", at least {self.lost_acts} could not be read" if self.lost_acts else ""
        return (
            f"Your learning record was damaged and is rebuilt: {self.acts} acts ({self.withdrawals} taken back) and "
            f"{self.quizzes} quizzes were read{lost}; the damaged file is kept as {self.kept_at}."
        )


@dataclass(slots=True)
class _Found:
    """Rows that were read, each once."""

    acts: dict[str, tuple[int, Evidence]] = field(default_factory=dict)
    withdrawals: dict[str, datetime] = field(default_factory=dict)
    quizzes: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    items: dict[str, tuple[str, str]] = field(default_factory=dict)
    preferences: dict[str, Any] = field(default_factory=dict)


def open_record(path: Path, *, at: datetime) -> tuple[LearnerStore, Rescue | None]:
    """The record, and what became of it when it was damaged. Doors open it so, and tell the rescue's sentence.

    Raises:
        StudyError: it cannot be opened, or is damaged beyond reading any act; then it is left as it is.
    """
    from filelock import FileLock, Timeout

    set_foreign_log_aside(path)
    if not _is_damaged(path) and (path.exists() or not _rebuilt(path).exists()):
        return LearnerStore(path), None
    try:
        with FileLock(path.with_name(f".{path.name}.rescue.lock"), timeout=_WAIT_SECONDS):
            rescue = _rescued(path, at) if _is_damaged(path) else None
            if not path.exists() and _rebuilt(path).exists():  # killed between the two renames below
                _rebuilt(path).replace(path)
    except Timeout as error:
        raise HomeBusyError(f"Another program rebuilds {path}.", hint="Wait a moment and do it again.") from error
    return LearnerStore(path), rescue


def _is_damaged(path: Path) -> bool:
    """Whether SQLite finds a fault on any page; a missing, empty or locked file has none."""
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        return any(word in str(error).casefold() for word in _DAMAGE)


def _rescued(path: Path, at: datetime) -> Rescue | None:
    """Rebuild the record beside the damaged one, then change their names; None when nothing of it can be read."""
    with plain_faults(path):
        log = path.with_name(f"{path.name}-wal")
        found = _read(rows_in(path.read_bytes(), log.read_bytes() if log.is_file() else b""))
        if not found.acts:
            return None
        new = _rebuilt(path)
        for name in (new, *(new.with_name(new.name + end) for end in _SIDE_FILES)):
            name.unlink(missing_ok=True)
        withdrawals, quizzes = _write(found, new)
        kept_at = _free_name(path, at)
        last = max(row_id for row_id, _ in found.acts.values())
        rescue = Rescue(kept_at, len(found.acts), max(0, last - len(found.acts)), withdrawals, quizzes)
        QuizStore(LearnerStore(new)).set_preference(RESCUED, rescue.sentence)
        path.replace(kept_at)
        for end in _SIDE_FILES:
            side = path.with_name(path.name + end)
            if side.exists():
                side.replace(kept_at.with_name(kept_at.name + end))
        new.replace(path)
    return rescue


def _rebuilt(path: Path) -> Path:
    return path.with_name(f"{path.name}.rebuilt")


def _free_name(path: Path, at: datetime) -> Path:
    name = f"{path.name}.damaged-{at:%Y%m%dT%H%M%SZ}"
    names = (path.with_name(name if number == 0 else f"{name}-{number}") for number in range(1_000))
    return next(one for one in names if not one.exists())


def _read(rows: Iterable[Row]) -> _Found:
    found = _Found()
    for row in rows:
        try:
            _take(row, found)
        except (ValueError, TypeError, KeyError):  # a row that the damage changed
            continue
    return found


def _take(row: Row, found: _Found) -> None:
    """Keep a row of one of our tables, by its form: the table it belongs to is no longer known."""
    values = row.values
    if row.row_id is not None and len(values) == 12 and values[0] is None:
        act = evidence_of_row((*values[1:], None))
        if act.kind not in get_args(EvidenceKind):
            raise ValueError("no act is of that kind")
        found.acts.setdefault(act.key, (row.row_id, act))
    elif row.row_id is not None and len(values) == 3 and all(isinstance(value, str) for value in values):
        item = question_of(json.loads(str(values[2])))
        found.items.setdefault(str(item.id), (str(values[1]), str(values[2])))
    elif row.row_id is None and len(values) == 7:
        found.quizzes.setdefault(quiz_of_row(values).id, values)
    elif row.row_id is None and len(values) == 2 and all(isinstance(value, str) for value in values):
        name, value = (str(one) for one in values)
        try:
            found.withdrawals.setdefault(name, datetime.fromisoformat(value))
        except ValueError:
            found.preferences.setdefault(name, json.loads(value))


def _write(found: _Found, path: Path) -> tuple[int, int]:
    """How many withdrawals and quizzes the new record has; acts keep their order."""
    store = LearnerStore(path)
    acts = [act for _, act in sorted(found.acts.values(), key=lambda pair: pair[0])]
    _, withdrawals = store.record_all(replace(act, withdrawn_at=found.withdrawals.get(act.key)) for act in acts)
    quizzes = QuizStore(store)
    for values in found.quizzes.values():
        quiz = quiz_of_row(values)
        quizzes.add(quiz)
        if quiz.finished_at is not None:
            quizzes.finish(quiz.id, at=quiz.finished_at)
    for made_at, text in found.items.values():
        quizzes.add_items([question_of(json.loads(text))], at=datetime.fromisoformat(made_at))
    for name, value in found.preferences.items():
        quizzes.set_preference(name, value)
    return withdrawals, len(found.quizzes)
