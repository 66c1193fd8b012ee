"""`python -m evals.soak all`: kills, damage and faults on purpose, counted in one table: docs/trust.md."""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from errors import StudyError
from evals.soak.report import notes_of, table_of, write_report
from evals.soak.soak import PARTS, SEED, Soak

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when every promise asked about is kept, 1 when not, 2 when a part could not run."""
    options = _parser().parse_args(arguments)
    until = math.inf if options.seconds is None else time.monotonic() + options.seconds
    soak = Soak(work=options.work.resolve(), seed=options.seed, short=options.short, until_seconds=until)
    if "all" in options.parts:
        return _all(soak, options)
    if options.parts == ["report"]:
        return _report(soak, options.out)
    ended = 0
    for name in options.parts:
        ended = max(ended, _part(soak, name, fresh=options.fresh))
    return ended


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:14} {entry.title}" for name, entry in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m evals.soak",
        description=__doc__,
        epilog=f"parts:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="+", metavar="PART", help="names of parts; all; report: only the table")
    parser.add_argument("--short", action="store_true", help="the small form; its counts promise nothing")
    parser.add_argument("--seed", type=int, default=SEED, help="decides all that is random (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="forget the earlier outcomes of these parts")
    parser.add_argument("--seconds", type=float, help="begin no try after so long; the same command goes on later")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "soak", help="folder for what is kept")
    parser.add_argument("--out", type=Path, help="Markdown file for the table of all (default: docs/trust.md)")
    return parser


def _part(soak: Soak, name: str, *, fresh: bool) -> int:
    """Run one part in this process and print its counts."""
    sys.stdout.write(f"{name}, seed {soak.seed} ...\n")
    sys.stdout.flush()
    try:
        if fresh:
            soak.forget(name)
        result = soak.measure(name)
    except StudyError as fault:
        sys.stderr.write(f"{name} is not measured. {fault.as_text()}\n")
        return 2
    sys.stdout.write("\n".join([table_of({name: result}), *notes_of({name: result})]) + "\n")
    return 0 if result.is_met else 1


def _all(soak: Soak, options: argparse.Namespace) -> int:
    """Every part in a process of its own, so that one that fails costs the others nothing."""
    for name in PARTS:
        earlier = soak.result(name)
        if earlier is not None and earlier.is_finished and not options.fresh:
            sys.stdout.write(f"{name}: counted {earlier.measured_at} (count again with: --fresh)\n")
            continue
        sys.stdout.flush()
        command = [sys.executable, "-m", "evals.soak", name, "--work", str(soak.work), "--seed", str(soak.seed)]
        command += ["--short"] if soak.short else []
        command += ["--fresh"] if options.fresh else []
        command += [] if options.seconds is None else ["--seconds", str(options.seconds)]
        subprocess.run(command, cwd=ROOT, check=False)
    return _report(soak, options.out)


def _report(soak: Soak, out: Path | None) -> int:
    """Write the table of what is counted so far; 0 when every promise is kept."""
    path = out or (soak.work / "trust-short.md" if soak.short else ROOT / "docs" / "trust.md")
    write_report(soak, path)
    sys.stdout.write(path.read_text(encoding="utf-8") + f"\nReport: {path}\n")
    results = [soak.result(name) for name in PARTS]
    return 0 if all(result is not None and result.is_met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
