"""The tool over the real sandbox: a figure, a stop inside an endless loop, an equation's check."""

from __future__ import annotations

import asyncio
import time

import pytest
from agent_desk import ask, calls, desk, finished, results, steps, the_turn

from agent.events import ToolStarted
from curriculum.load import load_curriculum
from sandbox.locked_process import LockedProcessWall
from sandbox.sandbox import PythonSandbox

PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nprint('drawn')\nsum([1, 4, 9])"


@pytest.fixture
def sandbox(tmp_path):
    box = PythonSandbox(tmp_path / "cache", walls=[LockedProcessWall()])
    if not box.available:
        pytest.skip(box.why_off)
    yield box
    box.close()


def code(one, program):
    return calls((one, "run_python", {"code": program}))


def test_a_figure_and_variables_that_last(tmp_path, sandbox):
    tutor, chat = desk(tmp_path, code("a", PLOT + "\nx = 2"), code("b", "x + 40"), "Done.", python=sandbox)
    events = ask(tutor, "Plot squares")
    first, second = (step.details for step in steps(events))
    assert (first["status"], first["text"], second["value"]) == ("ok", "drawn\n", "42")
    (figure,) = first["figures"]
    assert tutor.figures.read(the_turn(tutor).conversation_id, figure["file"]).startswith(b"\x89PNG")
    assert f"figure 1 ({figure['width']}x{figure['height']})" in results(chat.history[-1])["a"]


def test_stopping_ends_an_endless_loop_and_the_next_turn_works(tmp_path, sandbox):
    async def run():
        events = tutor.ask("Loop")
        async for event in events:
            if isinstance(event, ToolStarted):
                await asyncio.sleep(1)
                break
        started = time.perf_counter()
        await events.aclose()
        return time.perf_counter() - started

    tutor, _ = desk(tmp_path, code("a", "while True: pass"), code("b", "1 + 1"), "Two.", python=sandbox)
    assert asyncio.run(run()) < 2
    events = ask(tutor, "And what is 1 + 1?", conversation_id=the_turn(tutor).conversation_id)
    assert finished(events)
    assert steps(events)[0].details["value"] == "2"


def test_an_equations_check_runs_behind_the_wall(tmp_path, sandbox):
    asked = calls(("e", "explain_equation", {"equation": "1", "paper": "attention"}))
    tutor, _ = desk(tmp_path, asked, "It saturates.", python=sandbox, curriculum=load_curriculum())
    check = steps(ask(tutor, "Explain it"))[0].details["check"]
    assert check["status"] == "ok", check["error"]
    assert "gradient without it" in check["text"]
    assert len(check["figures"]) == 1
