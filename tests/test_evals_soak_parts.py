"""The parts of `make soak` in their short form, and that each can fail."""

import json
import os
import struct
import tomllib
import zipfile
from pathlib import Path

import pytest

from errors import StudyError
from evals.soak import chat_kills, damage, homes, idempotence, ingest_kills, make_home, one_writer, stale_logs
from evals.soak.small_library import WordEmbedder
from evals.soak.soak import Soak
from vectorstore.library import Library

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills with a POSIX signal"),
]
PARTS = {
    "ingest-kills": ingest_kills,
    "damage": damage,
    "chat-kills": chat_kills,
    "lock": one_writer,
    "idempotence": idempotence,
    "homes": homes,
}


@pytest.fixture
def short(tmp_path):
    return Soak(work=tmp_path, short=True)


@pytest.mark.parametrize("name", PARTS)
def test_the_short_form_keeps_its_promises(short, name, monkeypatch):
    monkeypatch.setattr(one_writer, "REFUSED_SECONDS", 30.0)  # a machine that stands still is no fault
    counts = PARTS[name].measure(short)
    assert [f"{count.what}: {count.note}" for count in counts if count.failed > count.bar] == []
    assert max(count.tried for count in counts) > 0


def test_what_was_acknowledged_and_is_missing_is_counted_once():
    said = ingest_kills.Acknowledged()
    for line in (
        "open",
        "adding a b",
        "added a b",
        "adding c",
        "open a",
        "deleting a",
        "deleted a",
        "open a c",
        "open a",
    ):
        said.hear(line)
    assert said.lost == ["b is lost.", "a returned."]
    assert (said.added, said.deleted) == (2, 1)


def test_what_was_only_begun_may_be_there_or_not():
    said = ingest_kills.Acknowledged()
    for line in ("adding a", "open", "adding a", "added a", "deleting a", "open", "deleted a", "adding a", "open a"):
        said.hear(line)
    assert said.lost == []


@pytest.mark.parametrize("name", stale_logs.STORES)
def test_logs_of_others_that_are_played_are_counted(short, tmp_path, monkeypatch, name):
    for place in ("agent.conversation_file", "learner.store"):
        monkeypatch.setattr(f"{place}.set_foreign_log_aside", lambda path: None)
    faults = stale_logs.one_store(tmp_path / "another", name, short.chance("x"), stale_logs.others_log)
    assert any("rows are gone" in fault for fault in faults)
    assert any("not kept" in fault for fault in faults)


def test_damage_that_nobody_can_mend_is_counted(short, tmp_path):
    def lose_files(home, chance):
        for path in (home / "files").iterdir():
            path.unlink()

    outcome = damage.one_library(tmp_path / "one", short.chance("one"), lose_files, 4)
    assert "files differ." in outcome["faults"]
    assert "The log says nothing." in outcome["faults"]


def test_an_answer_for_another_question_and_a_second_attempt_are_counted(tmp_path, monkeypatch):
    """The mends of `agent/cut_off.py`, taken away."""
    from evals.soak.scripted_tutor import open_rooms, write_home

    write_home(tmp_path)
    rooms = open_rooms(tmp_path)
    try:
        asked = chat_kills.Asked()
        quiz = chat_kills.DIALOGUES["quiz"]
        chat_kills.asyncio.run(chat_kills._go_on(rooms, (*quiz[:2], "a", *quiz[3:]), asked))
        assert asked.faults == []
        (fault,) = chat_kills._twice("quiz", tmp_path, rooms, asked)
        assert fault.startswith("Question 2 was given")
        (tmp_path / "begun.txt").write_text("2601.00001\n2601.00001\n")
        asked.questions = [chat_kills.DIALOGUES["papers"][1]]
        faults = chat_kills._twice("papers", tmp_path, rooms, asked)
        assert "2601.00001 was fetched 2 times and wished 1 times." in faults
        assert "2601.00002 is in the library 0 times." in faults
    finally:
        rooms.library.close()


def test_a_library_that_takes_a_renamed_file_twice_is_seen(monkeypatch):
    monkeypatch.setattr("vectorstore.library.Library.add", add_under_new_ids)
    found = idempotence.differences([("a.md", b"# A\n\nOne.")], [("a.md", b"# A\n\nOne.")])
    assert any(fault.startswith("renamed: documents were") for fault in found)


