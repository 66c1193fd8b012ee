"""What Linux tells about another process."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

FIRST_TO_GO = "1000"
"""When the machine runs out of memory, the kernel ends the guest before anything else."""


def cpu_seconds(process: int) -> float:
    """Processor time of all threads so far; 0 when the process is gone or hidden."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def own_megabytes(process: int) -> float:
    """Memory that is the process's own; 0 when the process is gone or hidden.

    The limit of the kernel counts what can be written. Pages that were filled and then made read-only are only here.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
        facts = dict(line.partition(":")[::2] for line in lines)
        return sum(int(facts[name].split()[0]) for name in ("RssAnon", "RssShmem")) / 1024
    except (OSError, ValueError, KeyError, IndexError):
        return 0.0


def thread_count(process: int) -> int:
    """Its threads; 0 when the process is gone or hidden. `process` may name any thread of it."""
    try:
        return len(os.listdir(f"/proc/{process}/task"))  # noqa: PTH208 - names alone
    except OSError:
        return 0


def offer_to_the_killer(process: int) -> None:
    """Have the kernel choose this process first when memory is short."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{process}/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")
