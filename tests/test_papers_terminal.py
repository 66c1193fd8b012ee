"""The terminal door: what it prints where, and with which exit code."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from arxiv_server import ArxivServer
from toy_embedder import ToyEmbedder

from papers import pacing
from papers.__main__ import main

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def server(monkeypatch):
    with ArxivServer() as running:
        running.add_paper(id="2305.18290", title="Direct Preference Optimization", version=2)
        monkeypatch.setenv("STUDY_ARXIV_URL", running.url)
        monkeypatch.setenv("STUDY_ARXIV_PDF_URL", running.url)
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("papers.__main__.load_embedder", lambda setting, **_: ToyEmbedder())
    monkeypatch.setattr(pacing.Pace, "_remaining", lambda self: 0.0)


def test_search_add_list_for_people(server, capsys):
    assert main(["search", "preference", "--topic", "RLHF preference learning"]) == 0
    out = capsys.readouterr().out
    assert "[1] Direct Preference Optimization\n" in out
    assert 'Its title has "preference"' in out
    assert main(["add", "2305.18290"]) == 0
    out = capsys.readouterr().out
    assert "Added: Direct Preference Optimization (arXiv 2305.18290v2), 2 pages" in out
    assert (
        "Read before: Training language models to follow instructions with human feedback (not in the library)" in out
    )
    assert main(["search", "preference"]) == 0
    assert "[in the library]" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "2305.18290v2" in capsys.readouterr().out


def test_the_same_as_json(server, capsys):
    assert main(["search", "preference", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["total"], answer["results"][0]["version"]) == (1, 2)
    assert main(["add", "2305.18290", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)[0]["status"] == "added"
    assert captured.err == ""
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["fetched_from"].endswith("/pdf/2305.18290v2")


def test_fetch_roadmap_lists_what_failed(server, capsys):
    assert main(["fetch-roadmap"]) == 2
    out = capsys.readouterr().out
    assert "added     Direct Preference Optimization" in out
    assert "failed    Attention Is All You Need (arXiv 1706.03762): arXiv knows no paper 1706.03762." in out
    assert "35 papers of the roadmap on arXiv: 1 added, 34 failed" in out


def test_a_known_fault_is_one_line(server, capsys, own_home):
    assert main(["add", "2401.99999"]) == 2
    progress, fault = capsys.readouterr().err.splitlines()
    assert progress == "2401.99999: Asking arXiv about 2401.99999."
    assert fault.startswith("arXiv knows no paper 2401.99999. Check the number")
    assert "Traceback" in (own_home / "logs" / "papers.log").read_text()
    assert main(["search"]) == 2
    assert main(["search", "x", "--category", "no category"]) == 2


def test_nothing_fetched_yet(capsys):
    assert main(["list"]) == 0
    assert "Nothing was fetched" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_control_c_is_clean(server, own_home):
    server.fail_next("stall")
    with subprocess.Popen(
        [sys.executable, "-m", "papers", "search", "preference"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not server.requests:
            assert process.poll() is None, process.stderr.read()
            server.stopping.wait(0.05)
        process.send_signal(signal.SIGINT)
        try:
            out, error = process.communicate(timeout=8)
        except subprocess.TimeoutExpired:  # Python loses one that comes in a callback of its own; people press again
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert error.strip() == "Stopped; what was fetched is kept, and the same command goes on from there."
