"""The record as a file: all of it goes out and comes in, and what is not ours changes nothing."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curriculum.load import load_curriculum
from errors import LearnerRecordError
from learner.store import LearnerStore
from learner.tracker import tracker_state
from learner.transfer import VERSION, Imported, export_file, export_text, import_file, read_export
from learner.values import Evidence

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def act(key, kind="quiz", hour=0, **changes):
    values = {
        "key": key,
        "kind": kind,
        "item_id": f"item of {key}",
        "topic_ids": ("math",),
        "paper_ids": ("1706.03762",),
        "outcome": 0.5,
        "given": "0,5 – “sure” \x00",
        "expected": "½",
        "conversation_id": "c1",
        "at": NOON + timedelta(hours=hour, microseconds=1),
        "details": {"verdict": "close", "nested": [1, 2.5, None], "half": "\ud83d"},
    }
    return Evidence(**{**values, **changes})


@pytest.fixture
def store(tmp_path):
    store = LearnerStore(tmp_path / "one" / "learner.sqlite")
    for number, kind in enumerate(("prediction", "quiz", "notebook", "project", "by-hand")):
        store.record(act(kind, kind, number))
    store.undo("by-hand", at=NOON + timedelta(days=1))
    return store


@pytest.fixture
def other(tmp_path):
    return LearnerStore(tmp_path / "two" / "learner.sqlite")


@pytest.fixture
def exported(store, tmp_path):
    path = tmp_path / "export.json"
    assert export_file(store, path, at=NOON) == 5
    return path


def everything(store):
    return store.evidence(limit=1000, include_withdrawn=True)


def test_all_of_a_record_comes_back_with_its_withdrawals(store, other, exported):
    assert import_file(other, exported) == Imported(acts=5, withdrawals=1, known_acts=0)
    assert everything(other) == everything(store)
    assert other.count() == 4
    assert export_text(other, at=NOON) == exported.read_text()
    curriculum = load_curriculum()
    assert tracker_state(curriculum, other.evidence()) == tracker_state(curriculum, store.evidence())


def test_importing_again_changes_nothing(store, other, exported):
    import_file(other, exported)
    before = everything(other)
    assert import_file(other, exported) == Imported(acts=0, withdrawals=0, known_acts=5)
    assert import_file(store, exported) == Imported(acts=0, withdrawals=0, known_acts=5)
    assert everything(other) == before


def test_two_records_become_one_and_own_acts_stay_as_they_are(other, exported):
    other.record(act("quiz", given="mine"))
    other.record(act("only here"))
    other.record(act("by-hand", "by-hand"))
    assert import_file(other, exported) == Imported(acts=3, withdrawals=1, known_acts=2)
    kept = {one.key: one for one in everything(other)}
    assert len(kept) == 6
    assert kept["quiz"].given == "mine"
    assert kept["by-hand"].withdrawn_at == NOON + timedelta(days=1)


def test_an_earlier_withdrawal_of_ones_own_stays(other, exported):
    other.record(act("by-hand", "by-hand"))
    other.undo("by-hand", at=NOON)
    assert import_file(other, exported).withdrawals == 0
    assert {one.key: one.withdrawn_at for one in everything(other)}["by-hand"] == NOON


def test_an_empty_record_is_a_record(other, tmp_path):
    assert export_file(other, tmp_path / "empty.json", at=NOON) == 0
    assert import_file(other, tmp_path / "empty.json") == Imported(0, 0, 0)


def test_many_acts_are_not_cut_off(store, other, tmp_path):
    store.record_all(act(f"many {number}", hour=number) for number in range(250))
    assert export_file(store, tmp_path / "many.json", at=NOON) == 255
    assert import_file(other, tmp_path / "many.json").acts == 255


def test_a_byte_order_mark_and_other_line_ends_are_no_damage(other, exported):
    exported.write_bytes(b"\xef\xbb\xbf" + exported.read_bytes().replace(b"\n", b"\r\n"))
    assert import_file(other, exported).acts == 5


# What is refused


def refused(store, path, sentence):
    store.record(act("mine"))
    before = everything(store)
    with pytest.raises(LearnerRecordError, match=sentence) as caught:
        import_file(store, path)
    assert everything(store) == before
    assert "\n" not in caught.value.as_text()
    assert len(caught.value.message) < 300
    assert caught.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%PDF-1.7 \xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"format": "something else", "version": 1}',
        b'{"format": ["roadmap-study-assistant/learner-record"], "version": 1}',
        b"[" * 100_000,
        b"9" * 10_000,
        "{}".encode("utf-16"),
    ],
)
def test_a_file_that_is_not_ours(other, tmp_path, content):
    path = tmp_path / "file.json"
    path.write_bytes(content)
    refused(other, path, "not an exported learning record; nothing was changed")


def test_a_file_of_a_newer_version(other, exported):
    values = {**json.loads(exported.read_text()), "version": VERSION + 1, "cards": [], "evidence": "elsewhere"}
    exported.write_text(json.dumps(values))
    refused(other, exported, "newer version of the assistant; nothing was changed")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_file_that_is_cut_off(other, exported, share):
    text = exported.read_text()
    exported.write_text(text[: int(len(text) * share)])
    refused(other, exported, "is damaged .it is cut off or not JSON any more.; nothing was changed")


def _set(values, path, value):
    *way, last = path
    for step in way:
        values = values[step]
    if value is ...:
        del values[last]
    else:
        values[last] = value


DAMAGE = [
    (("version",), ..., "its version"),
    (("version",), "1", "its version"),
    (("version",), True, "its version"),
    (("version",), 0, "its version"),
    (("evidence",), ..., "its list “evidence” is missing"),
    (("withdrawals",), {}, "its list “withdrawals” is missing"),
    (("evidence", 4), "act", "act 5 does not have the fields"),
    (("evidence", 4, "given"), ..., "act 5 does not have the fields"),
    (("evidence", 4, "more"), 1, "act 5 does not have the fields"),
    (("evidence", 4, "key"), 7, "act 5 has a value of the wrong type"),
    (("evidence", 4, "outcome"), True, "act 5 has a value of the wrong type"),
    (("evidence", 4, "outcome"), "1", "act 5 has a value of the wrong type"),
    (("evidence", 4, "topic_ids"), "math", "act 5 has a value of the wrong type"),
    (("evidence", 4, "topic_ids"), [1], "act 5 has a value of the wrong type"),
    (("evidence", 4, "details"), [], "act 5 has a value of the wrong type"),
    (("evidence", 4, "kind"), "wish", "act 5 is of no kind we know"),
    (("evidence", 4, "outcome"), 1.5, "act 5: an outcome is from 0 to 1"),
    (("evidence", 4, "outcome"), float("nan"), "act 5: an outcome is from 0 to 1"),
    (("evidence", 4, "key"), "", "act 5: evidence needs a key"),
    (("evidence", 4, "at"), "yesterday", "act 5 has no time"),
    (("evidence", 4, "at"), None, "act 5 has no time"),
    (("evidence", 4, "at"), "2026-11-24T12:00:00", "act 5 has a time that is not in UTC"),
    (("evidence", 4, "at"), "2026-11-24T12:00:00+02:00", "act 5 has a time that is not in UTC"),
    (("evidence", 4, "key"), "quiz", "act “quiz” is there twice"),
    (("withdrawals", 0), "by-hand", "withdrawal 1 does not have a key and a time"),
    (("withdrawals", 0, "key"), "k" * 1000, "is withdrawn but not there"),
    (("withdrawals", 0, "at"), "", "withdrawal 1 has no time"),
]


@pytest.mark.parametrize(("path", "value", "sentence"), DAMAGE)
def test_a_file_that_is_damaged_anywhere_brings_nothing(other, exported, path, value, sentence):
    values = json.loads(exported.read_text())
    _set(values, path, value)
    exported.write_text(json.dumps(values))
    refused(other, exported, sentence)


def test_files_that_cannot_be_read(other, tmp_path, monkeypatch):
    refused(other, tmp_path / "nowhere.json", "cannot be read .No such file")
    refused(other, tmp_path, "is not a file")
    refused(other, tmp_path / "nul\0.json", "cannot be read")
    (tmp_path / "large.json").write_text("{}")
    monkeypatch.setattr("learner.transfer.LARGEST_MEGABYTES", 1e-6)
    refused(other, tmp_path / "large.json", "larger than")


def test_a_record_that_fails_half_way_takes_nothing_in(other, exported, tmp_path):
    connection = sqlite3.connect(tmp_path / "two" / "learner.sqlite")
    connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON withdrawals BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    )
    connection.commit()
    connection.close()
    refused(other, exported, "full")


# Writing


def test_a_file_that_is_there_is_not_overwritten(store, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text("mine")
    with pytest.raises(LearnerRecordError, match="already"):
        export_file(store, path, at=NOON)
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there_is_one_sentence(store, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in ("nowhere", "file"):
        with pytest.raises(LearnerRecordError, match="cannot be written"):
            export_file(store, tmp_path / folder / "x.json", at=NOON)


def test_a_fault_while_writing_leaves_no_file(store, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    folder.mkdir()

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(LearnerRecordError, match="No space left"):
        export_file(store, folder / "x.json", at=NOON)
    assert list(folder.iterdir()) == []


# Anything at all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
places = st.sampled_from([path for path, _, _ in DAMAGE])


@given(places, json_values)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_anywhere_is_read_or_refused_in_one_sentence(exported, path, value):
    values = json.loads(exported.read_text())
    _set(values, path, value)
    sentence = ""
    try:
        found = read_export(json.dumps(values), name="x.json")
    except LearnerRecordError as error:
        sentence = error.message
    assert "nothing was changed" in sentence if sentence else len(found) == len(values["evidence"])


@given(
    st.builds(
        replace,
        st.just(act("k")),
        key=st.text(min_size=1),
        given=st.text(),
        outcome=st.floats(0, 1),
        at=st.datetimes(timezones=st.just(UTC)),
        details=st.dictionaries(st.text(), st.none() | st.integers(-(2**60), 2**60) | st.text()),
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_act_survives_the_way_out_and_in(tmp_path_factory, one):
    folder = tmp_path_factory.mktemp("acts")
    there, back = LearnerStore(folder / "a.sqlite"), LearnerStore(folder / "b.sqlite")
    there.record(one)
    export_file(there, folder / "x.json", at=NOON)
    assert import_file(back, folder / "x.json").acts == 1
    assert everything(back) == everything(there)
