"""`python -m evals run|simulate|golden`: ask the questions, study with simulated learners, check the golden set."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError

if TYPE_CHECKING:
    from rich.console import Console

    from evals.outcome import Outcome

DEFAULT_PAPERS = Path(__file__).parents[2] / "shared" / "papers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all bars are reached, 1 when not, 2 when it could not run."""
    from rich.console import Console

    options = _parser().parse_args(arguments)
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on every odd object of a file
    console = Console(stderr=False)
    try:
        return {"run": _run, "simulate": _simulate, "golden": _golden}[options.command](options, console)
    except StudyError as fault:
        Console(stderr=True).print(fault.as_text(), style="red", markup=False)
        return 2


def _parser() -> argparse.ArgumentParser:
    from evals.golden_command import add_golden_parser

    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="ask the questions and print the figures")
    run.add_argument("--split", choices=("bar", "dev"), help="only these questions; all when left out")
    run.add_argument("--papers", type=Path, default=DEFAULT_PAPERS, help="folder of the PDFs")
    run.add_argument("--without-notes", action="store_true", help="leave the teaching notes out")
    run.add_argument("--home", type=Path, help="data folder to keep and use again; a fresh one when left out")
    run.add_argument("--model", default="embedded", help="chat model as provider/model")
    run.add_argument("--out", type=Path, help="JSON file for the figures and every answer")
    run.add_argument("--verbose", action="store_true", help="list every missed question with its answer")
    simulate = commands.add_parser("simulate", help="study with simulated learners and print how near ours is to truth")
    simulate.add_argument("--learners", type=int, default=200)
    simulate.add_argument("--days", type=int, default=60)
    simulate.add_argument("--seed", type=int, default=7)
    simulate.add_argument("--out", type=Path, help="JSON file for the figures")
    add_golden_parser(commands, DEFAULT_PAPERS)
    return parser


def _golden(options: argparse.Namespace, console: Console) -> int:
    from evals.golden_command import run_golden

    return run_golden(options, console)


def _simulate(options: argparse.Namespace, console: Console) -> int:
    from evals.simulation_report import lines_of, simulate

    result = simulate(learners=options.learners, days=options.days, seed=options.seed)
    for line in lines_of(result):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if options.out:
        options.out.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    return 0


def _run(options: argparse.Namespace, console: Console) -> int:
    from agent.from_settings import model_options
    from evals.assistant import library_files, open_assistant
    from evals.gate import failures
    from evals.questions import load_questions
    from evals.report import missed_lines, summary_table, write_json
    from evals.run import run_questions
    from evals.summary import summarise
    from settings import Settings

    reach = model_options(Settings.from_environment())  # the data folder is not taken from the learner's settings
    questions = load_questions().of_split(options.split)
    paths = library_files(options.papers, notes=not options.without_notes)
    folder = nullcontext(str(options.home)) if options.home else tempfile.TemporaryDirectory()
    with folder as home:
        started = time.perf_counter()
        opened = open_assistant(Path(home), paths, model=options.model, options=reach)
        with opened as (assistant, report):
            ingest_seconds = time.perf_counter() - started
            outcomes = run_questions(assistant, questions, asked=_Ticker(len(questions), console))
    summary = summarise(outcomes)
    if kept := len(report.with_status("unchanged")):
        console.print(f"{kept} files were in the data folder before: a change in reading them does not show.")
    console.print(summary_table(summary, f"{options.split or 'all'} questions, model {summary.model}"))
    if options.verbose:
        for paragraph in missed_lines(outcomes):
            console.print(f"\n{paragraph}", markup=False, highlight=False, soft_wrap=True)
    if options.out:
        pages = sum(file.pages for file in report.files)
        chunks = sum(file.chunks for file in report.files)
        facts = {"split": options.split, "pages": pages, "chunks": chunks, "ingest_seconds": ingest_seconds}
        write_json(options.out, summary, outcomes, **facts)
    red = failures(summary)
    for sentence in red:
        console.print(f"Below the bar: {sentence}.", style="red", markup=False)
    return 1 if red else 0


class _Ticker:
    """Shows one mark a question, so that a long run is seen to go on."""

    def __init__(self, total: int, console: Console) -> None:
        self._total = total
        self._done = 0
        self._console = console

    def __call__(self, outcome: Outcome) -> None:
        self._done += 1
        mark = "miss" if outcome.missed else "ok"
        self._console.print(
            f"{self._done}/{self._total} {mark:4} {outcome.seconds:5.2f} s  {outcome.id}", highlight=False
        )


if __name__ == "__main__":
    sys.exit(main())
