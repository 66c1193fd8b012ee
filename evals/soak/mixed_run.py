"""Many learners at once on a served page, and documents that come in beside them."""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from evals.soak.kept_homes import faults_of_home
from evals.soak.learner_acts import ACTS, WEIGHTS, Learner
from evals.soak.mixed_server import home_of
from evals.soak.page_tab import PageError
from evals.soak.process_use import Meter, Use, descendants, held_by

if TYPE_CHECKING:
    from evals.soak.soak import Soak

PART = "mixed-use"
PASSWORD = "correct horse battery"
REQUEST_SECONDS = 180.0
STREAM_PAUSE_SECONDS = 0.5
CONNECTIONS = "connections of Chroma"
TOLD_EACH = 100
"""Acts between two lines that tell how far it is."""
SETTLE_SECONDS, STEADY_SECONDS = 100.0, 15.0
"""What is closed so long after the last page was left is not lost; at first it is enough that for the second time
nothing has changed. An idle process that draws pages ends after a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How much is done."""

    learners: int
    acts: int
    warm_acts: int
    """Before the first look, so that all is loaded that is loaded once; 0: nothing is looked at when all have left."""
    streamed: int
    """Documents of the stream that each learner's library holds at a time."""
    pause_seconds: float
    """Between two looks."""


@dataclass(slots=True)
class Run:
    """What came of it."""

    form: Form
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    streamed: int = 0
    """Documents that the stream added."""
    is_over: bool = False
    before: dict[str, int] = field(default_factory=dict)
    """What the server held when all had left after the first acts."""
    after: dict[str, int] = field(default_factory=dict)
    """What it held when all had left at the end."""
    uses: list[Use] = field(default_factory=list)
    seconds: float = 0.0
    broken_homes: dict[str, list[str]] = field(default_factory=dict)
    bad_lines: list[str] = field(default_factory=list)
    """Of the log."""


def name_of(number: int) -> str:
    """A learner's name."""
    return f"reader{number}"


async def use(run: Run, address: str, process: int, folder: Path, soak: Soak) -> None:
    """All learners at once: first until all is loaded, then all leave and come again for what is looked at."""
    form = run.form
    limits = httpx.Limits(max_keepalive_connections=0)  # one that is kept open would look like a handle that is lost
    clients = [
        httpx.AsyncClient(base_url=address, timeout=REQUEST_SECONDS, trust_env=False, limits=limits)
        for _ in range(form.learners)
    ]
    learners = [Learner(name_of(number), client, soak.chance(PART, number)) for number, client in enumerate(clients)]
    held: dict[str, list[str]] = {learner.name: [] for learner in learners}
    try:
        await _all(run, learners, lambda learner: learner.enter(PASSWORD))
        if form.warm_acts:
            warm = Run(form)
            await _acts(warm, learners, held, form.warm_acts, soak.chance(PART, "first"))
            run.faults += warm.faults
            run.before = await rest(learners, process, folder / "temporary")
            await _all(run, learners, Learner.reload)
        meter = Meter(process, run.done.total, form.pause_seconds)
        meter.start()
        started = time.monotonic()
        await _acts(run, learners, held, form.acts, soak.chance(PART, "acts"))
        run.seconds, run.uses = time.monotonic() - started, meter.uses
        meter.end()
        await _look_at_homes(run, learners, folder / "home")
        if form.warm_acts:
            run.after = await rest(learners, process, folder / "temporary", run.before)
        else:
            await _all(run, learners, Learner.leave)
    finally:
        await asyncio.gather(*(client.aclose() for client in clients))


async def _all(run: Run, learners: Sequence[Learner], act: Callable[[Learner], Awaitable[None]]) -> None:
    await asyncio.gather(*(_tried(run, learner, "page", act(learner)) for learner in learners))


async def _acts(
    run: Run, learners: Sequence[Learner], held: dict[str, list[str]], count: int, chance: random.Random
) -> None:
    """So many acts, shared out evenly, every kind among them; a learner does the next as soon as one is done."""
    streaming = asyncio.create_task(_stream(run, learners, held))
    more = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=max(0, count - len(ACTS)))
    kinds = [*ACTS, *more][:count]
    chance.shuffle(kinds)

    async def go(place: int) -> None:
        for kind in kinds[place :: len(learners)]:
            await _tried(run, learners[place], kind, learners[place].act(kind))
            run.done[kind] += 1
            if run.done.total() % TOLD_EACH == 0:
                sys.stderr.write(f"{run.done.total()} acts\n")

    try:
        await asyncio.gather(*map(go, range(len(learners))))
    finally:
        run.is_over = True
        await streaming


async def _stream(run: Run, learners: Sequence[Learner], held: dict[str, list[str]]) -> None:
    """A document into one library after another; a library that has enough of them loses its oldest."""

    async def one(learner: Learner) -> None:
        held[learner.name].append(await learner.add_by_program())
        if len(held[learner.name]) > run.form.streamed:
            await learner.remove_streamed(held[learner.name].pop(0))

    for learner in itertools.cycle(learners):
        if run.is_over:
            return
        await _tried(run, learner, "streamed document", one(learner))
        run.streamed += 1
        await asyncio.sleep(STREAM_PAUSE_SECONDS)


async def _tried(run: Run, learner: Learner, kind: str, act: Awaitable[None]) -> None:
    try:
        await act
    except (PageError, httpx.HTTPError) as error:
        run.faults.append(f"{kind} of {learner.name}: {type(error).__name__}: {str(error)[:300]}")
        sys.stderr.write(f"{run.faults[-1]}\n")


async def _look_at_homes(run: Run, learners: Sequence[Learner], home: Path) -> None:
    for learner in learners:
        own, documents = home_of(home, learner.name), await learner.document_ids()
        faults = await asyncio.to_thread(faults_of_home, own, learner.book, documents)
        if faults:
            run.broken_homes[learner.name] = faults


async def rest(
    learners: Sequence[Learner], process: int, temporary: Path, earlier: dict[str, int] | None = None
) -> dict[str, int]:
    """What the server holds when all have left: when that is no more than earlier, or does not change any more."""
    await asyncio.gather(*(learner.leave() for learner in learners))
    began = changed = time.monotonic()
    last: dict[str, int] = {}
    while True:
        held, now = _held(process, temporary), time.monotonic()
        if held != last:
            last, changed = held, now
        pools = ("threads", CONNECTIONS)
        is_low = earlier is not None and all(held[name] <= earlier[name] for name in held if name not in pools)
        is_steady = earlier is None and held["processes"] == 1 and now - changed >= STEADY_SECONDS
        if is_low or is_steady or now - began >= SETTLE_SECONDS:
            return held
        await asyncio.sleep(0.2)


def _held(process: int, temporary: Path) -> dict[str, int]:
    held = held_by(process)
    return {
        "open handles": held.handles,
        "threads": held.threads,
        "processes": 1 + len(descendants(process)),
        "temporary files": sum(path.is_file() for path in temporary.rglob("*")),
        CONNECTIONS: held.connections,
    }
