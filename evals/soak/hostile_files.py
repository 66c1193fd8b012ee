"""Files that are hard to read: each ends soon, in little memory, with text or one clear sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.hostile_pdfs import PDFS
from evals.soak.hostile_reader import MEMORY_MEGABYTES, TIMEOUT_SECONDS
from evals.soak.hostile_texts import TEXTS
from evals.soak.soak import SHARED, Soak

PART = "hostile-files"
ROOT = Path(__file__).parents[2]
MOST_SECONDS, MOST_MEGABYTES = 30.0, 1_024
KILL_SECONDS = 90.0
LONGEST_SENTENCE = 900
"""Characters of message and hint; a name has up to 255 bytes."""
SHORT = (
    "kids_loop.pdf",
    "reference_loop.pdf",
    "picture.md",
    "zero_width.txt",
    "link_loop.txt",
    "pipe.pdf",
    "deep.ipynb",
)
SHOWN = 8


def measure(soak: Soak) -> Sequence[Count]:
    """Read each file in a process of its own.

    Raises:
        StudyError: this system does not measure a process.
    """
    if os.name != "posix":
        raise StudyError("The memory of a process is measured in a way that this system does not have.")
    folder, ledger = soak.folder(PART), soak.ledger(PART)
    own = [name for name in [*PDFS, *TEXTS] if name in SHORT or not soak.short]
    counts = [_count("files of our own", ledger.fill(own, lambda name: made(folder / "made", name)), len(own))]
    shared = SHARED / "hostile_pdfs"
    if shared.is_dir() and not soak.short:
        paths = {path.name: path for path in sorted(shared.iterdir()) if path.suffix in {".pdf", ".txt"}}
        outcomes = ledger.fill(paths, lambda name: read(paths[name]))
        counts.append(_count("files of others (broken, encrypted, scanned, fuzzed)", outcomes, len(paths)))
    return counts


def made(folder: Path, name: str) -> dict[str, Any]:
    """Make a file, read it and remove it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / name
    if name in PDFS:
        path.write_bytes(PDFS[name]())
    else:
        TEXTS[name](path)
    try:
        return read(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read(path: Path) -> dict[str, Any]:
    """What came of reading it, and a sentence where that is not as promised."""
    command = [sys.executable, "-m", "evals.soak.hostile_reader", str(path)]
    started = time.monotonic()
    try:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=KILL_SECONDS, check=False)
        told: dict[str, Any] = json.loads(ended.stdout) if ended.returncode == 0 else {}
    except subprocess.TimeoutExpired:
        told = {}
    seconds = round(time.monotonic() - started, 1)
    if not told:
        return {"name": path.name, "fault": f"The process died or was killed after {seconds} s.", "seconds": seconds}
    return {"name": path.name, "fault": fault_of(told), **told}


def fault_of(told: dict[str, Any]) -> str:
    """What is not as promised; empty when all is."""
    if told["seconds"] > MOST_SECONDS:
        return f"It took {told['seconds']} s."
    if told["megabytes"] > MOST_MEGABYTES:
        return f"It took {told['megabytes']:,} MB."
    if told["kind"] == "defect":
        return f"It is a defect: {told['message']}"
    sentence = f"{told['message']} {told['hint']}"
    if told["kind"] == "fault":
        is_clear = bool(told["message"].strip()) and len(sentence) <= LONGEST_SENTENCE and "Traceback" not in sentence
        return "" if is_clear else f"No clear sentence: {sentence!r}"
    return f"{told['wrong']} chunks are not what stands on their page." if told["wrong"] else ""


def _count(which: str, outcomes: Sequence[dict[str, Any]], asked: int) -> Count:
    faults = [f"{outcome['name']}: {outcome['fault']}" for outcome in outcomes if outcome["fault"]]
    texts = sum(outcome.get("kind") == "text" for outcome in outcomes)
    most = {key: max((outcome.get(key, 0) for outcome in outcomes), default=0) for key in ("seconds", "megabytes")}
    note = (
        f"{texts} gave text, {len(outcomes) - texts} a sentence; at most {most['seconds']:.1f} s and "
        f"{most['megabytes']:,} MB, both processes together, with limits of "
        f"{TIMEOUT_SECONDS:g} s and {MEMORY_MEGABYTES} MB for a PDF; the program that reads pictures was off."
    )
    return Count(
        what=f"hostile files, {which}: each ends within {MOST_SECONDS:g} s and {MOST_MEGABYTES:,} MB, with text or a "
        "clear sentence",
        tried=len(outcomes),
        failed=len(faults),
        asked=asked,
        note=" ".join([note, *faults[:SHOWN]]),
    )
