"""Many who ask the served page at the same moment: faults, words of others, and how much later the first word is."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from errors import StudyError
from evals.bench.page_session import AskEvent, Heard, ask, ask_event, new_token

ROOT = Path(__file__).parents[2]
QUESTION = "What does attention do?"
ALONE = 5
"""Questions of one who is alone, before the many come."""
START_SECONDS = 120.0
PASSWORD = "correct horse battery"


@contextmanager
def quick_page(library: Path, *, users: int = 0) -> Iterator[str]:
    """The address of a served page with the quick model, in a process of its own.

    Raises:
        StudyError: it did not start.
    """
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "-m", "evals.bench.page_server", str(library.resolve()), f"{folder}/home", str(port)]
        log = Path(folder) / "log.txt"
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [*command, str(users)], cwd=ROOT, stdout=subprocess.PIPE, stderr=output, text=True
            )
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                raise StudyError(f"The page did not start: {log.read_text(encoding='utf-8')[-300:]}")
            yield address
        finally:
            process.kill()
            process.communicate()


def ask_at_once(address: str, count: int, *, users: int = 0) -> dict[str, Any]:
    """Figures of `count` who ask at the same moment; with `users` each is logged in as another."""
    return asyncio.run(_ask_at_once(address, count, users))


async def _ask_at_once(address: str, count: int, users: int) -> dict[str, Any]:
    import httpx

    limits = httpx.Limits(max_connections=None)
    clients = [
        httpx.AsyncClient(base_url=address, timeout=START_SECONDS, trust_env=False, limits=limits)
        for _ in range(users or 1)
    ]
    try:
        entered = [await _enter(client, number, is_user=bool(users)) for number, client in enumerate(clients)]
        events = [event for event, _ in entered]
        alone = [await ask(clients[0], events[0], QUESTION, new_token()) for _ in range(ALONE)]
        earlier = [{heard.token} for _, heard in entered]
        earlier[0] |= {heard.token for heard in alone}
        started = time.perf_counter()
        places = [number % len(clients) for number in range(count)]
        many = await asyncio.gather(*(ask(clients[at], events[at], QUESTION, new_token()) for at in places))
        for at, heard in zip(places, many, strict=True):
            heard.strange_anywhere -= earlier[at]  # the list of conversations holds one's own earlier questions
        return _figures(alone, many, time.perf_counter() - started)
    finally:
        await asyncio.gather(*(client.aclose() for client in clients))


async def _enter(client: Any, number: int, *, is_user: bool) -> tuple[AskEvent, Heard]:
    """Log in where there are users; open the page and, once, ask, so that all is loaded."""
    if is_user:
        taken = await client.post("/login", data={"username": f"reader{number}", "password": PASSWORD})
        taken.raise_for_status()
    event = await ask_event(client)
    heard = await ask(client, event, QUESTION, new_token())
    if heard.fault:
        raise StudyError(f"The page does not answer: {heard.fault}")
    return event, heard


def _figures(alone: Sequence[Heard], many: Sequence[Heard], seconds: float) -> dict[str, Any]:
    before = float(np.median([one.first_seconds for one in alone]))
    first = [one.first_seconds for one in many if not one.fault]
    added = [one - before for one in first]
    return {
        "askers": len(many),
        "faults": sum(bool(one.fault) for one in many),
        "fault": next((one.fault for one in many if one.fault), ""),
        "leaks_in_chat": sum(bool(one.strange) for one in many),
        "leaks_anywhere": sum(bool(one.strange_anywhere) for one in many),
        "alone_first_ms": 1000 * before,
        "added_first_p50_ms": 1000 * float(np.quantile(added, 0.5)) if added else None,
        "added_first_p95_ms": 1000 * float(np.quantile(added, 0.95)) if added else None,
        "alone_whole_seconds": float(np.median([one.all_seconds for one in alone])),
        "many_whole_seconds": seconds,
        "pictures": float(np.mean([one.pictures for one in many])),
        "kilobytes": float(np.mean([one.bytes for one in many])) / 1000,
    }


def copy_of(library: Path, folder: Path) -> Path:
    """A copy that nobody else writes to."""
    copied = folder / library.name
    shutil.copytree(library, copied, ignore=shutil.ignore_patterns("writer.lock"))
    return copied
