"""The commands `check` and `start` of `python -m curriculum`: a project or lesson is begun, and judged."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from curriculum.fresh_start import start_item
from curriculum.item_names import find_item
from curriculum.load import load_curriculum
from curriculum.verdict import Verdict, judge
from errors import StudyError

COMMANDS = ("check", "start")
EXIT_PASSED, EXIT_FAILED, EXIT_FAULT = 0, 1, 2
_OUTPUT_LINES = 15
"""How many of the last lines that the learner's code printed are shown when a check failed."""
_MARGIN = " " * 8


@dataclass(frozen=True, slots=True)
class BoxTick:
    """A box of the tracker that a project or lesson bears on, or a topic that has none, and where it stands."""

    box_id: str
    title: str
    done: bool
    new: bool = False
    """Whether this very check ticked it."""


Record = Callable[[Verdict], Sequence[BoxTick]]
"""Puts a verdict into the learner's record, and tells the boxes it bears on."""


def run_command(words: Sequence[str], open_record: Callable[[], Record]) -> int:
    """The exit code of `check` or `start`: 0, 1 when a check failed, 2 for a known fault, told on stderr.

    `open_record` is called before anything is checked, so that a record that cannot be written is known at once.
    """
    options = _parser().parse_args(list(words))
    try:
        return int(options.run(options, open_record))
    except StudyError as error:
        sys.stderr.write(error.as_text() + "\n")
        return EXIT_FAULT


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="print JSON")
    parser = argparse.ArgumentParser(prog="python -m curriculum", parents=[common])
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    about = "check your work on a project or a lesson's notebook, and record what the checks found"
    check = commands.add_parser("check", parents=[common], help=about, description=about)
    check.set_defaults(run=_check)
    check.add_argument("item", metavar="PROJECT", help="its number, name or title; or a notebook's")
    check.add_argument("path", metavar="PATH", type=Path, help="your folder; or your copy of the notebook")
    check.add_argument("--no-record", action="store_true", help="leave the learner's record as it is")
    check.add_argument("--limit", type=_seconds, metavar="SECONDS", help="longest time for one check, or one notebook")
    about = "make a new folder with a project's brief and the files to begin with, or a lesson's notebook"
    start = commands.add_parser("start", parents=[common], help=about, description=about)
    start.set_defaults(run=_start)
    start.add_argument("item", metavar="PROJECT", help="its number, name or title; or a notebook's")
    start.add_argument("path", metavar="FOLDER", type=Path, help="a folder that is new or empty")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


# check


def _check(options: argparse.Namespace, open_record: Callable[[], Record]) -> int:
    path = options.path.expanduser()
    item = find_item(load_curriculum(), options.item, path)
    record = None if options.no_record else open_record()
    if sys.stderr.isatty():
        sys.stderr.write(f"Checking {path} for “{item.title}”; this can take a minute.\n")
    verdict = judge(item, path, time_limit_seconds=options.limit)
    boxes = record(verdict) if record else None
    if "json" in options:
        sys.stdout.write(json.dumps(_values(verdict, boxes), indent=2) + "\n")
    else:
        sys.stdout.write("\n".join([*_lines(verdict), *_record_lines(verdict, boxes)]) + "\n")
    return EXIT_PASSED if verdict.passed else EXIT_FAILED


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.kind.capitalize()} {verdict.item.number}: {verdict.item.title}"
    for check in verdict.checks:
        seconds = "" if check.seconds is None else f" ({check.seconds:.1f} s)"
        yield f"{'passed' if check.passed else 'FAILED'}  {check.title}{seconds}"
        if check.message:
            yield _MARGIN + check.message
        yield from (f"{_MARGIN}at {place}" for place in check.trace)
    yield from (f"FAILED  {fault}" for fault in verdict.faults)
    if verdict.output.strip() and not verdict.passed:
        yield "Your code printed last:"
        yield from (_MARGIN + line for line in verdict.output.rstrip().splitlines()[-_OUTPUT_LINES:])
    passed = sum(check.passed for check in verdict.checks)
    yield f"{passed} of {len(verdict.checks)} checks passed in {verdict.seconds:.1f} s."


def _record_lines(verdict: Verdict, boxes: Sequence[BoxTick] | None) -> Iterator[str]:
    if boxes is None:
        yield "Not recorded."
        return
    new = [f"“{box.title}”" for box in boxes if box.new]
    before = [f"“{box.title}”" for box in boxes if box.done and not box.new]
    if new:
        yield f"Recorded. Now ticked in the tracker: {', '.join(new)}."
    elif before:
        yield f"Recorded. Ticked in the tracker before: {', '.join(before)}."
    else:
        yield "Recorded. The tracker ticks a box when all checks pass."


def _values(verdict: Verdict, boxes: Sequence[BoxTick] | None) -> dict[str, Any]:
    return {
        "kind": verdict.kind,
        "number": verdict.item.number,
        "name": verdict.name,
        "title": verdict.item.title,
        "passed": verdict.passed,
        "passed_count": verdict.passed_count,
        "check_count": len(verdict.checks),
        "checks": [asdict(check) for check in verdict.checks],
        "faults": list(verdict.faults),
        "seconds": verdict.seconds,
        "output": verdict.output,
        "recorded": boxes is not None,
        "boxes": [asdict(box) for box in boxes or ()],
    }


# start


def _start(options: argparse.Namespace, open_record: Callable[[], Record]) -> int:
    target = options.path.expanduser()
    fresh = start_item(find_item(load_curriculum(), options.item, target), target)
    command = f"python -m curriculum check {fresh.item.number} {_quoted(fresh.checked_path)}"
    if "json" in options:
        values = {"number": fresh.item.number, "title": fresh.item.title, "folder": str(fresh.folder)}
        sys.stdout.write(json.dumps({**values, "files": list(fresh.files), "check": command}, indent=2) + "\n")
    else:
        sys.stdout.write(f"{fresh.item.title}: {', '.join(fresh.files)} in {fresh.folder}.\n")
        sys.stdout.write(f"Check your work with: {command}\n")
    return EXIT_PASSED


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
