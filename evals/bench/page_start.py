"""From `python app.py` to a served page, from a question to its cited answer, and what importing costs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import StudyError

ROOT = Path(__file__).parents[2]
RUNS = 5
DEAREST = 12
START_SECONDS = 120.0
QUESTION = "Why are dot products in attention divided by the square root of the key dimension?"
IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")


@dataclass(frozen=True, slots=True)
class Started:
    """A page of its own process."""

    address: str
    served_seconds: float
    """From the command to the page's first answer."""


def measure_starts() -> dict[str, Any]:
    """Each run is a fresh process over the same home, in which the notes are already."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with started_page(home):  # the first start of all takes the notes in
            _wait_for_notes(home)
        starts, answers = [], []
        for _ in range(RUNS):
            with started_page(home) as page:
                starts.append(page.served_seconds)
                answers.append(_cited_answer(page))
        imports = _imports(home)
    return {"served_seconds": starts, "answer_seconds": answers, "imports": imports}


@contextmanager
def started_page(home: Path, *options: str, errors: Path | None = None) -> Iterator[Started]:
    """`python app.py` over a home; ended with Ctrl-C.

    Raises:
        StudyError: it did not start.
    """
    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STUDY_", "GRADIO_"))}
    variables = {**kept, "STUDY_HOME": str(home), "STUDY_PORT": str(port), "STUDY_MODEL": "embedded"}
    began = time.perf_counter()
    with (errors or Path(os.devnull)).open("w", encoding="utf-8") as told:
        process = subprocess.Popen(
            [sys.executable, *options, "app.py"], cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=told
        )
    try:
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(trust_env=False, timeout=START_SECONDS) as client:
            while True:
                try:
                    client.get(address).raise_for_status()
                    break
                except httpx.TransportError:
                    if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                        raise StudyError("The page did not start.") from None
                    time.sleep(0.02)
        yield Started(address, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_notes(home: Path) -> None:
    """They come in the background, and each is noted in the home."""
    from agent.first_start import NOTES_MEMORY, note_ids, remembered

    ends_at = time.monotonic() + START_SECONDS
    while not note_ids() <= remembered(home / NOTES_MEMORY):
        if time.monotonic() > ends_at:
            raise StudyError("The notes of a new home were not added.")
        time.sleep(0.2)


def _cited_answer(page: Started) -> float:
    """Seconds until the whole answer is there, with a citation; asked as soon as the page is served."""
    import httpx

    began = time.perf_counter()
    with httpx.Client(base_url=page.address, trust_env=False, timeout=START_SECONDS) as client:
        event = client.post("/gradio_api/call/v2/ask", json={"question": QUESTION}).json()["event_id"]
        told = client.get(f"/gradio_api/call/v2/ask/{event}").text
    seconds = time.perf_counter() - began
    data = told.partition("event: complete\ndata: ")[2].partition("\n")[0]  # before it may come heartbeats
    if not data or not json.loads(data)[0].get("citations"):
        raise StudyError(f"No answer with a citation came: {told[-200:]}")
    return seconds


def _imports(home: Path) -> list[tuple[str, int, float]]:
    """Package, modules and milliseconds of the dearest packages that are imported until the page is served."""
    errors = home.parent / "imports.txt"
    with started_page(home, "-X", "importtime", errors=errors):
        told = errors.read_text(encoding="utf-8", errors="replace")
    modules: Counter[str] = Counter()
    microseconds: Counter[str] = Counter()
    for taken, name in IMPORTED.findall(told):
        package = name.partition(".")[0]
        modules[package] += 1
        microseconds[package] += int(taken)
    return [(name, modules[name], taken / 1000) for name, taken in microseconds.most_common(DEAREST)]