ADD = Library.add


def add_under_new_ids(library, paths, **options):
    changed = [path for path in paths if path.name.startswith("z")]
    for path in changed:
        path.write_bytes(path.read_bytes() + f"\n{len(library.documents())}".encode())
    return ADD(library, paths, **options)


def test_a_refusal_must_name_the_first_and_come_soon():
    fault = one_writer._refusal_fault
    assert fault({"opened": False, "seconds": 0.3, "message": "in use by process 7."}, {7}) == ""
    assert "2.00 s" in fault({"opened": False, "seconds": 2.0, "message": "in use by process 7."}, {7})
    assert "another" in fault({"opened": False, "seconds": 0.3, "message": "in use by another process."}, {7})
    assert fault({"opened": True, "seconds": 0.3, "message": ""}, {7}) == "It was not refused."


def test_a_home_that_lost_something_is_seen(tmp_path):
    stored = sorted(homes.HOMES.glob("*.zip"))[-1]
    with zipfile.ZipFile(stored) as archive:
        archive.extractall(tmp_path / "all")
    counts = json.loads((tmp_path / "all" / homes.COUNTS).read_text())
    make_home.pack(tmp_path / "all" / homes.HOME, counts | {"turns": counts["turns"] + 1}, tmp_path / "lost.zip")
    assert "turns were" in homes.fault_of(tmp_path / "lost.zip", tmp_path / "opened")


def test_the_present_version_has_a_stored_home():
    pyproject = tomllib.loads((homes.HOMES.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    version = pyproject["project"]["version"]
    stored = homes.HOMES / f"{version}.zip"
    assert stored.is_file(), f"There is no home of {version}: python -m evals.soak.make_home (CONTRIBUTING.md)"
    with zipfile.ZipFile(stored) as archive:
        counts = json.loads(archive.read(homes.COUNTS))
    assert min(counts.values()) > 0
    assert {"documents", "chunks", "conversations", "messages", "attempts", "cards", "ticked"} <= set(counts)


@pytest.mark.parametrize("stored", sorted(homes.HOMES.glob("*.zip")), ids=lambda path: path.stem)
def test_no_stored_home_tells_of_the_machine_it_was_made_on(stored, tmp_path):
    with zipfile.ZipFile(stored) as archive:
        assert not any(Path(name).is_absolute() or ".." in name for name in archive.namelist())
        archive.extractall(tmp_path)
    folders = ("/tmp/", "/home/", "/root/", "/work/", "/Users/", "/var/folders/", "/usr/", "site-packages")
    assert make_home.leaking(tmp_path / homes.HOME, folders) == []


def test_what_stood_in_memory_does_not_come_into_a_home(tmp_path):
    index = tmp_path / "chroma" / "one"
    index.mkdir(parents=True)
    (index / "header.bin").write_bytes(struct.pack("<iQQQQ", 1, 0, 4, 1, 8) + bytes(64))
    (index / "data_level0.bin").write_bytes(b"a vector" + b"/tmp/secret".ljust(24))
    assert make_home.leaking(tmp_path, ["/tmp/"]) == ["chroma/one/data_level0.bin"]
    make_home.clear_unused(tmp_path)
    assert (index / "data_level0.bin").read_bytes() == b"a vector" + bytes(24)
    (index / "data_level0.bin").write_bytes(b"another form")
    with pytest.raises(StudyError, match="another form"):
        make_home.clear_unused(tmp_path)


def test_a_stored_home_is_small_and_never_written_again(tmp_path, capsys):
    stored = sorted(homes.HOMES.glob("*.zip"))
    assert stored
    assert all(path.stat().st_size < make_home.MOST_BYTES for path in stored)
    assert make_home.main(["--name", stored[0].stem]) == 1
    assert "kept as it is" in capsys.readouterr().err


def test_words_near_each_other_have_near_vectors():
    one, same, other = WordEmbedder().embed(["a fox and a dog", "A dog, and a fox.", "whales"])
    assert float(one @ same) == pytest.approx(1.0)
    assert abs(float(one @ other)) < 0.5
    assert not WordEmbedder().embed([""])[0].any()
