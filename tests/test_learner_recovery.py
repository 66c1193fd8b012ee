"""A damaged record is kept aside, told of, and rebuilt from what can still be read."""

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from study_items import NOON, answer, question

from errors import LearnerRecordError
from learner.__main__ import RECORD_FILE, main
from learner.quiz import QuizWish
from learner.quiz_store import QuizStore
from learner.recovery import RESCUED, open_record
from learner.sqlite_pages import PAGE_BYTES, rows_in
from learner.store import EVERYTHING, LearnerStore
from learner.study_desk import StudyDesk

ACTS = 300


@pytest.fixture
def record(tmp_path):
    """A record with acts, withdrawals, a quiz, a generated item and preferences; acts of very different lengths."""
    path = tmp_path / "home" / "learner.sqlite"
    store = LearnerStore(path)
    acts = [
        replace(
            answer(f"q{number}", number % 3 / 2, days=number, key=f"act {number}"), given="π" * (number * 37 % 9_000)
        )
        for number in range(ACTS)
    ]
    store.record_all(replace(act, withdrawn_at=NOON) if number % 10 == 0 else act for number, act in enumerate(acts))
    made = replace(question("cloze"), id="made", provenance="generated")
    desk = StudyDesk(store, questions=[question("choice")], now=lambda: NOON)
    desk.finish(desk.start_quiz(QuizWish(count=2), "Ended", extra=[made]))
    desk.start_quiz(QuizWish(count=1), "Open")
    desk.quizzes.set_desired_retention(0.85)
    return path


def all_of(path):
    return {act.key: act for act in LearnerStore(path).evidence(limit=EVERYTHING, include_withdrawn=True)}


def truncated(data):
    return data[: len(data) * 6 // 10 // PAGE_BYTES * PAGE_BYTES + 1_000]


def without_header(data):
    return random.Random(1).randbytes(100) + data[100:]


def without_first_page(data):
    return bytes(PAGE_BYTES) + data[PAGE_BYTES:]


def with_garbage_pages(data):
    chance = random.Random(2)
    pages = [data[at : at + PAGE_BYTES] for at in range(0, len(data), PAGE_BYTES)]
    for place in chance.sample(range(2, len(pages)), len(pages) // 10):
        pages[place] = chance.randbytes(PAGE_BYTES)
    return b"".join(pages)


@pytest.mark.parametrize(
    ("damage", "least"),
    [(truncated, 0.3), (without_header, 1.0), (without_first_page, 1.0), (with_garbage_pages, 0.6)],
)
def test_what_can_be_read_is_rebuilt_and_the_rest_is_told(record, damage, least):
    before, damaged = all_of(record), damage(record.read_bytes())
    record.write_bytes(damaged)
    store, rescue = open_record(record, at=NOON)
    after = all_of(record)
    assert len(after) >= least * ACTS
    for key, act in after.items():
        assert act in (before[key], replace(before[key], withdrawn_at=None))
    assert rescue.kept_at.read_bytes() == damaged
    assert rescue.kept_at.name == "learner.sqlite.damaged-20261124T120000Z"
    assert (rescue.acts, store.count()) == (len(after), len(after) - rescue.withdrawals)
    assert f"{len(after)} acts" in rescue.sentence
    assert str(rescue.kept_at) in rescue.sentence
    assert rescue.sentence.count(". ") == 0
    assert rescue.lost_acts <= ACTS - len(after)
    if damage is with_garbage_pages:
        assert rescue.lost_acts > 0
        assert "could not be read" in rescue.sentence
    assert QuizStore(store).preference(RESCUED) == rescue.sentence
    assert sorted(path.name for path in record.parent.iterdir() if not path.name.startswith(".")) == [
        "learner.sqlite",
        rescue.kept_at.name,
    ]


@pytest.mark.parametrize("damage", [without_header, without_first_page])
def test_with_only_the_head_lost_nothing_else_is(record, damage):
    before, quizzes = all_of(record), QuizStore(LearnerStore(record))
    kept = (quizzes.open_quizzes(), quizzes.items(), quizzes.desired_retention)
    record.write_bytes(damage(record.read_bytes()))
    store, rescue = open_record(record, at=NOON)
    assert all_of(record) == before
    assert (rescue.acts, rescue.lost_acts, rescue.withdrawals, rescue.quizzes) == (ACTS, 0, 30, 2)
    quizzes = QuizStore(store)
    assert (quizzes.open_quizzes(), quizzes.items(), quizzes.desired_retention) == kept
    assert store.record(answer("later", days=400, key="later"))


def test_a_second_rescue_keeps_the_first_damaged_file(record):
    data = without_header(record.read_bytes())
    for _ in range(2):
        record.write_bytes(data)
        open_record(record, at=NOON)
    assert len([path for path in record.parent.iterdir() if ".damaged-" in path.name]) == 2


def test_what_stands_only_in_the_log_is_read_too(record, tmp_path):
    """As after a power failure: the newest acts are in the write-ahead log, and the file is damaged."""
    with closing(sqlite3.connect(record)) as held:
        held.execute("SELECT count(*) FROM evidence").fetchone()
        LearnerStore(record).record(answer("newest", days=999, key="newest"))
        copy = tmp_path / "copy" / "learner.sqlite"
        copy.parent.mkdir()
        for end in ("", "-wal"):
            shutil.copy(f"{record}{end}", f"{copy}{end}")
    assert (copy.parent / "learner.sqlite-wal").stat().st_size > 0
    log = copy.with_name("learner.sqlite-wal").read_bytes()
    for read, wanted in ((rows_in(copy.read_bytes(), log), True), (rows_in(copy.read_bytes()), False)):
        assert ("newest" in {row.values[1] for row in read if len(row.values) == 12}) is wanted
    copy.write_bytes(without_first_page(copy.read_bytes()))
    _, rescue = open_record(copy, at=NOON)
    assert "newest" in all_of(copy)
    assert rescue.acts == ACTS + 1


def test_a_sound_record_and_a_new_one_are_only_opened(record, tmp_path):
    data = record.read_bytes()
    assert open_record(record, at=NOON)[1] is None
    assert record.read_bytes() == data
    store, rescue = open_record(tmp_path / "new" / "learner.sqlite", at=NOON)
    assert (store.count(), rescue) == (0, None)


def test_a_kill_between_the_two_renames_is_made_good(record):
    before = all_of(record)
    record.rename(record.with_name("learner.sqlite.rebuilt"))
    assert open_record(record, at=NOON)[1] is None
    assert all_of(record) == before


def test_somebody_elses_file_is_left_as_it_is(record):
    for data in (b"not a database, but somebody's file. " * 900, bytes(40_960), random.Random(3).randbytes(40_960)):
        record.write_bytes(data)
        with pytest.raises(LearnerRecordError, match="cannot be used"):
            open_record(record, at=NOON)
        assert record.read_bytes() == data
    assert not [path for path in record.parent.iterdir() if "damaged" in path.name or "rebuilt" in path.name]


def test_rows_are_read_as_sqlite_reads_them(tmp_path):
    path = tmp_path / "x.sqlite"
    values = [
        (None, 0, 1, -1, 127, 2**40, -(2**55), 0.0, 1.5, -1e300, "é" * size, b"\x00\xff")
        for size in (0, 3, 9_000, 90_000)
    ]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a, b, c, d, e, f, g, h, i, j, k, l)")
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * 12)})", values)
        connection.commit()
    assert [(row.row_id, row.values) for row in rows_in(path.read_bytes())][-4:] == list(enumerate(values, 1))


