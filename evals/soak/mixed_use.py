"""Hours of mixed use: many learners who are logged in do all that the page offers, while documents come in.

The time is compressed: one act of a learner follows the other at once, so that two hours of twenty learners with an act
in two minutes each are 1,200 acts. What is counted is errors, memory, handles, and what is there afterwards.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.learner_acts import ACTS
from evals.soak.mixed_run import CONNECTIONS, PART, PASSWORD, Form, Run, name_of, use
from evals.soak.mixed_server import add_users
from evals.soak.process_use import PROC
from evals.soak.rendering import wait_for
from evals.soak.soak import Soak

ROOT = Path(__file__).parents[2]
FULL = Form(learners=20, acts=1_200, warm_acts=400, streamed=3, pause_seconds=2.0)
SHORT = Form(learners=3, acts=len(ACTS), warm_acts=0, streamed=1, pause_seconds=0.2)
LOOKS = 10
"""Parts of the run whose memory is told."""
MOST_GROWTH = 0.10
CONNECTIONS_A_LIBRARY, POOL_THREADS = 10, 46
"""What pools may grow to: Chroma's of connections, and those of threads, Gradio's 40 and 6 of asyncio, which keep the
threads of the moment when most was asked at once."""
SHOWN = 6
BAD = (" ERROR ", " CRITICAL ", "Traceback (most recent call last)", "Exception in ")


def measure(soak: Soak) -> Sequence[Count]:
    """Serve the page, use it, and look at what it holds.

    Raises:
        StudyError: the page does not start, or this system does not tell what a process holds.
    """
    if not (PROC / "self" / "smaps_rollup").exists():
        raise StudyError("What a process holds is read from /proc, which this system lacks.")
    folder = soak.folder(PART) / ("short" if soak.short else "full")
    shutil.rmtree(folder, ignore_errors=True)
    run = Run(SHORT if soak.short else FULL)
    with served(folder, run.form, short=soak.short) as (address, process):
        asyncio.run(use(run, address, process, folder, soak))
    logs = [folder / "page.txt", *sorted((folder / "home" / "logs").glob("study.log*"))]
    lines = [line for log in logs for line in log.read_text(encoding="utf-8").splitlines()]
    run.bad_lines = [line for line in lines if any(bad in line for bad in BAD)]
    kept = {"uses": [asdict(one) for one in run.uses], "acts": dict(run.done), "faults": run.faults}
    soak.ledger(PART).keep("run", kept)
    return counts_of(run)


def counts_of(run: Run) -> list[Count]:
    """The promises."""
    form, done = run.form, run.done.total()
    growth, told = growth_of(run)
    most = dict(run.before)
    if most:
        most |= {CONNECTIONS: CONNECTIONS_A_LIBRARY * form.learners, "threads": most["threads"] + POOL_THREADS}
    more = [name for name, bound in most.items() if run.after[name] > bound]
    held = ", ".join(f"{name} {run.before[name]:,} then {run.after[name]:,}" for name in run.after)
    pools = f"connections up to {CONNECTIONS_A_LIBRARY} for each library, threads up to {POOL_THREADS} more"
    told_of = f"{held[:1].upper()}{held[1:]}. Pools may grow: {pools}."
    broken = [f"{name}: {faults[0]}" for name, faults in run.broken_homes.items()]
    beside = f"{len(run.done)} kinds of acts in {run.seconds:.0f} s; {run.streamed:,} documents were added beside them."
    return [
        Count(
            what=f"acts of {form.learners} learners, logged in, while documents come in: each ends without an error",
            tried=done,
            failed=len(run.faults),
            asked=form.acts,
            note=" ".join([beside, *run.faults[:SHOWN]]),
        ),
        Count(
            what="and leaves no error in the log; failures are lines",
            tried=done,
            failed=len(run.bad_lines),
            asked=form.acts,
            note=" ".join(run.bad_lines[:SHOWN]),
        ),
        Count(
            what=f"memory of the last fifth of the acts is within {MOST_GROWTH:.0%} of that of the first tenth",
            tried=int(growth is not None),
            failed=int(growth is not None and growth > MOST_GROWTH),
            asked=1,
            note=told,
        ),
        Count(
            what="when all have left there are no more handles, processes and temporary files than before, and of what "
            "stands in pools no more than these hold",
            tried=len(run.after),
            failed=len(more),
            asked=5,
            note=told_of if held else "",
        ),
        Count(
            what="homes hold what their learner was told is kept, and nothing that was deleted",
            tried=form.learners,
            failed=len(broken),
            asked=form.learners,
            note=" ".join(broken[:SHOWN]),
        ),
    ]


def growth_of(run: Run) -> tuple[float | None, str]:
    """How much more memory the last fifth of the acts took than the first tenth, by their medians, and a sentence."""
    tenths: list[list[float]] = [[] for _ in range(LOOKS)]
    for one in run.uses:
        tenths[min(LOOKS - 1, LOOKS * one.done // max(1, run.done.total()))].append(one.memory_megabytes)
    if not tenths[0] or not tenths[-2] + tenths[-1]:
        return None, "There were too few looks."
    growth = statistics.median(tenths[-2] + tenths[-1]) / statistics.median(tenths[0]) - 1
    shown = ", ".join(f"{statistics.median(one):,.0f}" for one in tenths if one)
    return growth, f"{growth:+.1%}; MB in each tenth, by the median, all processes together: {shown}."


@contextmanager
def served(folder: Path, form: Form, *, short: bool) -> Iterator[tuple[str, int]]:
    """The page's address and process: `python app.py` with its built-in model, or a page that costs less.

    Raises:
        StudyError: it does not start.
    """
    home, temporary = folder / "home", folder / "temporary"
    temporary.mkdir(parents=True)
    add_users(home, map(name_of, range(form.learners)), PASSWORD)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["-m", "evals.soak.mixed_server", str(home), str(port)] if short else ["app.py"]
    variables = _variables(home, port, temporary, form.learners)
    address, log = f"http://127.0.0.1:{port}", folder / "page.txt"
    with (
        log.open("w") as output,
        subprocess.Popen([sys.executable, *command], cwd=ROOT, env=variables, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(f"{address}/health", process)
            yield address, process.pid
        finally:
            process.kill()


def _variables(home: Path, port: int, temporary: Path, learners: int) -> dict[str, str]:
    """The page's environment: a model's server and the sandbox are programs of their own, with parts of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STUDY_", "GRADIO_"))}
    return {
        **kept,
        "TMPDIR": str(temporary),
        "OMP_NUM_THREADS": "1",
        "STUDY_HOME": str(home),
        "STUDY_PORT": str(port),
        "STUDY_LOGIN": "on",
        "STUDY_OPEN_USERS": str(learners),
        "STUDY_MODEL": "embedded",
        "STUDY_RUN_PYTHON": "off",
    }
