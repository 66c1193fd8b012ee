"""A platform that lacks what isolation needs: the tool must refuse, say why, and start no process in its place."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from errors import SandboxError, StudyError

LACKING: Mapping[str, Mapping[str, Any]] = {
    "no Linux on a known machine": {"sandbox.lockdown.machine": lambda: ""},
    "a kernel without Landlock": {"sandbox.lockdown.landlock.version": lambda: 0},
    "Landlock that refuses": {"sandbox.locked_process.LockedGuest": "Landlock is switched off here."},
    "a guest that does not start": {"sandbox.locked_process.LockedGuest": "No process can be started."},
}
"""What lacks, and what is put in its place. WebAssembly is never ready there: nothing was compiled."""


@contextmanager
def lacking(what: str) -> Iterator[None]:
    """This platform without it."""
    with ExitStack() as stack:
        for name, value in LACKING[what].items():
            if isinstance(value, str):
                stack.enter_context(patch(name, side_effect=SandboxError(value)))
            else:
                stack.enter_context(patch(name, value))
        yield


def ran_without_wall(what: str) -> str:
    """What is wrong when the tool is called on such a platform; empty when code is off and that is said."""
    from agent.tools.run_python import run_python
    from sandbox.sandbox import open_sandbox

    started: list[Any] = []
    open_process = subprocess.Popen.__init__

    def note(this: Any, *line: Any, **options: Any) -> None:
        started.append(line)
        open_process(this, *line, **options)

    with tempfile.TemporaryDirectory() as folder, lacking(what):
        sandbox = open_sandbox(Path(folder) / "cache")
        context = SimpleNamespace(
            python=sandbox,
            figures=None,
            conversation_id="a77ac0",
            run_python="auto",
            limits=SimpleNamespace(tool_result_characters=8_000),
        )
        mark = Path(folder) / "ran"
        code = f"open({str(mark)!r}, 'w').write('x')\nprint(1)"
        try:
            with patch.object(subprocess.Popen, "__init__", note):
                told = asyncio.run(cast("Any", run_python).coroutine(code, SimpleNamespace(context=context)))
        except StudyError as error:
            return _fault(what, sandbox, error, mark, started)
        finally:
            sandbox.close()
        return f"{what}: code ran: {str(told)[:200]}"


def _fault(what: str, sandbox: Any, error: StudyError, mark: Path, started: list[Any]) -> str:
    if mark.exists():
        return f"{what}: code ran although it was refused"
    if started:
        return f"{what}: a process was started: {str(started[0])[:200]}"
    if sandbox.available or "cannot be run safely" not in error.as_text() or not sandbox.why_off:
        return f"{what}: it does not say so: {error.as_text()[:200]}"
    return ""
