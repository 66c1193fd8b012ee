"""`python -m evals.bench ingest`: our ingestion beside the pipeline of the tutorials."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from errors import StudyError

DEFAULT_PAPERS = Path(__file__).parents[3] / "shared" / "papers"
SLICES = 5
DEPTH = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it ended, 2 when it could not run."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "one":
            sys.stdout.write(json.dumps(_one(options)) + "\n")
        else:
            _ingest(options)
    except StudyError as fault:
        sys.stderr.write(f"{fault.as_text()}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    ingest = commands.add_parser("ingest", help="measure both pipelines and print the comparison")
    ingest.add_argument("--papers", type=Path, default=DEFAULT_PAPERS, help="folder of the PDFs")
    ingest.add_argument("--rounds", type=int, default=3, help="runs of each pipeline")
    ingest.add_argument("--out", type=Path, help="Markdown file for the tables, with a JSON file beside it")
    one = commands.add_parser("one", help="one task of one pipeline, as JSON (used by ingest)")
    one.add_argument("task", choices=("run", "grow", "ranks"))
    one.add_argument("pipeline", choices=("tutorial", "ours"))
    one.add_argument("--papers", type=Path, required=True)
    one.add_argument("--folder", type=Path, required=True)
    return parser


def _papers(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.pdf"))
    if not paths:
        raise StudyError(f"There are no PDFs in {folder}.", hint="Name the folder of the papers with --papers.")
    return paths


def _one(options: argparse.Namespace) -> dict[str, Any]:
    from evals.bench import ours, tutorial
    from evals.bench.measures import slices_of_equal_size
    from evals.pagetext import page_count
    from evals.questions import load_questions

    pipeline: Any = tutorial if options.pipeline == "tutorial" else ours
    paths = _papers(options.papers)
    figures: dict[str, Any]
    if options.task == "run":
        figures = pipeline.run(paths, options.folder).to_dict()
    elif options.task == "ranks":
        questions = load_questions().of_split("dev")
        figures = {"ranks": pipeline.ranks(paths, options.folder, questions, DEPTH)}
    else:
        groups = slices_of_equal_size([page_count(path) for path in paths], SLICES)
        slices = [[paths[index] for index in group] for group in groups]
        figures = pipeline.grow(slices, options.folder).to_dict()
    return figures


def _ingest(options: argparse.Namespace) -> None:
    from evals.bench.compare import PIPELINES, alternate, run_in_process, speed_ratio, typical
    from evals.bench.measures import GrowthRun
    from evals.bench.report import growth_table, quality_table, speed_table, stage_table

    papers = options.papers
    _papers(papers)
    runs = alternate(options.rounds, papers)
    growth = [GrowthRun.from_dict(run_in_process("grow", pipeline, papers)) for pipeline in PIPELINES]
    ranks = {pipeline: run_in_process("ranks", pipeline, papers)["ranks"] for pipeline in PIPELINES}
    ratio = speed_ratio(runs)
    middle = {pipeline: typical(runs[pipeline]) for pipeline in PIPELINES}
    text = "\n\n".join(
        [
            f"{len(_papers(papers))} PDFs, {options.rounds} runs of each pipeline in turn, "
            f"{os.cpu_count()} cores, Python {platform.python_version()}. Tables show the median run.",
            speed_table(middle["tutorial"], middle["ours"]),
            f"**Pages per second, ours / tutorial: {ratio['median']:.2f}** "
            f"(pairs from {ratio['least']:.2f} to {ratio['most']:.2f})",
            stage_table(list(middle.values())),
            growth_table(growth),
            quality_table(ranks),
        ]
    )
    sys.stdout.write(text + "\n")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(f"# Ingestion beside the tutorial pipeline\n\n{text}\n", encoding="utf-8")
        values = {
            "runs": {name: [run.to_dict() for run in found] for name, found in runs.items()},
            "ratio": ratio,
            "growth": [run.to_dict() for run in growth],
            "ranks": ranks,
        }
        options.out.with_suffix(".json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
