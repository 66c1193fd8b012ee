"""Everything of the learner's: all of it comes along in one file, and nothing of it is left after its removal."""

import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fake_chat_model import FakeChatModel
from fake_library import fake_roadmap
from study_items import answer
from toy_embedder import ToyEmbedder

from agent.assemble import LEARNER, Assembly
from agent.feedback import FEEDBACK
from agent.first_start import ensure_notes
from agent.tutor import Tutor
from curriculum.load import note_paths
from errors import HomeError
from learner.store import LearnerStore
from ui.choices import ChoiceStore
from ui.own_data import remove_everything, write_export
from vectorstore.library import Library

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SECRET = "okapi"


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    for name in ("figures/c1/a.png", "evals/run.json", "users/other-00000000/secret.txt", "logs/study.log.1"):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET, encoding="utf-8")
    for name in ("users.json", "logs/study.log", FEEDBACK):
        (home / name).write_bytes(b"" if name == FEEDBACK else SECRET.encode())
    ChoiceStore(home / "page.json").change(welcomed=True)
    return home


@pytest.fixture
def rooms(home, tmp_path, monkeypatch):
    """Two notes of ours, one of the learner's, a conversation, an answer."""
    monkeypatch.setattr("curriculum.load.note_paths", lambda: note_paths()[:2])
    library = Library.open(home / "library", ToyEmbedder())
    ensure_notes(library, home / "notes-added.json")
    mine = tmp_path / "mine.md"
    mine.write_text(f"# My {SECRET}\n\nThe {SECRET} has stripes on its legs.", encoding="utf-8")
    library.add([mine])
    model = FakeChatModel()
    tutor = Tutor.open(home, library, model_loader=lambda name: model, default_model="fake/x", roadmap=fake_roadmap())
    conversation = tutor.conversations.create(f"What is an {SECRET}?")
    tutor.conversations.end_turn(tutor.conversations.begin_turn(conversation.id, f"What is an {SECRET}?"), "stopped")
    record = LearnerStore(home / LEARNER)
    record.record(answer(SECRET))
    with library:
        yield Assembly(library=library, tutor=tutor, record=record)


def holding(folder, word):
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and word in path.read_bytes()]


def test_everything_comes_along_and_nothing_of_others(home, rooms, tmp_path):
    size = write_export(home, rooms, tmp_path / "all.zip", NOW)
    assert size == (tmp_path / "all.zip").stat().st_size
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        archive.extractall(tmp_path / "all")
    out = tmp_path / "all"
    assert len(names) == len(archive.namelist()), "each file once"
    assert {"README.txt", "conversations.sqlite", "learning-record.json", "page.json", "figures/c1/a.png"} <= names
    assert not [name for name in names if name.startswith(("users", "library/chroma")) or name.endswith("-wal")]
    (conversation,) = (out / "conversations").glob("*.md")
    assert f"What is an {SECRET}?" in conversation.read_text(encoding="utf-8")
    assert json.loads((out / "learning-record.json").read_text(encoding="utf-8"))["evidence"][0]["item_id"] == SECRET
    assert f'"My {SECRET}"' in (out / "library" / "documents.csv").read_text(encoding="utf-8")
    assert len(list((out / "library" / "files").iterdir())) == 3
    for database, table, count in (("conversations.sqlite", "turns", 1), (LEARNER, "evidence", 1)):
        with closing(sqlite3.connect(out / database)) as connection:
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (count,)


def test_an_export_that_cannot_be_written_is_one_sentence(home, rooms, tmp_path):
    with pytest.raises(HomeError, match="cannot be written"):
        write_export(home, rooms, tmp_path / "missing" / "all.zip", NOW)


def test_nothing_is_left_but_what_is_not_the_learners(home, rooms):
    removed = remove_everything(home, rooms)
    assert (removed.conversations, removed.documents, removed.acts, list(removed.kept)) == (1, 1, 1, [])
    assert len(rooms.library.documents()) == 2, "the program's own notes stay"
    assert rooms.tutor.conversations.list() == []
    assert rooms.record.evidence() == []
    rooms.record.record(answer("again"))
    assert rooms.tutor.conversations.create("Again?").title == "Again?"
    left = [name for name in holding(home, SECRET.encode()) if not name.startswith("library/")]
    assert left == ["users.json", "users/other-00000000/secret.txt"], "of other people"
    assert not list((home / "library" / "files").glob("*okapi*"))
    assert not ChoiceStore(home / "page.json").read().welcomed


def test_a_library_that_another_program_has_open_is_left_alone(home, rooms):
    with pytest.raises(HomeError, match="Nothing was removed: Open elsewhere."):
        remove_everything(home, replace(rooms, read_only="Open elsewhere."))
    assert len(rooms.library.documents()) == 3
