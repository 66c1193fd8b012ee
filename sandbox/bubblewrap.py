"""Bubblewrap around the locked process: a second wall of namespaces, where the system allows it.

https://github.com/containers/bubblewrap
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandbox.reach import DEVICES, RANDOM, interpreter

PROBE_SECONDS = 10.0
FLAGS = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--as-pid-1",
    "--cap-drop",
    "ALL",
    "--hostname",
    "sandbox",
)
WHERE = ("/usr/bin", "/bin", "/usr/local/bin")
"""Only here: a program of that name elsewhere on the path may be anybody's."""


def find() -> str:
    """The path of the program; empty where it is not installed."""
    return shutil.which("bwrap", path=":".join(WHERE)) or ""


def command(program: str, readable: Sequence[Path], scratch: Path | None, information: int | None = None) -> list[str]:
    """The start of a command line; the command to run inside follows.

    `information` is a handle on which bubblewrap says the process id of what it runs.
    """
    line = [program, *FLAGS]
    for path in (*readable, interpreter()):
        if path != RANDOM:
            line += ["--ro-bind", str(path), str(path)]
    for path in (*DEVICES, RANDOM):
        line += ["--dev-bind", str(path), str(path)]
    if scratch is not None:
        line += ["--bind", str(scratch), str(scratch), "--chdir", str(scratch)]
    return [*line, *(("--info-fd", str(information)) if information is not None else ()), "--"]


def probe(program: str, readable: Sequence[Path]) -> bool:
    """Whether a Python starts inside; many systems forbid the namespaces it needs."""
    line = [*command(program, readable, None), str(interpreter()), "-I", "-S", "-c", "raise SystemExit(7)"]
    try:
        done = subprocess.run(line, env={}, capture_output=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 7
