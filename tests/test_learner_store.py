"""The learner's record: each act once, nothing lost, nothing changed, faults in one sentence."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from errors import HomeError, LearnerRecordError
from learner.migrations import MIGRATIONS
from learner.store import LearnerStore
from learner.values import Evidence

ROOT = Path(__file__).resolve().parent.parent
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def make(key="a", **changes):
    values = {
        "key": key,
        "kind": "prediction",
        "item_id": "softmax-axis",
        "topic_ids": ("attention-mechanism", "math"),
        "paper_ids": ("1706.03762",),
        "outcome": 0.5,
        "given": "about 0,5 – “sure”",
        "expected": "0.25",
        "conversation_id": "c1",
        "at": NOON,
        "details": {"verdict": "close", "numbers": [1, 2.5], "nothing": None},
    }
    return Evidence(**{**values, **changes})


@pytest.fixture
def store(tmp_path):
    return LearnerStore(tmp_path / "home" / "learner.sqlite")


def test_what_is_recorded_comes_back_as_it_was(store):
    assert store.record(make())
    assert store.evidence() == [make()]


def test_recording_an_act_twice_keeps_the_first(store):
    assert store.record(make())
    assert not store.record(make(outcome=1.0, given="another"))
    assert store.evidence() == [make()]
    assert store.count() == 1


def test_newest_first_also_within_one_second_and_one_instant(store):
    times = [NOON, NOON + timedelta(microseconds=1), NOON - timedelta(days=400), NOON]
    for place, at in enumerate(times):
        store.record(make(str(place), at=at))
    assert [evidence.key for evidence in store.evidence()] == ["1", "3", "0", "2"]
    assert [evidence.key for evidence in store.evidence(limit=2)] == ["1", "3"]
    assert store.evidence(limit=0) == []
    assert store.evidence(limit=-1) == []


def test_choosing_by_kind_item_and_topic(store):
    store.record(make("a"))
    store.record(make("b", item_id="rrf", topic_ids=("memory-systems",)))
    assert [evidence.key for evidence in store.evidence("prediction", "rrf", 5)] == ["b"]
    assert [evidence.key for evidence in store.evidence(topic_id="math")] == ["a"]
    assert store.evidence("quiz") == []
    assert store.evidence(topic_id="mat") == []
    assert (store.count(item_id="rrf"), store.count("prediction"), store.count(topic_id="memory-systems")) == (1, 2, 1)


def test_withdrawn_evidence_no_longer_counts_but_stays(store):
    store.record(make("a"))
    store.record(make("b"))
    assert store.undo("a", at=NOON + timedelta(hours=1))
    assert not store.undo("a", at=NOON + timedelta(hours=2))
    assert not store.undo("never recorded")
    assert [evidence.key for evidence in store.evidence()] == ["b"]
    assert store.count() == 1
    kept = {evidence.key: evidence for evidence in store.evidence(include_withdrawn=True)}
    assert kept["a"] == replace(make("a"), withdrawn_at=NOON + timedelta(hours=1))
    assert not store.record(make("a"))
    assert store.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence SET outcome = 1",
        "DELETE FROM evidence",
        "UPDATE withdrawals SET at = ''",
        "DELETE FROM withdrawals",
    ],
)
def test_the_file_itself_refuses_changes(store, tmp_path, statement):
    store.record(make())
    store.undo("a")
    connection = sqlite3.connect(tmp_path / "home" / "learner.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key": ""}, "key"),
        ({"item_id": ""}, "item"),
        ({"outcome": 1.01}, "0 to 1"),
        ({"outcome": float("nan")}, "0 to 1"),
        ({"at": datetime(2026, 11, 24)}, "UTC"),
        ({"at": NOON.astimezone(timezone(timedelta(hours=2)))}, "UTC"),
    ],
)
def test_evidence_that_could_not_be_read_back_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(**changes)


def test_broken_text_of_a_browser_is_kept_as_well_as_it_can_be(store):
    store.record(make("half \ud800", given="x\x00y \udfff", details={"raw": "\ud83d"}))
    assert not store.record(make("half \ud800"))
    (kept,) = store.evidence()
    assert (kept.key, kept.given) == ("half ?", "x\x00y ?")
    assert store.undo("half \ud800")


def test_times_that_are_the_same_moment_elsewhere_are_withdrawn_in_utc(store):
    store.record(make())
    store.undo("a", at=NOON.astimezone(timezone(timedelta(hours=5))))
    assert store.evidence(include_withdrawn=True)[0].withdrawn_at == NOON


# Faults of the file


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(HomeError, match="cannot be made") as caught:
        LearnerStore(tmp_path / "file" / "learner.sqlite")
    assert "STUDY_HOME" in caught.value.hint


def test_a_folder_in_place_of_the_file_is_one_sentence(tmp_path):
    (tmp_path / "learner.sqlite").mkdir()
    with pytest.raises(HomeError, match="cannot be opened"):
        LearnerStore(tmp_path / "learner.sqlite")


def test_a_file_that_is_no_database_is_one_sentence_and_stays(tmp_path):
    path = tmp_path / "learner.sqlite"
    path.write_bytes(b"not a database, but somebody's file. " * 200)
    with pytest.raises(LearnerRecordError, match="cannot be used"):
        LearnerStore(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_record_damaged_while_open_is_one_sentence(store, tmp_path):
    store.record(make())
    (tmp_path / "home" / "learner.sqlite").write_bytes(b"\xff" * 8192)
    with pytest.raises(LearnerRecordError, match="cannot be used"):
        store.evidence()


def test_a_record_of_a_newer_version_is_refused_and_not_touched(store, tmp_path):
    path = tmp_path / "home" / "learner.sqlite"
    store.record(make())
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO migrations VALUES (?, 'm999_mastery', '')", (len(MIGRATIONS) + 1,))
    connection.commit()
    connection.close()
    with pytest.raises(LearnerRecordError, match="newer version") as caught:
        LearnerStore(path)
    assert "Update" in caught.value.hint


# Migration

FIRST_SCHEMA = """
CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL);
INSERT INTO migrations VALUES (1, 'm001_evidence', '2026-11-24T00:00:00Z');
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, item_id TEXT NOT NULL,
    topic_ids TEXT NOT NULL, paper_ids TEXT NOT NULL,
    outcome REAL NOT NULL CHECK (outcome BETWEEN 0 AND 1),
    given TEXT NOT NULL, expected TEXT NOT NULL, conversation_id TEXT NOT NULL, at TEXT NOT NULL, details TEXT NOT NULL
);
CREATE INDEX evidence_by_time ON evidence (at);
CREATE INDEX evidence_by_item ON evidence (kind, item_id);
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
INSERT INTO evidence VALUES (1, 'old', 'prediction', 'softmax-axis', '["math"]', '[]', 0.5, 'maybe 3', '4', '',
    '2026-11-24T10:00:00.000000+00:00', '{"verdict": "close"}');