def test_of_several_versions_of_a_page_the_newest_comes_first(tmp_path):
    pages = []
    for word in ("file", "valid", "stale"):
        with closing(sqlite3.connect(tmp_path / word)) as connection:
            connection.execute("CREATE TABLE t (a, b)")
            connection.execute("INSERT INTO t VALUES (?, 1)", (word,))
            connection.commit()
        pages.append((tmp_path / word).read_bytes()[PAGE_BYTES : 2 * PAGE_BYTES])

    def frame(salts, page):
        return (2).to_bytes(4, "big") + bytes(4) + salts + bytes(8) + page

    log = bytes(16) + b"salts ok" + bytes(8) + frame(b"salts ok", pages[1]) + frame(b"old salt", pages[2])
    found = [row.values[0] for row in rows_in(bytes(PAGE_BYTES) + pages[0], log)]
    assert found == ["valid", "file", "stale"]


def test_random_bytes_are_no_rows_and_no_error():
    chance = random.Random(4)
    for number in range(200):
        page = bytearray(chance.randbytes(PAGE_BYTES))
        page[0] = (0x0D, 0x0A)[number % 2]
        list(rows_in(bytes(PAGE_BYTES) + bytes(page), chance.randbytes(9_000)))


@pytest.mark.parametrize("arguments", [("tracker",), ("due", "--json")])
def test_the_terminal_tells_it_once(own_home, capsys, arguments):
    path = own_home / RECORD_FILE
    LearnerStore(path).record_all(answer("q", days=number, key=str(number)) for number in range(40))
    path.write_bytes(without_header(path.read_bytes()))
    assert main(arguments) == 0
    told = capsys.readouterr().err
    assert told.startswith("Your learning record was damaged and is rebuilt: 40 acts")
    assert told.count("\n") == 1
    assert main(arguments) == 0
    assert capsys.readouterr().err == ""
