"""The tracker in the terminal."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.assemble import LEARNER
from curriculum.load import load_curriculum
from learner.__main__ import RECORD_FILE, main
from learner.store import LearnerStore
from learner.values import Evidence

ROOT = Path(__file__).resolve().parent.parent
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        assert main(arguments) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        return " ".join(captured.out.split())

    return run


@pytest.fixture
def run_json(capsys):
    def run(*arguments):
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def notebook(home, name, key):
    evidence = Evidence(key=key, kind="notebook", item_id=name, outcome=1.0, given="", expected="", at=NOON)
    LearnerStore(home / RECORD_FILE).record(evidence)


def test_it_is_the_record_that_the_tutor_writes_to():
    assert RECORD_FILE == LEARNER


@pytest.mark.parametrize("arguments", [(), ("tracker",)])
def test_all_boxes_are_shown_with_what_ticked_them(run, own_home, arguments):
    notebook(own_home, "02_simple_nn", "n")
    run("tick", "math-refresher")
    shown = run(*arguments)
    for box in load_curriculum().boxes:
        assert f"{box.title} {box.id}" in shown
    assert "[x] Math refresher math-refresher You ticked it. By hand since 20" in shown
    assert "02_simple_nn was run with all checks passing. By evidence since 2026-11-24." in shown
    assert shown.count("[x]") == 2
    assert "2 of 15 boxes" in shown


def test_all_boxes_as_json(run_json, own_home):
    notebook(own_home, "02_simple_nn", "n")
    boxes = {box["box_id"]: box for box in run_json("tracker")["boxes"]}
    assert len(boxes) == 20
    assert boxes["neural-networks"]["way"] == "evidence"
    assert boxes["neural-networks"]["since"] == "2026-11-24T12:00:00+00:00"
    assert boxes["neural-networks"]["evidence_keys"] == ["n"]
    assert boxes["part-1"]["way"] == "open"


@pytest.mark.parametrize("arguments", [("--json",), ("--json", "next"), ("next", "--json"), ("evidence", "--json")])
def test_options_stand_before_or_after_the_command(capsys, arguments):
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)


def test_ticking_and_taking_back(run, run_json):
    assert "is now ticked by hand" in run("tick", "pytorch-basics")
    assert "was ticked by hand before" in run("tick", "PyTorch basics")
    assert "is no longer ticked by hand" in run("untick", "pytorch-basics")
    assert "is not ticked by hand" in run("untick", "pytorch-basics")
    (kept,) = run_json("evidence")["evidence"]
    assert (kept["kind"], kept["item_id"]) == ("by-hand", "pytorch-basics")
    assert kept["withdrawn_at"]
    assert "withdrawn 20" in run("evidence")


def test_taking_back_says_that_evidence_stays(run, run_json, own_home):
    notebook(own_home, "02_simple_nn", "n")
    run("tick", "neural-networks")
    assert "no longer ticked by hand. It is ticked by evidence: Notebook 02_simple_nn" in run(
        "untick", "neural-networks"
    )
    assert run_json("untick", "neural-networks")["way"] == "evidence"


def test_a_tick_opens_its_evidence(run_json, run, own_home):
    notebook(own_home, "02_simple_nn", "n")
    notebook(own_home, "13_multi_agent", "other")
    run("tick", "math")
    run("tick", "pytorch")
    assert [one["key"] for one in run_json("evidence", "neural-networks")["evidence"]] == ["n"]
    assert len(run_json("evidence", "part-1")["evidence"]) == 3
    assert run("evidence", "deploy-agent") == "Nothing is recorded for this."
    assert "notebook 02_simple_nn: 1.00 n" in run("evidence", "neural-networks")


def test_what_comes_next_and_why(run, run_json):
    assert run_json("next")["next"]["topic_id"] == "math"
    run("tick", "math-refresher")
    shown = run("next")
    assert "Next: Neural Networks basics (neural-networks)" in shown
    assert "you have done what it needs: Linear Algebra & Calculus refresher" in shown
    assert "Notebooks: 02_simple_nn" in shown
    for topic in load_curriculum().topics:
        run("tick", topic.id)
    assert run("next") == "Every topic of the roadmap is done."
    assert run_json("next") == {"next": None}


def test_a_record_goes_to_another_home(run, run_json, tmp_path):
    run("tick", "math-refresher")
    run("tick", "mcp")
    run("untick", "mcp")
    path = tmp_path / "my [b]record[red].json"
    assert "Exported 2 acts to" in run("export", str(path))
    there = ("--home", str(tmp_path / "another"))
    assert "Imported 2 acts, 0 known before; 1 withdrawn by it." in run(*there, "import", str(path))
    assert run_json("import", str(path), *there) == {"acts": 0, "withdrawals": 0, "known_acts": 2}
    assert run_json(*there, "evidence") == run_json("evidence")
    assert run(*there) == run()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tick", "nonsense"), "There is no box “nonsense”."),
        (("untick", "part-1"), "is ticked when its boxes are"),
        (("evidence", "nonsense"), "There is no box “nonsense”."),
        (("import", "nowhere.json"), "nowhere.json cannot be read"),
        (("import", str(ROOT / "pyproject.toml")), "not an exported learning record"),
        (("export", str(ROOT / "README.md")), "already"),
    ],
)
def test_a_fault_is_one_sentence_and_exit_code_two(capsys, arguments, sentence):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert sentence in captured.err
    assert captured.err.count("\n") == 1


def test_a_damaged_record_and_settings_are_one_sentence(capsys, own_home, monkeypatch):
    (own_home / RECORD_FILE).write_bytes(b"not a database" * 500)
    assert main([]) == 2
    assert "cannot be used" in capsys.readouterr().err
    monkeypatch.setenv("STUDY_NONSENSE", "1")
    assert main([]) == 2
    assert "STUDY_NONSENSE is not a setting" in capsys.readouterr().err


def test_as_a_module_in_a_narrow_terminal(own_home):
    environment = {**os.environ, "COLUMNS": "40", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "learner", "tracker"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    assert "implement-transformer" in done.stdout
    assert "0 of 15 boxes" in done.stdout
