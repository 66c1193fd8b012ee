"""Runs the code of standard input through the tool `run_python`, as an attack suite's runner.

Prints all that came back, figures as base64, and RUNNER-END last. Reads from the environment:
RUNNER_WALL (webassembly or locked), RUNNER_DOOR (tool or sandbox), RUNNER_WALL_SECONDS, RUNNER_BUBBLEWRAP (auto or
never), RUNNER_CACHE (folder of the compiled WebAssembly guest).
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sandbox.locked_process import LockedProcessWall
from sandbox.sandbox import PythonSandbox
from sandbox.values import SandboxLimits

CONVERSATION = "a77ac0"


def say(*values):
    sys.stdout.write(" ".join(map(str, values)) + "\n")


def make_wall():
    if os.environ.get("RUNNER_WALL", "locked") == "locked":
        return LockedProcessWall(use_bubblewrap=os.environ.get("RUNNER_BUBBLEWRAP", "auto"))
    from sandbox.webassembly import WebAssemblyWall
    from settings import default_cache

    return WebAssemblyWall(Path(os.environ.get("RUNNER_CACHE") or default_cache() / "sandbox"))


def without_quotes(error, code):
    """The error without the program's own lines: a suite takes what it wrote itself for a word of the guest's."""
    own = {line.strip() for line in code.splitlines()}
    return "\n".join(line for line in error.splitlines() if line.strip() not in own)


def through_sandbox(sandbox, code):
    result = sandbox.run_once(code)
    for part in (result.status, result.text, result.value, *result.notices):
        say(part)
    say(without_quotes(result.error, code))
    for figure in result.figures:
        say("figure", base64.b64encode(figure.png).decode())


def through_tool(sandbox, code):
    from agent.figures import FigureStore
    from agent.tools.run_python import run_python

    with tempfile.TemporaryDirectory() as folder:
        figures = FigureStore(Path(folder))
        context = SimpleNamespace(
            python=sandbox,
            figures=figures,
            conversation_id=CONVERSATION,
            run_python="auto",
            limits=SimpleNamespace(tool_result_characters=8_000),
        )
        _, artifact = asyncio.run(run_python.coroutine(code, SimpleNamespace(context=context)))
        for name in ("status", "text", "value", "notices"):
            say(artifact[name])
        say(without_quotes(artifact["error"], code))
        for figure in artifact["figures"]:
            say("figure", base64.b64encode(figures.read(CONVERSATION, figure["file"])).decode())


def main():
    code = sys.stdin.read()
    seconds = float(os.environ.get("RUNNER_WALL_SECONDS", "10"))
    limits = SandboxLimits(wall_seconds=seconds, cpu_seconds=seconds)
    if megabytes := os.environ.get("RUNNER_MEMORY_MEGABYTES"):
        limits = replace(limits, memory_megabytes=int(megabytes))
    sandbox = PythonSandbox(Path(), walls=[make_wall()], limits=limits)
    run = through_sandbox if os.environ.get("RUNNER_DOOR") == "sandbox" else through_tool
    try:
        run(sandbox, code)
    finally:
        sandbox.close()
    say("RUNNER-END")


if __name__ == "__main__":
    main()
