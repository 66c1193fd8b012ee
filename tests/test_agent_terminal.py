"""`python -m agent ask`: text, JSON, files and faults; with a fake tutor, and once for real."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
from agent_desk import desk, masking
from fake_chat_model import StreamingChatModel, calling
from fake_hands import FakePapers, FakePython
from rich.console import Console

from agent import __main__ as door
from agent.assemble import Assembly
from agent.events import TextDelta, ToolStarted
from agent.terminal import TerminalView, detail_lines
from errors import HomeBusyError, ModelServerError

ANSWER = "BERT masks fifteen percent of all tokens at random [1]. The moon is made of green cheese."


@pytest.fixture
def model():
    return StreamingChatModel()


@pytest.fixture
def papers():
    return FakePapers()


@pytest.fixture(autouse=True)
def assembled(monkeypatch, tmp_path, model, papers):
    library = masking()
    library.close = lambda: None

    def assemble(settings, **_):
        tutor, _ = desk(tmp_path, model=model, name=settings.model, shelf=library, papers=papers, python=FakePython())
        return Assembly(library=library, tutor=tutor)

    monkeypatch.setattr(door, "open_assembly", assemble)


def test_the_answer_comes_with_steps_sources_and_doubts(model, capsys):
    model.replies = [calling("search_library", query="mask tokens"), ANSWER]
    assert door.main(["ask", "How many tokens are masked?"]) == 0
    out = capsys.readouterr().out
    assert "→ search_library(query='mask tokens')" in out
    assert "✓ search_library: 1 passage from 1 document" in out
    assert ANSWER in out
    assert "? no source given: The moon is made of green cheese." in out
    assert "[1] BERT (arXiv 1706.03762), p. 4, 3 Model Architecture" in out
    assert "“We mask 15% of all tokens at random.”" in out


def test_json_is_one_object(model, capsys):
    model.replies = [calling("search_library", query="mask tokens"), ANSWER]
    assert door.main(["ask", "How many?", "--json", "--model", "fake/two"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["answer"] == ANSWER
    assert (said["model"], said["refused"]) == ("fake/two", False)
    (citation,) = said["citations"]
    assert (citation["number"], citation["document"], citation["page"]) == (1, "BERT", 4)
    assert [sentence["support"] for sentence in said["sentences"]] == [citation["supported"], "uncited"]
    assert said["seconds"] > 0


ADDING = [calling("search_library", query="mask tokens"), calling("add_paper", arxiv_id="2305.18290"), "Done."]


@pytest.mark.parametrize(("typed", "added"), [("y\n", 1), ("YES\n", 1), ("n\n", 0), ("\n", 0), ("", 0)])
def test_what_asks_is_asked_at_the_terminal(model, papers, capsys, monkeypatch, typed, added):
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    model.replies = list(ADDING)
    assert door.main(["ask", "Look for a paper"]) == 0
    captured = capsys.readouterr()
    assert "add_paper waits for your yes: Text from documents" in captured.out
    assert "    arxiv_id: 2305.18290" in captured.out
    assert "Allow add_paper? [y/N]" in captured.err
    assert "Done." in captured.out
    assert len(papers.added) == added


@pytest.mark.parametrize("arguments", [["ask", "Look", "--json"], ["ask", "Look"]])
def test_where_nobody_can_be_asked_it_is_declined_with_a_notice(model, papers, capsys, monkeypatch, arguments):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    model.replies = list(ADDING)
    assert door.main(arguments) == 0
    assert "add_paper was declined: it asks first. Allow it with --approve." in capsys.readouterr().err
    assert papers.added == []


def test_approve_allows_all(model, papers, capsys):
    model.replies = list(ADDING)
    assert door.main(["ask", "Look", "--json", "--approve"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "Done."
    assert papers.added == ["2305.18290"]


def test_what_tools_bring_is_shown_in_lines(model, capsys):
    model.replies = [calling("run_python", code="print('\\x1b[31m', 6 * 7)  # plot"), "It is 42."]
    assert door.main(["ask", "Compute"]) == 0
    out = capsys.readouterr().out
    assert "run_python: ran in 0.1 s, 1 figure" in out
    assert "42" in out
    assert "\x1b" not in out
    assert "    figure 640x480" in out
    plan = {"kind": "plan", "items": [{"text": "A", "status": "completed"}, {"text": "B", "status": "pending"}]}
    assert detail_lines(plan) == ["[x] A", "[ ] B"]
    assert detail_lines({"kind": "arxiv", "results": [{"arxiv_id": "1", "title": "T"}]}) == ["1  T"]
    assert detail_lines({}) == []


def test_a_file_gives_one_line_a_question_and_goes_on_after_a_fault(model, capsys, tmp_path):
    questions = tmp_path / "questions.txt"
    questions.write_text("First?\n\n  Second?\nThird?\n", encoding="utf-8")
    model.replies = ["One answer.", ModelServerError("The server is away.", hint="Start it."), "Three."]
    assert door.main(["ask", "--file", str(questions)]) == door.SOME_FAILED
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["question"] for line in lines] == ["First?", "Second?", "Third?"]
    assert lines[1] == {"question": "Second?", "error": "The server is away.", "hint": "Start it."}
    assert "3/3 Third?" in captured.err
    assert len({line.get("conversation_id") for line in lines}) == 3


def test_a_conversation_goes_on(model, capsys):
    model.replies = ["One.", "Two."]
    door.main(["ask", "First?", "--json"])
    conversation = json.loads(capsys.readouterr().out)["conversation_id"]
    door.main(["ask", "Second?", "--json", "--conversation", conversation])
    assert [message.type for message in model.history[1]] == ["system", "human", "ai", "human"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", ""], "There is no question."),
        (["ask", "x" * 20000], "The question has 20,000 characters; the limit is 8,000."),
        (["ask", "Q", "--conversation", "nope"], 'There is no conversation "nope".'),
        (["ask", "--file", "/no/such/file"], "cannot be read"),
        (["ask", "Q", "--file", "f"], "not both"),
    ],
)
def test_faults_are_one_sentence_on_stderr(arguments, said, capsys):
    assert door.main(arguments) == door.FAULT
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_failed_turn_is_a_sentence_too(model, capsys):
    model.replies = [ModelServerError("The server is away.", hint="Start it.")]
    assert door.main(["ask", "Q"]) == door.FAULT
    assert "The server is away. Start it." in capsys.readouterr().err


def test_faults_while_opening_are_a_sentence(monkeypatch, capsys):
    def busy(settings, **_):
        raise HomeBusyError("The library is in use by process 7.", hint="Close it.")

    monkeypatch.setattr(door, "open_assembly", busy)
    assert door.main(["ask", "Q"]) == door.FAULT
    assert capsys.readouterr().err.strip() == "The library is in use by process 7. Close it."


def test_a_defect_is_a_sentence_and_a_traceback_in_the_log(monkeypatch, capsys, caplog):
    def broken(settings, **_):
        raise ZeroDivisionError("why")

    monkeypatch.setattr(door, "open_assembly", broken)
    assert door.main(["ask", "Q"]) == door.DEFECT
    assert "Traceback" not in capsys.readouterr().err
    assert "ZeroDivisionError: why" in caplog.text


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert door.main(["ask", "Q", "--home", str(tmp_path / "file" / "home")]) == door.FAULT
    assert "cannot be used" in capsys.readouterr().err


def test_text_never_acts_on_the_terminal():
    output = io.StringIO()
    view = TerminalView(Console(file=output, force_terminal=False, width=80))
    view.show(ToolStarted("1", "search_library", {"query": "\x1b]0;title\x07"}))
    view.show(TextDelta("\x1b[2J[bold]not markup[/bold]\u202e [1]"))
    assert "\x1b" not in output.getvalue()
    assert "\u202e" not in output.getvalue()
    assert "[bold]not markup[/bold]" in output.getvalue()


@pytest.mark.slow
def test_the_real_thing_answers_from_the_notes_with_nothing_else_installed(tmp_path):
    environment = {**os.environ, "STUDY_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-m", "agent", "ask", "What is LoRA?", "--json", "--model", "embedded"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert said["model"] == "embedded"
    assert said["citations"]
    assert not said["refused"]
    assert {sentence["support"] for sentence in said["sentences"]} <= {"supported", "partly", "exempt"}
