"""How long a run takes behind each wall: cold with a guest of its own, and warm in one that is there."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from sandbox.values import SandboxLimits
from sandbox.wall import Wall

PROGRAMS = {
    "hello": "print('hello')",
    "numpy": "import numpy as np\nnp.arange(6).reshape(2, 3) @ np.ones(3)",
    "figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2, 4])\nplt.show()",
}
SLOW_START = SandboxLimits(wall_seconds=60.0, cpu_seconds=60.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """Median times of one program behind one wall, in milliseconds."""

    wall: str
    program: str
    cold_milliseconds: float
    """Start of the guest, the run, and the end of the guest."""
    warm_milliseconds: float
    """The same program again in the same guest."""


def measure(wall: Wall, rounds: int) -> list[Measured]:
    """The times of each program behind the wall.

    Raises:
        SandboxError: the wall cannot be used.
        RuntimeError: a program did not run well.
    """
    find_fonts = getattr(wall, "find_fonts", None)
    if find_fonts is not None:  # what the background does once in a running assistant
        find_fonts()
    return [_measure(wall, name, rounds) for name in PROGRAMS]


def _measure(wall: Wall, program: str, rounds: int) -> Measured:
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        session = wall.open_session(SLOW_START)
        try:
            result = session.run(PROGRAMS[program], SLOW_START)
            ran = time.perf_counter()
            again = session.run(PROGRAMS[program], SLOW_START)
            warm.append(time.perf_counter() - ran)
        finally:
            closing = time.perf_counter()
            session.close()
        cold.append(ran - began + time.perf_counter() - closing)
        if result.status != "ok" or again.status != "ok" or len(again.figures) != (program == "figure"):
            raise RuntimeError(f"{program} failed behind {wall.name}: {result.error} {again.error}")
    return Measured(wall.name, program, 1000 * statistics.median(cold), 1000 * statistics.median(warm))
