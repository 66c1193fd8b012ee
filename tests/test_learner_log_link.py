"""A write-ahead log that is not a store's own: what SQLite makes of it alone, and that ours lose nothing by it."""

import logging
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from study_items import NOON, answer

from agent.conversation_schema import MIGRATIONS
from agent.conversations import ConversationStore
from errors import HomeError
from learner.log_link import set_foreign_log_aside
from learner.recovery import open_record
from learner.store import LearnerStore

TABLES = {"learner.sqlite": ("evidence", "key"), "conversations.sqlite": ("conversations", "title")}


class Home:
    """A folder with one of the two stores, written to row by row; each row has a name of its own."""

    def __init__(self, folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name, self.path = folder, name, folder / name
        self.log = folder / f"{name}-wal"

    def open(self):
        return LearnerStore(self.path) if self.name == "learner.sqlite" else ConversationStore(self.path)

    def write(self, *rows, store=None):
        store = store or self.open()
        for row in rows:
            if isinstance(store, LearnerStore):
                store.record(answer(f"q{row}", 1.0, key=row))
            else:
                store.create(row)

    def rows(self):
        """What the store holds once it was opened."""
        store = self.open()
        if isinstance(store, LearnerStore):
            return {act.key for act in store.evidence(limit=10_000)}
        return {one.title for one in store.list()}

    def rows_for_sqlite_alone(self):
        """What SQLite reads where nobody looks at the log; a sentence when it reads nothing."""
        table, column = TABLES[self.name]
        try:
            with closing(sqlite3.connect(self.path)) as connection:
                return {row[0] for row in connection.execute(f"SELECT {column} FROM {table}")}
        except sqlite3.DatabaseError as error:
            return str(error)

    def killed(self, folder):
        """The folder as a kill at this moment would leave it: the file, and the log that is not yet in it."""
        copy = Home(folder, self.name)
        shutil.copyfile(self.path, copy.path)
        if self.log.exists():
            shutil.copyfile(self.log, copy.log)
        return copy

    def aside(self):
        return sorted(self.folder.glob("*.foreign-*-wal"))

    def held_open(self):
        """As a second reader holds the file: the log stays where it is."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        return closing(connection)


@pytest.fixture(params=sorted(TABLES))
def home(tmp_path, request):
    return Home(tmp_path / "home", request.param)


def names(first, last):
    return [f"row {number:03}" for number in range(first, last)]


@pytest.fixture
def live(home):
    """A store in use: ten rows in its file, ten more in its log."""
    home.write(*names(0, 10))
    home.open()
    with closing(sqlite3.connect(home.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with home.held_open():
        home.write(*names(10, 20))
        yield home


def test_what_a_kill_leaves_is_all_there(live, tmp_path, caplog):
    killed = live.killed(tmp_path / "killed")
    assert killed.log.stat().st_size > 0
    assert killed.rows() == {*names(0, 20)}
    assert killed.aside() == []
    assert caplog.records == []


@pytest.mark.parametrize("seed", range(6))
def test_a_log_of_its_own_is_never_taken_for_anothers(home, tmp_path, seed):
    chance, written = random.Random(seed), []
    home.open()
    with home.held_open() as reader:
        for step in range(25):
            row = f"row {step:03}"
            home.write(row)
            written.append(row)
            if chance.random() < 0.2:  # a reader of an old state keeps a part of the log from the file
                reader.execute("ROLLBACK" if reader.in_transaction else "BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
            if chance.random() < 0.3:
                with closing(sqlite3.connect(home.path)) as connection:
                    connection.execute(f"PRAGMA wal_checkpoint({'PASSIVE' if reader.in_transaction else 'FULL'})")
            if chance.random() < 0.3:
                killed = home.killed(tmp_path / f"killed {step}")
                assert killed.rows() == set(written)
                assert killed.aside() == []


def test_a_log_of_an_earlier_moment_takes_nothing_back(live, tmp_path, caplog):
    earlier = live.killed(tmp_path / "earlier")
    live.write(*names(20, 40))
    later = live.killed(tmp_path / "later")
    later.rows()
    with closing(sqlite3.connect(later.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    later.log.unlink(missing_ok=True)
    shutil.copyfile(earlier.log, later.log)

    alone = later.killed(tmp_path / "alone").rows_for_sqlite_alone()
    # Twenty acknowledged rows are gone without a word, or with them the whole file.
    assert alone == ({*names(0, 20)} if live.name == "learner.sqlite" else "database disk image is malformed")

    with caplog.at_level(logging.WARNING):
        assert later.rows() == {*names(0, 40)}
    [kept] = later.aside()
    assert kept.read_bytes() == earlier.log.read_bytes()
    assert [record.getMessage() for record in caplog.records] == [
        f"The log beside {later.path} is that of another file or moment; it is not used and kept as {kept}."
    ]
    later.write("row after")
    assert later.rows() == {*names(0, 40), "row after"}


def test_a_copy_put_back_without_its_log_is_not_mixed_with_a_newer_one(home, tmp_path):
    home.write(*names(0, 10))
    copy = home.killed(tmp_path / "copy")
    copy.rows()
    with home.held_open() as holder:
        home.write(*names(10, 300))
        holder.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        home.write(*names(300, 310))
        killed = home.killed(tmp_path / "killed")
    shutil.copyfile(copy.path, killed.path)

    alone = killed.killed(tmp_path / "alone")
    with closing(sqlite3.connect(alone.path)) as connection:
        assert connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",)

    assert killed.rows() == {*names(0, 10)}
    assert len(killed.aside()) == 1


def test_a_copy_that_the_log_follows_gets_all_of_it(live, tmp_path):
    copy = tmp_path / "copy.sqlite"
    shutil.copyfile(live.path, copy)  # no part of the log is in it
    killed = live.killed(tmp_path / "killed")
    shutil.copyfile(copy, killed.path)
    assert killed.rows() == {*names(0, 20)}
    assert killed.aside() == []


def test_the_log_of_another_home_is_not_played(live, tmp_path):
    other = Home(tmp_path / "other", live.name)
    other.open()
    with other.held_open():
        other.write("of somebody else")
        log = other.killed(tmp_path / "killed").log
    mine = live.killed(tmp_path / "mine")
    mine.rows()
    mine.log.unlink(missing_ok=True)
    shutil.copyfile(log, mine.log)
    alone = mine.killed(tmp_path / "alone").rows_for_sqlite_alone()
    assert alone == {"of somebody else"} or isinstance(alone, str)
    assert mine.rows() == {*names(0, 20)}
    assert len(mine.aside()) == 1


def test_two_ways_on_from_one_copy_are_not_mixed(live, tmp_path):
    """As a folder does that is synchronised between two machines, both of which were used."""
    here, there = live.killed(tmp_path / "here"), live.killed(tmp_path / "there")
    here.write("here")
    there.open()
    with there.held_open():
        there.write(*(f"there {number}" for number in range(20)))
        shutil.copyfile(there.log, here.log)
    assert here.rows() == {*names(0, 20), "here"}
    assert len(here.aside()) == 1


@pytest.mark.parametrize("left", [None, b""])
def test_a_log_whose_file_is_gone_is_kept(live, tmp_path, left):
    killed = live.killed(tmp_path / "killed")
    killed.path.unlink()
    if left is not None:
        killed.path.write_bytes(left)
    content = killed.log.read_bytes()
    assert killed.rows() == set()
    [kept] = killed.aside()
    assert kept.read_bytes() == content  # SQLite alone deletes it


def test_a_log_beside_a_damaged_file_is_left_to_the_rescue(live, tmp_path):
    killed = live.killed(tmp_path / "killed")
    other = live.killed(tmp_path / "other")
    other.rows()
    other.write("more")
    damaged = bytearray(other.path.read_bytes())
    damaged[4096:] = bytes(len(damaged) - 4096)
    killed.path.write_bytes(damaged)
    assert set_foreign_log_aside(killed.path) is None
    assert killed.log.exists()


def test_a_store_of_a_version_before_there_were_links_opens_with_its_log(tmp_path):
    home = Home(tmp_path / "old", "conversations.sqlite")
    with closing(sqlite3.connect(home.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
        for number, migration in enumerate(MIGRATIONS[:3], start=1):
            migration(connection)
            connection.execute("INSERT INTO migrations VALUES (?, ?, 'then')", (number, migration.__name__))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute(
            "INSERT INTO conversations (id, title, created_at, updated_at, family, shown_at) "
            "VALUES ('a', 'An old one', '2026-01-02', '2026-01-02', 'a', '2026-01-02')"
        )
        killed = home.killed(tmp_path / "killed")
    assert killed.log.stat().st_size > 0
    assert killed.killed(tmp_path / "cut").rows() == {"An old one"}
    stranger = sqlite3.connect(tmp_path / "stranger.sqlite", isolation_level=None)
    with closing(stranger):
        stranger.execute("PRAGMA journal_mode = WAL")
        stranger.execute("CREATE TABLE other (value)")
        stranger.executemany("INSERT INTO other VALUES (?)", [("x" * 3000,) for _ in range(20)])
        shutil.copyfile(tmp_path / "stranger.sqlite-wal", killed.log)
    assert killed.rows() == set()
    assert len(killed.aside()) == 1


def test_the_door_to_the_record_looks_before_it_plays_the_log(tmp_path):
    home = Home(tmp_path / "home", "learner.sqlite")
    home.open()
    with home.held_open():
        home.write(*names(0, 5))
        earlier = home.killed(tmp_path / "earlier")
        home.write(*names(5, 9))
    shutil.copyfile(earlier.log, home.log)
    store, rescue = open_record(home.path, at=NOON)
    assert rescue is None
    assert store.count() == 9
    assert len(home.aside()) == 1


def test_a_live_log_is_left_alone_by_a_second_door(live):
    assert live.rows() == {*names(0, 20)}
    live.write("row more")
    assert live.rows() == {*names(0, 20), "row more"}
    assert live.aside() == []


def test_damaged_conversations_are_one_sentence_that_says_the_way_back(tmp_path):
    home = Home(tmp_path / "home", "conversations.sqlite")
    home.write(*names(0, 60))
    data = bytearray(home.path.read_bytes())
    data[100:4096] = bytes(3996)
    home.path.write_bytes(data)
    with pytest.raises(HomeError) as caught:
        home.rows()
    assert "are damaged" in caught.value.message
    assert "Put back a copy" in caught.value.hint
    assert home.path.read_bytes() == data
