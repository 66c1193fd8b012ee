"""Several processes that want to write to one library: one does, the others are told which; a dead one is no hurdle."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.soak.counts import Count
from evals.soak.small_library import WordEmbedder, write_files
from evals.soak.soak import Soak

PART = "lock"
ROOT = Path(__file__).parents[2]
TRIES, SHORT_TRIES = 20, 1
AT_ONCE = 3
REFUSED_SECONDS = 1.0
HOLD_SECONDS = 60.0
SHOWN = 3
START_SECONDS = 3.0
"""Processes that begin at once are started so long before."""


def measure(soak: Soak) -> Sequence[Count]:
    """Start processes on one library."""

    def attempt(key: str) -> dict[str, Any]:
        folder = soak.folder(PART) / key
        return one_try(folder, write_files(folder / "files", soak.chance(PART, key), 2), race=not soak.short)

    keys = [f"try-{number}" for number in range(SHORT_TRIES if soak.short else TRIES)]
    outcomes = soak.ledger(PART).fill(keys, attempt)
    slowest = max((outcome["refused_seconds"] for outcome in outcomes), default=0.0)
    promises = {
        "refused": f"a second process is refused within {REFUSED_SECONDS:g} s, by a sentence that names the first",
        "succeeded": "a process that was killed is succeeded: the next one writes, and finds what was written",
        "alone": f"of {AT_ONCE} processes that begin at the same moment one writes, the others are told which",
    }
    counts = []
    for name, what in promises.items():
        said = [outcome[name] for outcome in outcomes if name in outcome]
        notes = [f"The slowest took {slowest:.2f} s."] if name == "refused" else []
        faults = [fault for fault in said if fault]
        note = " ".join(notes + faults[:SHOWN])
        counts.append(Count(what=what, tried=len(said), failed=len(faults), asked=TRIES, note=note))
    return counts


def one_try(folder: Path, files: Sequence[Path], *, race: bool) -> dict[str, Any]:
    """A sentence for each promise that was broken, empty for one that was kept."""
    from vectorstore.library import Library

    library = folder / "library"
    shutil.rmtree(library, ignore_errors=True)
    with Library.open(library, WordEmbedder()) as first:
        written = len(first.add(files).with_status("added"))
    with _process(library, 0.0) as holder:
        _heard(holder)
        with _process(library, 0.0) as second:
            told = _heard(second)
        refused = _refusal_fault(told, {holder.pid})
        holder.kill()
        holder.wait()
    with Library.open(library, WordEmbedder()) as successor:
        named = json.loads((library / "writer.json").read_text(encoding="utf-8"))["pid"]
        found = len(successor.documents())
    succeeded = "" if (named, found) == (os.getpid(), written) else f"It named {named} and found {found} documents."
    outcome = {"refused": refused, "refused_seconds": told["seconds"], "succeeded": succeeded}
    outcome |= {"alone": _race(library)} if race else {}
    shutil.rmtree(folder)
    return outcome


def _race(library: Path) -> str:
    """What went wrong when several processes opened the library at one moment; empty when nothing did."""
    at = time.time() + START_SECONDS
    with _process(library, at) as one, _process(library, at) as two, _process(library, at) as three:
        told = {process.pid: _heard(process) for process in (one, two, three)}
    writers = {pid for pid, said in told.items() if said["opened"]}
    if len(writers) != 1:
        return f"{len(writers)} processes wrote at once."
    faults = (_refusal_fault(said, writers) for pid, said in told.items() if pid not in writers)
    return " ".join(filter(None, faults))


def _refusal_fault(told: dict[str, Any], holders: set[int]) -> str:
    if told["opened"]:
        return "It was not refused."
    if told["seconds"] > REFUSED_SECONDS:
        return f"It took {told['seconds']:.2f} s."
    if not any(f"process {pid}" in told["message"] for pid in holders):
        return f"It was told {told['message']!r}, not {holders}."
    return ""


@contextmanager
def _process(library: Path, at: float) -> Iterator[subprocess.Popen[str]]:
    """A process that would write; it is killed in the end."""
    command = [sys.executable, "-m", "evals.soak.would_be_writer", str(library), str(at), str(HOLD_SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.readline())
    return told
