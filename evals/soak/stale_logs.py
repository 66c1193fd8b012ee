"""Write-ahead logs beside the learner's own stores: a store's own is played to its end, all others are set aside."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from agent.conversations import ConversationStore
from evals.soak.counts import Count
from evals.soak.small_library import heard
from learner.store import EVERYTHING, LearnerStore
from learner.values import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evals.soak.soak import Soak

TRIES = 20
_PROMISES = {True: "all of it is played", False: "not played, kept and noted; nothing lost or mixed"}
"""By whether the log is the store's own."""
STORES = ("conversations.sqlite", "learner.sqlite")
SHOWN = 3
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Store:
    """One of the two stores, written to by names of rows."""

    path: Path

    @property
    def log(self) -> Path:
        """Its write-ahead log."""
        return self.path.with_name(f"{self.path.name}-wal")

    def write(self, rows: Sequence[str]) -> None:
        """Acknowledge each row by itself."""
        if self.path.name == STORES[0]:
            conversations = ConversationStore(self.path)
            for row in rows:
                conversations.create(row)
            return
        record = LearnerStore(self.path)
        for number, row in enumerate(rows):
            at = BEGAN + timedelta(seconds=number)
            record.record(
                Evidence(key=row, kind="prediction", item_id=row, outcome=1.0, given="1", expected="1", at=at)
            )

    def rows(self) -> set[str]:
        """What is there after a start."""
        if self.path.name == STORES[0]:
            return {one.title for one in ConversationStore(self.path).list()}
        return {act.key for act in LearnerStore(self.path).evidence(limit=EVERYTHING)}

    @contextmanager
    def held(self) -> Iterator[sqlite3.Connection]:
        """Open in another program too, so that the log stays beside the file."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            yield connection

    def as_killed(self, folder: Path) -> Store:
        """As a kill at this moment leaves it."""
        folder.mkdir(parents=True)
        for path in (self.path, self.log):
            if path.exists():
                shutil.copyfile(path, folder / path.name)
        return Store(folder / self.path.name)


def counts(soak: Soak, part: str, tries: int) -> list[Count]:
    """The promise for both stores and each kind of log."""
    found = []
    for kind, plant in KINDS.items():
        keys = [f"{kind.replace(' ', '-')}-{store}-{number}" for store in STORES for number in range(tries)]

        def attempt(key: str, plant: Plant = plant) -> dict[str, Any]:
            folder = soak.folder(part) / key
            shutil.rmtree(folder, ignore_errors=True)
            faults = one_store(folder, key.rsplit("-", 2)[1], soak.chance(part, key), plant)
            shutil.rmtree(folder, ignore_errors=not faults)
            return {"faults": faults}

        outcomes = soak.ledger(part).fill(keys, attempt)
        promise = f"{kind} beside the learner's record or the conversations: {_PROMISES[plant is own_log]}"
        found.append(count_of(promise, outcomes, asked=len(STORES) * TRIES))
    return found


def count_of(promise: str, outcomes: Sequence[dict[str, Any]], *, asked: int) -> Count:
    """How many outcomes have faults; the first of these are told."""
    faults = [fault for outcome in outcomes for fault in outcome["faults"]]
    failed = sum(bool(outcome["faults"]) for outcome in outcomes)
    return Count(what=promise, tried=len(outcomes), failed=failed, asked=asked, note=" ".join(faults[:SHOWN]))


def one_store(folder: Path, name: str, chance: Random, plant: Plant) -> list[str]:
    """What is wrong with a store after a start with a planted log."""
    store, expected, is_own = plant(folder, name, chance)
    log = store.log.read_bytes()
    with heard("learner") as lines:
        rows = store.rows()
    kept = list(store.path.parent.glob("*.foreign-*-wal"))
    faults = {
        f"{store.path}: {len(expected - rows)} rows are gone, {len(rows - expected)} are strange.": rows != expected,
        f"{store.path}: its own log was set aside.": is_own and bool(kept),
        f"{store.path}: the log is not kept.": not is_own and [path.read_bytes() for path in kept] != [log],
        f"{store.path}: nobody was told of it.": not is_own and not lines,
    }
    return [fault for fault, holds in faults.items() if holds]


Planted = tuple[Store, set[str], bool]
"""A store with a log beside it, the rows it must have after a start, and whether the log is its own."""
Plant = Callable[[Path, str, Random], Planted]


def _rows(first: int, count: int) -> list[str]:
    return [f"row {number}" for number in range(first, first + count)]


def own_log(folder: Path, name: str, chance: Random) -> Planted:
    """A kill between two moves of the log into the file."""
    folder.mkdir(parents=True)
    live = Store(folder / name)
    first, more = chance.randint(1, 40), chance.randint(1, 40)
    live.write(_rows(0, first))
    with live.held() as connection:
        live.write(_rows(first, more))
        connection.execute(f"PRAGMA wal_checkpoint({chance.choice(('PASSIVE', 'TRUNCATE'))})")
        live.write(_rows(first + more, 3))
        killed = live.as_killed(folder / "killed")
    return killed, {*_rows(0, first + more + 3)}, True


def earlier_log(folder: Path, name: str, chance: Random) -> Planted:
    """The log of an earlier moment beside the file of a later one."""
    folder.mkdir(parents=True)
    live = Store(folder / name)
    live.write(_rows(0, first := chance.randint(1, 40)))
    with live.held():
        live.write(_rows(first, more := chance.randint(1, 20)))
        earlier = live.as_killed(folder / "earlier")
        live.write(_rows(first + more, 10))
    later = live.as_killed(folder / "later")
    shutil.copyfile(earlier.log, later.log)
    return later, {*_rows(0, first + more + 10)}, False


def later_log(folder: Path, name: str, chance: Random) -> Planted:
    """A copy of the file alone put back, beside the log of a later moment."""
    folder.mkdir(parents=True)
    live = Store(folder / name)
    live.write(_rows(0, first := chance.randint(1, 40)))
    copy = live.as_killed(folder / "copy")
    with live.held() as connection:
        live.write(_rows(first, more := chance.randint(20, 100)))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        live.write(_rows(first + more, chance.randint(1, 10)))
        shutil.copyfile(live.log, copy.log)
    return copy, {*_rows(0, first)}, False


def others_log(folder: Path, name: str, chance: Random) -> Planted:
    """The log of another learner's home."""
    folder.mkdir(parents=True)
    mine, other = Store(folder / name), Store(folder / "other" / name)
    mine.write(_rows(0, count := chance.randint(1, 40)))
    other.path.parent.mkdir()
    other.write(["theirs"])
    with other.held():
        other.write([f"their {number}" for number in range(chance.randint(1, 20))])
        shutil.copyfile(other.log, mine.log)
    return mine, {*_rows(0, count)}, False


KINDS: dict[str, Plant] = {
    "its own log after a kill": own_log,
    "a log of an earlier moment": earlier_log,
    "a log of a later moment than the copy that was put back": later_log,
    "a log of another home": others_log,
}
