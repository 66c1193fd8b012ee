"""What the supervisor makes of a child that answers, is silent, dies, or lies."""

import base64
import json
import os
import subprocess
import sys
import threading
import time

import pytest
from make_png import png

from errors import SandboxError
from sandbox import webassembly_session
from sandbox.values import SESSION_LOST, SandboxLimits
from sandbox.webassembly_process import start_python
from sandbox.webassembly_session import Launch, WebAssemblySession

LIMITS = SandboxLimits(wall_seconds=2.0)
CHILD = """
import json, os, struct, sys, time
def tell(message):
    data = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.buffer.flush()
def hear():
    head = sys.stdin.buffer.read(4)
    return json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0])) if head else sys.exit()
settings = hear()
"""
SERVE = """
tell({"ready": True})
while True:
    request = hear()
    exec(request["code"])
"""
"""The fake child does what the test writes as the cell's code."""


def answer(**fields):
    said = {"status": "ok", "value": "", "error": "", "figures": [], "notes": []} | fields
    return f"tell({ {'ended': '', 'trapped': '', 'text': 'hi', 'answer': json.dumps(said)}!r})"


@pytest.fixture
def launch(tmp_path):
    return make_launch(tmp_path, SERVE)


def make_launch(tmp_path, script):
    def start():
        return subprocess.Popen(
            [sys.executable, "-I", "-c", CHILD + script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={},
        )

    return Launch(tmp_path / "compiled", tmp_path / "running", lock=False, start=start)


@pytest.fixture
def session(launch):
    session = WebAssemblySession(launch, LIMITS)
    yield session
    session.close()
    assert list(launch.running.iterdir()) == []


def test_an_answer_becomes_a_result(session):
    figure = base64.b64encode(png(3, 2)).decode()
    result = session.run(answer(value="42", figures=[figure]), LIMITS)
    assert (result.status, result.text, result.value, result.error) == ("ok", "hi", "42", "")
    assert [(each.width, each.height) for each in result.figures] == [(3, 2)]
    assert (result.wall, result.notices) == ("webassembly", ())
    assert 0 < result.seconds < 2
    assert session.alive


def test_what_is_no_png_is_not_shown(session):
    fakes = [base64.b64encode(data).decode() for data in (b"<svg onload=x>", png(3, 2)[:-9], png(4_000, 2_001))]
    result = session.run(answer(figures=[*fakes, "%%%", 7]), LIMITS)
    assert result.status == "ok"
    assert result.figures == ()
    assert any("is not a PNG" in notice for notice in result.notices)


@pytest.mark.parametrize(
    ("trapped", "status", "words"),
    [
        ("deadline", "timeout", "ended after 2 seconds"),
        ("cancelled", "timeout", "10 seconds of processor time"),
        ("stack overflow", "crashed", "too deep"),
        ("unreachable code reached", "crashed", "broke the interpreter"),
        ("", "crashed", "ended the interpreter"),
    ],
)
def test_each_ending_has_its_sentence_keeps_the_text_and_loses_the_variables(session, trapped, status, words):
    code = f"tell({{'ended': 'x', 'trapped': {trapped!r}, 'text': 'before', 'answer': ''}})"
    result = session.run(code, LIMITS)
    assert (result.status, result.text) == (status, "before")
    assert words in result.error
    assert "variables are lost" in result.error
    assert not session.alive
    after = session.run(answer(value="1"), LIMITS)
    assert (after.status, after.value, after.notices) == ("ok", "1", (SESSION_LOST,))


@pytest.mark.parametrize(
    "code",
    [
        "os._exit(0)",
        "os.abort()",
        "sys.stdout.buffer.write(b'\\xff' * 1000); sys.stdout.buffer.flush(); time.sleep(60)",
        "tell([1, 2])",
        "tell({'ended': ''})",
        "tell({'ended': '', 'trapped': '', 'text': '', 'answer': 'no json'})",
        "tell({'ended': '', 'trapped': '', 'text': '', 'answer': '{' })",
        "tell({'ended': '', 'trapped': '', 'text': '', 'answer': '{\"a\":' * 100_000})",
        "tell({'ended': '', 'trapped': '', 'text': '', 'answer': '{\"status\": \"stopped\"}'})",
        "tell({'ended': '', 'trapped': '', 'text': '', 'answer': '{\"status\": \"ok\", \"value\": 3}'})",
    ],
)
def test_a_child_that_dies_or_lies_is_a_crash_and_the_next_run_works(session, code):
    result = session.run(code, LIMITS)
    assert result.status == "crashed"
    assert result.error.endswith(".")
    assert not session.alive
    assert session.run(answer(), LIMITS).notices == (SESSION_LOST,)


def test_text_is_cut_and_cleaned(session):
    code = "tell({'ended': '', 'trapped': '', 'text': '\\x1b[31m' + 'x' * 50_000, 'answer': '{\"status\": \"ok\"}'})"
    result = session.run(code, LIMITS)
    assert "\x1b" not in result.text
    assert len(result.text) <= LIMITS.output_characters
    assert "The output was cut at 20,000 characters." in result.notices


def test_a_child_that_does_not_answer_is_killed_after_its_grace(session, monkeypatch):
    monkeypatch.setattr(webassembly_session, "GRACE_SECONDS", 0.3)
    process = session._process
    began = time.monotonic()
    result = session.run("time.sleep(60)", SandboxLimits(wall_seconds=0.2))
    assert time.monotonic() - began < 5
    assert (result.status, result.error) == ("timeout", "The run was ended after 0.2 seconds; the variables are lost.")
    assert process.poll() is not None


def test_stop_ends_the_run_at_once_and_only_a_run(session):
    session.stop()
    assert session.alive
    threading.Timer(0.3, session.stop).start()
    began = time.monotonic()
    result = session.run("time.sleep(60)", SandboxLimits(wall_seconds=60))
    assert time.monotonic() - began < 5
    assert result.status == "stopped"
    assert session.run(answer(), LIMITS).status == "ok"


def test_a_closed_session_runs_nothing(launch):
    session = WebAssemblySession(launch, LIMITS)
    session.close()
    session.close()
    result = session.run(answer(), LIMITS)
    assert (result.status, result.error) == ("crashed", "The session was closed.")


def test_code_that_is_too_long_is_not_sent(session):
    assert "longer than 400,000" in session.run("x" * 400_001, LIMITS).error
    assert session.alive


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("tell({'fault': 'OSError: refused'})", "OSError: refused"),
        ("sys.exit()", "did not start"),
        ("tell(3)", "start"),
    ],
)
def test_a_child_that_does_not_start_is_a_sentence_and_leaves_nothing(tmp_path, script, sentence):
    launch = make_launch(tmp_path, script)
    with pytest.raises(SandboxError, match=sentence):
        WebAssemblySession(launch, LIMITS)
    assert list(launch.running.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="POSIX")
def test_children_get_no_environment_no_files_and_a_group_of_their_own(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    script = tmp_path / "child.py"
    script.write_text(
        "import json, os, sys\n"
        "print(json.dumps([dict(os.environ), os.getpgid(0) == os.getpid(), sorted(map(int, os.listdir('/dev/fd')))]))"
    )
    process = start_python(str(script))
    told, _ = process.communicate(timeout=20)
    os.close(reading)
    os.close(writing)
    variables, own_group, files = json.loads(told)
    assert "OPENAI_API_KEY" not in variables
    assert set(variables) <= {"LC_CTYPE"}  # Python sets it itself
    assert own_group
    assert set(files) <= {0, 1, 2, 3}
