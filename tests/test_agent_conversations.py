"""The conversation store: round trips, search, what is left by a dead process, migrations."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from agent import conversations as module
from agent.answers import Step, answer_from_dict, answer_to_dict
from agent.conversation_schema import MIGRATIONS, m001_conversations_and_turns
from agent.conversations import ConversationStore, title_for
from agent.events import Answer, ApprovalRequest, Citation, SentenceCheck
from agent.process import process_runs
from errors import ConversationNotFoundError, HomeError, QuestionError

CITATION = Citation(1, "d1", "Tïtle", None, 3, "iii", "3 A > 3.1 B", "c1", 5, 9, "text", "partly")
ANSWER = Answer(
    text="Ünïcode $x$ [1].",
    sentences=(SentenceCheck(0, 16, "Ünïcode $x$ [1].", (1,), "partly", 0.5),),
    citations=(CITATION,),
    refused=False,
    model="embedded",
    seconds=1.5,
    first_token_seconds=0.25,
    input_tokens=None,
    output_tokens=7,
    notices=("One.",),
)
STEPS = (Step("search_library", {"query": "x", "n": 1}, "1 passage", 0.1, False),)


@pytest.fixture
def store(tmp_path):
    return ConversationStore(tmp_path / "conversations.sqlite")


def test_an_answer_comes_back_as_it_was(store):
    assert answer_from_dict(answer_to_dict(ANSWER)) == ANSWER
    conversation = store.create("What is attention?")
    turn_id = store.begin_turn(conversation.id, "What is attention?")
    store.end_turn(turn_id, "done", answer=ANSWER, steps=STEPS)
    (turn,) = store.turns(conversation.id)
    assert (turn.id, turn.position, turn.question, turn.status) == (turn_id, 0, "What is attention?", "done")
    assert (turn.answer, turn.steps, turn.error) == (ANSWER, STEPS, "")
    assert turn.started_at.tzinfo is UTC or turn.started_at.utcoffset() == timedelta(0)
    assert turn.finished_at >= turn.started_at


def test_a_question_is_there_before_its_answer(store):
    conversation = store.create("Q")
    store.begin_turn(conversation.id, "Q")
    (turn,) = store.turns(conversation.id)
    assert (turn.question, turn.status, turn.answer, turn.finished_at) == ("Q", "running", None, None)


def test_the_last_used_conversation_stands_first(store):
    first, second = store.create("first"), store.create("second")
    assert [one.title for one in store.list()] == ["second", "first"]
    store.end_turn(store.begin_turn(first.id, "more"), "done", answer=ANSWER)
    assert [(one.title, one.turn_count) for one in store.list()] == [("first", 1), ("second", 0)]
    assert store.get(second.id).title == "second"


def test_titles_come_from_the_first_line_and_end_at_a_word():
    assert title_for("  What is\tLoRA?  \nSecond line") == "What is LoRA?"
    assert title_for("\n \n") == "New conversation"
    long = title_for("Please explain " + "the scaled dot product attention of the transformer " * 3)
    assert long.endswith("…")
    assert len(long) <= 61


def test_search_looks_at_titles_questions_and_answers_and_takes_signs_literally(store):
    one = store.create("About LoRA")
    store.end_turn(store.begin_turn(one.id, "Is 100% of it_frozen?"), "done", answer=ANSWER)
    store.create("About BERT")
    assert [found.title for found in store.search("lora")] == ["About LoRA"]
    assert [found.title for found in store.search("ünïcode about")] == ["About LoRA"]
    assert [found.title for found in store.search("100% it_frozen")] == ["About LoRA"]
    assert store.search("1000%") == []
    assert len(store.search("  ")) == 2


def test_rename_and_delete(store):
    conversation = store.create("old")
    store.begin_turn(conversation.id, "Q")
    store.rename(conversation.id, "  new \n title ")
    assert store.get(conversation.id).title == "new title"
    with pytest.raises(QuestionError):
        store.rename(conversation.id, "  ")
    store.delete(conversation.id)
    assert store.list() == []
    for call in (store.get, store.turns, store.delete, lambda one: store.rename(one, "x")):
        with pytest.raises(ConversationNotFoundError):
            call(conversation.id)
    with pytest.raises(ConversationNotFoundError):
        store.begin_turn(conversation.id, "Q")


def test_a_turn_of_a_deleted_conversation_ends_quietly(store):
    conversation = store.create("x")
    turn_id = store.begin_turn(conversation.id, "Q")
    store.delete(conversation.id)
    store.end_turn(turn_id, "done", answer=ANSWER)
    assert store.list() == []


def test_one_turn_at_a_time(store):
    conversation = store.create("x")
    turn_id = store.begin_turn(conversation.id, "one")
    with pytest.raises(QuestionError, match="still answering"):
        store.begin_turn(conversation.id, "two")
    store.end_turn(turn_id, "failed", error="E.", hint="H.")
    store.begin_turn(conversation.id, "three")
    assert [(turn.position, turn.error, turn.hint) for turn in store.turns(conversation.id)] == [
        (0, "E.", "H."),
        (1, "", ""),
    ]


REQUEST = ApprovalRequest("a", "add_paper", {"arxiv_id": "2305.18290"}, "Yours to decide.")


def test_a_turn_that_waits_survives_a_start_and_goes_on_once(store, tmp_path):
    conversation = store.create("x")
    turn_id = store.begin_turn(conversation.id, "one")
    store.wait_turn(turn_id, (REQUEST,), {"model": "embedded", "text": "So far"}, answer=ANSWER, steps=STEPS)
    again = ConversationStore(tmp_path / "conversations.sqlite")
    assert again.close_abandoned() == 0
    (turn,) = again.turns(conversation.id)
    assert (turn.status, turn.requests, turn.steps, turn.finished_at) == ("waiting", (REQUEST,), STEPS, None)
    with pytest.raises(QuestionError, match="Nothing waits"):
        again.resume_turn(conversation.id, {"other"})
    resumed = again.resume_turn(conversation.id, {"a"})
    assert (resumed.id, resumed.unfinished) == (turn_id, {"model": "embedded", "text": "So far"})
    assert again.turns(conversation.id)[0].status == "running"
    with pytest.raises(QuestionError, match="still answering"):
        again.resume_turn(conversation.id, {"a"})
    again.end_turn(turn_id, "done", answer=ANSWER)
    assert again.turns(conversation.id)[0].requests == ()
    with pytest.raises(QuestionError, match="Nothing waits"):
        again.resume_turn(conversation.id, {"a"})
    with pytest.raises(ConversationNotFoundError):
        again.resume_turn("nope", {"a"})


def test_a_question_passes_over_a_waiting_turn_and_a_cell_does_not(store):
    conversation = store.create("x")
    store.wait_turn(store.begin_turn(conversation.id, "one"), (REQUEST,), {"model": "m"})
    store.end_turn(store.begin_turn(conversation.id, "print(1)", kind="code"), "done", steps=STEPS)
    assert [turn.status for turn in store.turns(conversation.id)] == ["waiting", "done"]
    assert [cell.question for cell in store.cells(conversation.id, last=5)] == ["print(1)"]
    store.begin_turn(conversation.id, "two")
    first = store.turns(conversation.id)[0]
    assert (first.status, first.requests, first.unfinished) == ("stopped", (), {})
    assert "something else" in first.error


def test_a_living_turn_is_not_closed_by_a_second_store(store, tmp_path):
    conversation = store.create("x")
    store.begin_turn(conversation.id, "one")
    assert ConversationStore(tmp_path / "conversations.sqlite").close_abandoned() == 0


def _begin_and_die(path, conversation_id):
    ConversationStore(path).begin_turn(conversation_id, "lost?")
    os._exit(9)


def test_the_turn_of_a_killed_process_is_closed_at_the_next_start(store, tmp_path):
    conversation = store.create("x")
    process = multiprocessing.get_context("spawn").Process(
        target=_begin_and_die, args=(tmp_path / "conversations.sqlite", conversation.id)
    )
    process.start()
    process.join()
    assert store.turns(conversation.id)[0].status == "running"
    assert store.close_abandoned() == 1
    (turn,) = store.turns(conversation.id)
    assert (turn.status, turn.question) == ("stopped", "lost?")
    assert "was stopped" in turn.error
    store.begin_turn(conversation.id, "next")


def test_a_very_old_running_turn_is_closed_although_its_number_is_in_use(store, monkeypatch):
    conversation = store.create("x")
    store.begin_turn(conversation.id, "old")
    monkeypatch.setattr(module.os, "getpid", os.getppid)  # as if another process asked
    assert store.close_abandoned() == 0
    monkeypatch.setattr(module, "LONGEST_TURN", timedelta(0))
    assert store.close_abandoned() == 1


def test_processes_are_seen():
    assert process_runs(os.getpid())
    assert not process_runs(2**22 + 12345)


def test_a_blank_and_an_existing_store_have_the_same_tables(tmp_path):
    first, blank = tmp_path / "first.sqlite", tmp_path / "blank.sqlite"
    with closing(sqlite3.connect(first)) as connection, connection:
        m001_conversations_and_turns(connection)
        connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
        connection.execute("INSERT INTO migrations VALUES (1, 'm001', 'then')")
        connection.execute(
            "INSERT INTO conversations VALUES ('c', 'Kept', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')"
        )
        step = '[{"name": "search_library", "arguments": {}, "summary": "S", "seconds": 0.1, "failed": false}]'
        connection.execute(
            "INSERT INTO turns VALUES ('t', 'c', 0, 'Q', 'done', NULL, ?, 'E', 'H', 7, ?, ?)",
            (step, "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:01+00:00"),
        )
    assert [one.title for one in ConversationStore(first).list()] == ["Kept"]
    (turn,) = ConversationStore(first).turns("c")
    assert (turn.id, turn.question, turn.status, turn.error, turn.hint) == ("t", "Q", "done", "E", "H")
    assert (turn.kind, turn.requests, turn.unfinished, turn.steps[0].details) == ("question", (), {}, {})
    ConversationStore(first).delete("c")
    assert ConversationStore(first).purge(deleted_before=datetime.now(UTC)) == ("c",)  # its turns still go with it
    ConversationStore(blank)
    ConversationStore(blank)  # a second start changes nothing
    tables = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name != 'migrations' ORDER BY name"
    with closing(sqlite3.connect(first)) as one, closing(sqlite3.connect(blank)) as other:
        assert one.execute(tables).fetchall() == other.execute(tables).fetchall()
        assert one.execute("SELECT COUNT(*) FROM turns").fetchone() == (0,)
        assert other.execute("SELECT COUNT(*) FROM migrations").fetchone() == (len(MIGRATIONS),)


def test_a_store_of_a_newer_version_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "conversations.sqlite"
    ConversationStore(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO migrations VALUES (999, 'm999', 'later')")
    with pytest.raises(HomeError, match="newer version"):
        ConversationStore(path)


def test_a_damaged_store_is_one_sentence(tmp_path):
    path = tmp_path / "conversations.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(HomeError, match="are damaged"):
        ConversationStore(path)


def test_a_write_does_not_wait_until_the_journal_is_moved(tmp_path):
    path = tmp_path / "conversations.sqlite"
    journal = tmp_path / "conversations.sqlite-wal"
    store = ConversationStore(path)
    store.create("Why?")
    assert journal.stat().st_size > 0
    store.close()
    assert not journal.exists()
    store.create("And what then?")  # one that is still asked opens the file for itself
    assert not journal.exists()
    assert len(store.list()) == 2


def test_a_store_nobody_has_lets_its_file_go(tmp_path):
    store = ConversationStore(tmp_path / "conversations.sqlite")
    store.create("Why?")
    del store
    gc.collect()
    assert {path.name for path in tmp_path.iterdir()} == {"conversations.sqlite"}
