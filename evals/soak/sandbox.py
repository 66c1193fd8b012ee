"""Attacks on the sandbox through the tool that models call, and what happens where no wall can stand.

Our own attacks (`tests/own_attacks.py`) and, where it is at hand, the suite beside this repository run through
`run_python` (`tests/attack_runner.py`), behind each wall that is ready here. Judged is by what they print and by what
they left of a host that is set up for them: a secret file, a socket that listens, a process.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import StudyError
from evals.soak.attacked_host import AttackedHost
from evals.soak.counts import Count
from evals.soak.no_walls import LACKING, ran_without_wall
from evals.soak.soak import SHARED

if TYPE_CHECKING:
    from types import ModuleType

    from evals.soak.soak import Soak

TESTS = Path(__file__).parents[2] / "tests"
RUNNER = TESTS / "attack_runner.py"
SUITE = SHARED / "attacks" / "attacks.py"
ASKED_OWN = 20
SHORT_ATTACKS = 2
ROOMY_SUITE = """
import resource, runpy, sys
limit = resource.setrlimit
resource.setrlimit = lambda kind, values: limit(kind, (-1, -1) if kind == resource.RLIMIT_AS else values)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs the suite without its limit of addresses, of which WebAssembly reserves 4 GB for each 32-bit memory, so that
nothing would start. Addresses are no memory; what the guest may have of that, the wall limits itself."""
RUN_SECONDS = 5
WAIT_SECONDS = 90
OWN_LIMIT = {"RUNNER_MEMORY_MEGABYTES": "512"}
"""What our own attacks on memory try to pass."""
WALLS: Mapping[str, Mapping[str, str]] = {
    "locked": {"RUNNER_WALL": "locked", "RUNNER_BUBBLEWRAP": "never"},
    "locked+bubblewrap": {"RUNNER_WALL": "locked", "RUNNER_BUBBLEWRAP": "auto"},
    "webassembly": {"RUNNER_WALL": "webassembly"},
}
SUITE_WALLS = ("locked", "webassembly")


def measure(soak: Soak) -> Sequence[Count]:
    """Run the attacks and count those that got through.

    Raises:
        StudyError: this is no checkout with its tests, or no wall is ready.
    """
    own, walls = own_attacks(), ready_walls()
    if not walls:
        raise StudyError("No wall is ready here.", hint="python -m sandbox check says why.")
    names = sorted(own.ATTACKS)[: SHORT_ATTACKS if soak.short else None]
    ledger, folder = soak.ledger("sandbox"), soak.folder("sandbox")
    keys = [f"own {wall} {name}" for wall in walls for name in names]
    done = ledger.fill(keys, lambda key: {"through": own_attack(own, *key.split()[1:], folder=folder)})
    counts = [
        _count(f"attacks of our own through the tool ({', '.join(walls)})", done, max(ASKED_OWN, len(keys))),
    ]
    if SUITE.is_file() and not soak.short:
        shared = [f"suite {wall} {name}" for wall in SUITE_WALLS if wall in walls for name in suite_names()]
        told = ledger.fill(shared, lambda key: {"through": suite_attack(*key.split()[1:], folder=folder)})
        counts.append(_count("attacks of the suite through the tool", told, len(shared)))
    without = [{"through": ran_without_wall(lack)} for lack in LACKING]
    return [*counts, _count("where the platform lacks it, code is off and says so", without, len(LACKING))]


def _count(what: str, outcomes: Sequence[Mapping[str, Any]], asked: int) -> Count:
    through = [str(one["through"]) for one in outcomes if one["through"]]
    return Count(what=what, tried=len(outcomes), failed=len(through), asked=asked, note="; ".join(through[:5]))


def own_attacks() -> ModuleType:
    """The module with our own attacks.

    Raises:
        StudyError: it is not there.
    """
    path = TESTS / "own_attacks.py"
    found = importlib.util.spec_from_file_location("own_attacks", path) if path.is_file() else None
    if found is None or found.loader is None:
        raise StudyError("The attacks are in tests/, which is not here.", hint="Run this in a checkout.")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def ready_walls() -> list[str]:
    """The names of the walls that can be tried here."""
    from sandbox import bubblewrap
    from sandbox.lockdown import lockdown_supported
    from sandbox.reach import readable_paths
    from sandbox.webassembly import WebAssemblyWall

    walls = []
    if not lockdown_supported():
        walls.append("locked")
        program = bubblewrap.find()
        if program and bubblewrap.probe(program, readable_paths()):
            walls.append("locked+bubblewrap")
    if WebAssemblyWall(cache_folder()).state().ready:
        walls.append("webassembly")
    return walls


def cache_folder() -> Path:
    """Where the compiled guest is, as the runner looks for it."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "study-assistant" / "sandbox"


def own_attack(own: Any, wall: str, name: str, *, folder: Path) -> str:
    """How the attack got through; empty when it was stopped."""
    with attacked(folder) as host:
        told = run(wall, host.program(own.PRELUDE, own.ATTACKS[name]))
        faults = host.faults()
    if "THROUGH" in told:
        faults.append(next(line for line in told.splitlines() if "THROUGH" in line)[:200])
    if host.token in told:
        faults.append("the secret was printed")
    if not told.rstrip().endswith("RUNNER-END"):
        faults.append("the tool did not outlive it")
    return f"{wall} {name}: {', '.join(faults)}" if faults else ""


@contextmanager
def attacked(folder: Path) -> Iterator[AttackedHost]:
    """A host with something to reach, for one attack."""
    host = AttackedHost(folder)
    try:
        yield host
    finally:
        host.close()


def run(wall: str, code: str) -> str:
    """What came back from the tool."""
    done = subprocess.run(
        [sys.executable, str(RUNNER)],
        input=code,
        env=os.environ | dict(WALLS[wall]) | {"RUNNER_WALL_SECONDS": str(RUN_SECONDS), **OWN_LIMIT},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=WAIT_SECONDS,
        check=False,
    )
    return done.stdout


def suite_names() -> list[str]:
    """The names of the suite's attacks."""
    listed = subprocess.run([sys.executable, str(SUITE), "--list"], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in listed.stdout.splitlines()[:-1]]


def suite_attack(wall: str, name: str, *, folder: Path) -> str:
    """What the suite says of one attack; empty when it was stopped."""
    report = folder / "suite.json"
    report.unlink(missing_ok=True)
    start = ["-c", ROOMY_SUITE, str(SUITE)] if wall == "webassembly" else [str(SUITE)]
    line = [sys.executable, *start, "--json", str(report), "--timeout", "60", "--no-cgroup", "--only", name]
    variables = {
        **WALLS[wall],
        "RUNNER_CACHE": str(cache_folder()),  # the suite gives its runner a home of its own
        "RUNNER_WALL_SECONDS": "3",
        "ATTACK_SCAN": sys.prefix,
        "ATTACK_W": str(folder / "suite-work"),
    }
    subprocess.run(
        [*line, "--", sys.executable, str(RUNNER)],
        env=os.environ | variables,
        capture_output=True,
        timeout=WAIT_SECONDS * 2,
        check=False,
    )
    if not report.is_file():
        return f"{wall} {name}: the suite gave no report"
    told = json.loads(report.read_text(encoding="utf-8"))
    broken = [f"{one['name']} {one['breach']}" for one in told if one["breach"]]
    return f"{wall} {name}: {'; '.join(broken)}" if broken or len(told) != 1 else ""