"""


def test_a_record_of_the_first_schema_is_brought_up_to_date(tmp_path):
    path = tmp_path / "learner.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST_SCHEMA)
    connection.close()
    store = LearnerStore(path)
    (old,) = store.evidence()
    assert (old.key, old.given, old.topic_ids, old.details) == ("old", "maybe 3", ("math",), {"verdict": "close"})
    assert store.undo("old")
    assert store.record(make("new"))
    connection = sqlite3.connect(path)
    assert [row[0] for row in connection.execute("SELECT number FROM migrations")] == [1, 2, 3, 4]
    connection.close()


def test_a_new_record_and_a_migrated_one_have_the_same_tables(tmp_path):
    connection = sqlite3.connect(tmp_path / "old.sqlite")
    connection.executescript(FIRST_SCHEMA)
    connection.close()
    schemas = []
    for name in ("old.sqlite", "new.sqlite"):
        LearnerStore(tmp_path / name)
        connection = sqlite3.connect(tmp_path / name)
        rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        schemas.append([(name, "".join((sql or "").split())) for name, sql in rows])
        connection.close()
    assert schemas[0] == schemas[1]


# Many at once


def test_threads_that_record_the_same_acts_keep_each_once(store):
    news = []

    def work():
        news.extend(store.record(make(str(number))) for number in range(15))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(news) == 90
    assert sum(news) == store.count() == 15


def _open_and_record(path, worker, start):
    start.wait()
    store = LearnerStore(path)
    for number in range(10):
        store.record(make(f"shared {number}"))
        store.record(make(f"{worker} {number}"))


def test_processes_that_open_a_new_record_at_once_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    path, start = tmp_path / "learner.sqlite", context.Event()
    workers = [context.Process(target=_open_and_record, args=(path, number, start)) for number in range(4)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert LearnerStore(path).count() == 10 + 4 * 10


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from learner.store import LearnerStore
from learner.values import Evidence

store = LearnerStore(Path(sys.argv[1]))
number = store.count()
print("ready", flush=True)
while True:
    evidence = Evidence(key=str(number), kind="prediction", item_id="x", outcome=1, given="", expected="",
                        at=datetime.now(UTC))
    store.record(evidence)
    print(number, flush=True)
    number += 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_twenty_kills_lose_nothing_acknowledged_and_double_nothing(tmp_path):
    path = tmp_path / "learner.sqlite"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    acknowledged: set[str] = set()
    for attempt in range(20):
        command = [sys.executable, "-c", CHILD, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            acknowledged.update(child.stdout.readline().strip() for _ in range(attempt % 4))
            child.kill()
            acknowledged.update(line.strip() for line in child.stdout if line.endswith("\n"))
        store = LearnerStore(path)
        keys = [evidence.key for evidence in store.evidence(limit=100_000)]
        assert acknowledged <= set(keys)
        assert len(keys) == len(set(keys)) == store.count()
        for key in acknowledged:
            assert not store.record(make(key))
    assert len(acknowledged) >= 20
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
