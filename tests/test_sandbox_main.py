"""The sandbox in the terminal."""

import io
import json

import pytest

from sandbox.__main__ import main
from sandbox.lockdown import lockdown_supported

locked = pytest.mark.skipif(bool(lockdown_supported()), reason=lockdown_supported() or "can be locked")


@locked
def test_run_prints_text_value_and_figures(capsys, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import matplotlib.pyplot as plt\nprint('hi')\nplt.plot([1])\n1 + 1", encoding="utf-8")
    assert main(["run", "--wall", "locked", str(program)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["hi", "2"]
    assert lines[2].startswith("figure 640x480, ")


@locked
def test_run_reads_standard_input_and_tells_faults(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("while True: pass"))
    assert main(["run", "--wall", "locked", "--seconds", "0.3", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["wall"]) == ("timeout", "locked process")
    assert "0.3 seconds" in told["error"]


@locked
def test_check_says_what_is_ready(capsys):
    assert main(["check"]) == 0
    assert "locked process: ready." in capsys.readouterr().out
    assert main(["check", "--wall", "locked", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["ready"] is True


@locked
def test_bench_measures_each_program(capsys):
    assert main(["bench", "--wall", "locked", "--rounds", "1", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert [one["program"] for one in measured] == ["hello", "numpy", "figure"]
    assert all(0 < one["warm_milliseconds"] < one["cold_milliseconds"] for one in measured)


def test_bad_input_is_one_sentence(capsys):
    for arguments in (["run", "/no/such/file"], ["run", "--seconds", "0"], ["prepare", "--wall", "locked"]):
        assert main(arguments) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
