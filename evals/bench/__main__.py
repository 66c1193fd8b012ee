"""`python -m evals.bench all`: quality, speed, memory and disk of ingestion and search, in one table and one plot."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from errors import StudyError
from evals.bench.bench import PARTS, SHARED, SIZES, Bench, part_of

ROOT = Path(__file__).parents[2]
SLICES = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it ended, 1 when a part failed, 2 when it could not run."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "one":
            sys.stdout.write(json.dumps(_one(options)) + "\n")
            return 0
        bench = Bench(
            papers=options.papers,
            evaldata=options.evaldata,
            work=options.work,
            sizes=tuple(options.sizes),
            rounds=options.rounds,
        )
        if options.command == "all":
            return _all(bench, options)
        _part(bench, options)
    except StudyError as fault:
        sys.stderr.write(f"{fault.as_text()}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    whole = commands.add_parser("all", help="every part that has no figures yet, then the report and the plot")
    whole.add_argument("--fresh", action="store_true", help="measure everything again")
    whole.add_argument("--thorough", action="store_true", help="embed SciFact and QASPER by every backend, too")
    for name in PARTS:
        _add_options(commands.add_parser(name, help=part_of(name).HELP))
    commands.choices["ingest"].add_argument(
        "--growth", action="store_true", help="also what a chunk costs while the library grows"
    )
    _add_options(whole)
    one = commands.add_parser("one", help="one task in a process of its own, as JSON (used by the others)")
    one.add_argument("task", choices=("run", "grow", "latency", "overhead"))
    one.add_argument("pipeline", choices=("tutorial", "ours"))
    one.add_argument("--papers", type=Path, required=True)
    one.add_argument("--folder", type=Path, required=True)
    return parser


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--papers", type=Path, default=SHARED / "papers", help="folder of the PDFs")
    command.add_argument("--evaldata", type=Path, default=SHARED / "evaldata", help="folder of SciFact and QASPER")
    command.add_argument("--work", type=Path, default=ROOT / "build" / "bench", help="folder for what is kept")
    command.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="chunks of the libraries searched")
    command.add_argument("--rounds", type=int, default=1, help="runs of each pipeline")
    command.add_argument(
        "--out", type=Path, help="Markdown file for the figures; all also writes a plot and JSON beside it"
    )


def _part(bench: Bench, options: argparse.Namespace) -> None:
    """Measure one part, keep its figures and print them."""
    part, started = part_of(options.command), time.perf_counter()
    bench.work.mkdir(parents=True, exist_ok=True)
    values = part.measure(bench)
    if getattr(options, "growth", False):
        from evals.bench.ingesting import measure_growth

        values["growth"] = measure_growth(bench)
    values["took_seconds"] = round(time.perf_counter() - started, 1)
    values["measured_at"] = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    bench.result(options.command).write_text(json.dumps(values) + "\n", encoding="utf-8")
    text = part.as_text(values)
    sys.stdout.write(text + "\n")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")


def _all(bench: Bench, options: argparse.Namespace) -> int:
    """Every part in a process of its own, so that one that fails costs the others nothing."""
    from evals.bench.result import write_report

    failed = []
    for name in PARTS:
        if bench.result(name).is_file() and not options.fresh:
            sys.stdout.write(f"{name}: figures are there (measure again with: --fresh)\n")
            continue
        sys.stdout.write(f"{name} ...\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", "evals.bench", name, "--papers", str(bench.papers.resolve())]
        # Every backend over the public sets takes as long as all the rest; one of them is measured in `quality`.
        sets = bench.work / "none" if name == "embedding" and not options.thorough else bench.evaldata
        command += ["--evaldata", str(sets.resolve()), "--work", str(bench.work.resolve())]
        command += ["--rounds", str(bench.rounds), "--sizes", *map(str, bench.sizes)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    out = options.out or ROOT / "docs" / "benchmarks.md"
    write_report(bench, out)
    sys.stdout.write(f"Report: {out}\n")
    if failed:
        sys.stderr.write(f"Not measured: {', '.join(failed)}. Run the command again to go on.\n")
    return 1 if failed else 0


def _one(options: argparse.Namespace) -> dict[str, Any]:
    from evals.bench import latency, ours, page_overhead, tutorial
    from evals.bench.measures import slices_of_equal_size
    from evals.bench.quality import golden_cases
    from evals.pagetext import page_count

    if options.task == "latency":
        return latency.measure_one(options.folder)
    if options.task == "overhead":
        return page_overhead.measure_overhead(options.folder)
    pipeline: Any = tutorial if options.pipeline == "tutorial" else ours
    paths = Bench(papers=options.papers, work=options.folder).pdfs
    if options.task == "run":
        figures: dict[str, Any] = pipeline.run(paths, options.folder).to_dict()
        cases = golden_cases(paths)
        return figures | {"found": pipeline.find(options.folder, {case.id: case.question for case in cases})}
    groups = slices_of_equal_size([page_count(path) for path in paths], SLICES)
    slices = [[paths[index] for index in group] for group in groups]
    grown: dict[str, Any] = pipeline.grow(slices, options.folder).to_dict()
    return grown


if __name__ == "__main__":
    sys.exit(main())
