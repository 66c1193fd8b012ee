"""Starts and ends the Python processes of the WebAssembly wall: no environment, no open files, a group of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOM = Path(__file__).resolve().parent
END_SECONDS = 10.0


def start_python(script: str, variables: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A process that runs a file of this room, with pipes for input and output."""
    environment = dict(variables or {})
    if sys.platform == "win32":
        environment |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return subprocess.Popen(
        # -I: nothing of the user's environment or folder is imported; -B: nothing is written beside our files.
        [sys.executable, "-I", "-B", "-X", "utf8", str(ROOM / script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOM,
        env=environment,
        close_fds=True,
        start_new_session=True,
    )


def kill_process(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group at once; safe from any thread."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Kill the process, wait for its end and close its pipes."""
    kill_process(process)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
