"""What the learner thinks of answers: kept with what was judged, append-only, the newest counts."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.answers import Step
from agent.conversation_values import StoredTurn
from agent.events import Answer, Citation, SentenceCheck
from agent.feedback import CitedPassage, FeedbackStore
from errors import HomeError, QuestionError

MOMENT = datetime(2026, 11, 2, tzinfo=UTC)
QUOTE = "the output of each sub-layer is LayerNorm(x + Sublayer(x))"
ANSWER = Answer(
    text="It is LayerNorm(x + Sublayer(x)) [1].",
    sentences=(SentenceCheck(0, 37, "It is LayerNorm(x + Sublayer(x)) [1].", (1,), "supported", 1.0),),
    citations=(Citation(1, "d1", "Attention", "1706.03762", 3, "3", "3.1", "c1", 5, 63, QUOTE, "supported"),),
    refused=False,
    model="embedded",
    seconds=1.0,
    first_token_seconds=0.1,
)
TURN = StoredTurn(
    "a" * 32, "b" * 32, 0, "What comes out?", "done", ANSWER, (Step("search_library", {}, "", 0.1, False),),
    "", "", MOMENT, MOMENT,
)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    return FeedbackStore(tmp_path / "feedback.sqlite")


def test_a_verdict_is_kept_with_what_it_is_about(store):
    kept = store.add(TURN, "down", reason="wrong-source", note="  Not\n this page ")
    assert store.list() == [kept]
    assert (kept.conversation_id, kept.turn_id, kept.question) == (TURN.conversation_id, TURN.id, "What comes out?")
    assert (kept.answer, kept.model, kept.tools) == (ANSWER.text, "embedded", ("search_library",))
    assert kept.passages == (CitedPassage("d1", "1706.03762", "Attention", 3, QUOTE, "supported"),)
    assert (kept.verdict, kept.reason, kept.note) == ("down", "wrong-source", "Not this page")
    assert kept.at.utcoffset().total_seconds() == 0


def test_the_newest_counts_and_a_withdrawn_one_does_not(store):
    first = store.add(TURN, "down", reason="wrong")
    other = store.add(replace(TURN, id="c" * 32), "up")
    second = store.add(TURN, "up", reason="wrong", note="of a thumb that was down")
    assert [one.id for one in store.list()] == [other.id, second.id]
    assert (second.reason, second.note) == ("", "")
    assert store.of_conversation(TURN.conversation_id)[TURN.id] == second
    with pytest.raises(QuestionError, match=f"no verdict {first.id}"):
        store.get(first.id)
    store.add(TURN, "withdrawn")
    assert store.list() == [other]
    assert store.of_conversation(TURN.conversation_id) == {other.turn_id: other}
    assert store.of_conversation("elsewhere") == {}


@pytest.mark.parametrize("act", ["UPDATE feedback SET note = 'x'", "DELETE FROM feedback"])
def test_nothing_is_changed_or_deleted(store, tmp_path, act):
    store.add(TURN, "up")
    with (
        closing(sqlite3.connect(tmp_path / "feedback.sqlite")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(act)


@pytest.mark.parametrize(
    ("turn", "verdict", "reason"),
    [
        (replace(TURN, answer=None), "up", ""),
        (replace(TURN, status="stopped"), "up", ""),
        (TURN, "sideways", ""),
        (TURN, "down", "because"),
    ],
)
def test_what_is_no_verdict_is_refused(store, turn, verdict, reason):
    with pytest.raises(QuestionError):
        store.add(turn, verdict, reason=reason)
    assert store.list() == []


def test_reading_makes_no_file_and_a_damaged_or_newer_one_is_one_sentence(store, tmp_path):
    assert store.list() == []
    path = tmp_path / "feedback.sqlite"
    assert not path.exists()
    store.add(TURN, "up")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO migrations VALUES (99, 'm099', '')")
    with pytest.raises(HomeError, match="newer version"):
        store.list()
    path.write_bytes(b"no database at all, but long enough to be read as one" * 9)
    with pytest.raises(HomeError, match="cannot be read"):
        store.list()
