"""The frame of `make soak`: what is counted as kept, what goes on after an interruption, what the report says."""

import json
import sys
import types

import pytest

from errors import StudyError
from evals.soak import __main__ as command
from evals.soak import report, soak
from evals.soak.counts import Count, PartResult
from evals.soak.ledger import Ledger
from evals.soak.soak import PARTS, Entry, Soak


def count(tried=5, failed=0, asked=5, **more):
    return Count(what="kills that lose nothing", tried=tried, failed=failed, asked=asked, **more)


@pytest.fixture
def invented(monkeypatch):
    """Two parts: one whose counts the test sets, and one that nobody has written."""
    module = types.ModuleType("invented_part")
    module.counts = [count()]
    module.measure = lambda _: module.counts
    monkeypatch.setitem(sys.modules, "invented_part", module)
    parts = {"kills": Entry("invented_part", "Kills"), "later": Entry("evals.soak.nobody_wrote_this", "Comes later")}
    for place in (soak, report, command):
        monkeypatch.setattr(place, "PARTS", parts)
    monkeypatch.setattr(command.subprocess, "run", lambda line, **_: command.main(line[3:]))
    return module


@pytest.mark.parametrize(
    ("counted", "state", "short_state"),
    [
        (count(), "met", "met"),
        (count(failed=1), "missed", "missed"),
        (count(failed=1, bar=1), "met", "met"),
        (count(tried=4), "unfinished", "met"),
        (count(tried=0), "not measured", "not measured"),
    ],
)
def test_only_what_was_tried_as_often_as_promised_is_kept(counted, state, short_state):
    assert counted.state(short=False) == state
    assert counted.state(short=True) == short_state


def test_a_part_without_counts_keeps_nothing():
    result = PartResult(counts=(), seconds=1.0, measured_at="now", seed=1, short=False)
    assert not result.is_met
    assert not result.is_finished


def test_a_kept_promise_ends_with_0_and_a_broken_one_with_1(invented, tmp_path, capsys):
    assert command.main(["kills", "--work", str(tmp_path)]) == 0
    invented.counts = [count(), count(failed=1, note="One was lost.")]
    assert command.main(["kills", "--work", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "missed" in printed
    assert "One was lost." in printed
    assert f"seed {soak.SEED}" in printed


def test_all_writes_one_table_and_never_shows_what_is_missing_as_kept(invented, tmp_path, capsys):
    out = tmp_path / "trust.md"
    assert command.main(["all", "--work", str(tmp_path / "work"), "--out", str(out)]) == 1
    text = out.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split("|")[1].strip(" `").rpartition(" ")[2] for row in rows] == ["kills", "later"]
    assert " met " in rows[0]
    assert "not measured" in rows[1]
    assert "Not kept or not measured: later." in text
    assert "not written yet" in capsys.readouterr().err


def test_all_counts_a_finished_part_once_unless_told_otherwise(invented, tmp_path, capsys):
    arguments = ["all", "--work", str(tmp_path), "--out", str(tmp_path / "t.md")]
    command.main(arguments)
    invented.counts = [count(failed=2)]
    command.main(arguments)
    assert "missed" not in (tmp_path / "t.md").read_text()
    command.main([*arguments, "--fresh"])
    assert "missed" in (tmp_path / "t.md").read_text()


def test_all_ends_with_0_only_when_everything_is_kept(invented, monkeypatch, tmp_path):
    monkeypatch.delitem(soak.PARTS, "later")
    arguments = ["all", "--work", str(tmp_path), "--out", str(tmp_path / "t.md")]
    assert command.main(arguments) == 0
    assert "All promises are kept." in (tmp_path / "t.md").read_text()
    invented.counts = [count(tried=1)]
    assert command.main([*arguments, "--fresh"]) == 1


def test_the_short_form_is_kept_apart(invented, tmp_path):
    invented.counts = [count(tried=1)]
    assert command.main(["all", "--short", "--work", str(tmp_path)]) == 1
    assert "the short form, which promises nothing" in (tmp_path / "trust-short.md").read_text()
    assert Soak(work=tmp_path).result("kills") is None
    assert Soak(work=tmp_path, short=True).result("kills").is_met
    assert Soak(work=tmp_path, short=True, seed=2).result("kills") is None


def test_a_part_that_nobody_knows_is_one_sentence(tmp_path, capsys):
    assert command.main(["nonsense", "--work", str(tmp_path)]) == 2
    assert "There is no part 'nonsense'" in capsys.readouterr().err


def test_a_part_that_cannot_run_leaves_no_counts(invented, tmp_path, capsys):
    def fail(_):
        raise StudyError("There is no kernel for that.")

    invented.measure = fail
    assert command.main(["kills", "--work", str(tmp_path)]) == 2
    assert "not measured" in capsys.readouterr().err
    assert Soak(work=tmp_path).result("kills") is None


def test_an_interrupted_part_goes_on_and_a_cut_line_is_tried_again(tmp_path):
    path = tmp_path / "part.jsonl"
    tried = []

    def attempt(key):
        tried.append(key)
        return {"lost": 0}

    assert Ledger(path, until_seconds=0).fill(["a", "b"], attempt) == []
    Ledger(path).fill(["a", "b"], attempt)
    path.write_text(path.read_text()[:-5])
    assert Ledger(path).fill(["a", "b", "c"], attempt) == [{"lost": 0}] * 3
    assert tried == ["a", "b", "b", "c"]
    assert Ledger(path).outcomes.keys() == {"a", "b", "c"}


def test_seconds_of_pieces_are_added_up(invented, tmp_path):
    here = Soak(work=tmp_path)
    invented.counts = [count(tried=2)]
    first = here.measure("kills")
    (tmp_path / "kills.json").write_text(json.dumps(first.to_dict() | {"seconds": 100.0}))
    invented.counts = [count()]
    assert here.measure("kills").seconds >= 100.0
    assert here.measure("kills").seconds < 50.0


def test_a_finished_part_begins_anew_and_an_interrupted_one_goes_on(invented, tmp_path):
    here = Soak(work=tmp_path)
    tried = []

    def measure(soak):
        done = soak.ledger("kills").fill(["a", "b"][: len(invented.counts)], lambda key: tried.append(key) or {})
        return [count(tried=len(done), asked=2)]

    invented.measure = measure
    here.measure("kills")
    invented.counts = [count(), count()]
    here.measure("kills")
    assert tried == ["a", "b"]
    here.measure("kills")
    assert tried == ["a", "b", "a", "b"]


def test_chance_is_decided_by_seed_and_names(tmp_path):
    draws = [
        Soak(work=tmp_path, seed=seed).chance(*of).random() for seed, of in ((1, "a"), (1, "a"), (1, "b"), (2, "a"))
    ]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3


def test_every_part_has_a_title_and_a_module_of_its_own():
    assert len({entry.module for entry in PARTS.values()}) == len(PARTS)
    assert all(entry.title and entry.module.startswith("evals.") for entry in PARTS.values())
