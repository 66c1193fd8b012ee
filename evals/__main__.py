"""`python -m evals`: ask questions, run the gate, simulate learners, check golden questions, grading, and verdicts."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT_PAPERS = Path(__file__).parents[2] / "shared" / "papers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all bars are reached, 1 when not, 2 when it could not run."""
    from rich.console import Console

    options = _parser().parse_args(arguments)
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on every odd object of a file
    console = Console(stderr=False)
    try:
        return _COMMANDS[options.command](options, console)
    except StudyError as fault:
        Console(stderr=True).print(fault.as_text(), style="red", markup=False, soft_wrap=True)
        return 2


def _parser() -> argparse.ArgumentParser:
    from evals.feedback_command import add_feedback_parser
    from evals.gate_command import add_gate_parser
    from evals.golden_command import add_golden_parser
    from evals.grading_command import add_grading_parser
    from evals.run_command import add_run_parser

    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_run_parser(commands, DEFAULT_PAPERS)
    add_gate_parser(commands)
    simulate = commands.add_parser("simulate", help="study with simulated learners and print how near ours is to truth")
    simulate.add_argument("--learners", type=int, default=200)
    simulate.add_argument("--days", type=int, default=60)
    simulate.add_argument("--seed", type=int, default=7)
    simulate.add_argument("--out", type=Path, help="JSON file for the figures")
    add_golden_parser(commands, DEFAULT_PAPERS)
    add_grading_parser(commands)
    add_feedback_parser(commands)
    return parser


def _gate(options: argparse.Namespace, console: Console) -> int:
    from evals.gate_command import gate_command

    return gate_command(options, console)


def _golden(options: argparse.Namespace, console: Console) -> int:
    from evals.golden_command import run_golden

    return run_golden(options, console)


def _grading(options: argparse.Namespace, console: Console) -> int:
    from evals.grading_command import run_grading

    return run_grading(options, console)


def _feedback(options: argparse.Namespace, console: Console) -> int:
    from evals.feedback_command import run_feedback
    from settings import Settings

    return run_feedback(options, console, home=Settings.from_environment().home)


def _simulate(options: argparse.Namespace, console: Console) -> int:
    from evals.simulation import CHECK_DAYS
    from evals.simulation_report import lines_of, simulate

    if options.learners < 1 or options.days < CHECK_DAYS[0]:
        console.print(f"Simulate at least 1 learner for {CHECK_DAYS[0]} days.", highlight=False)
        return 2
    result = simulate(learners=options.learners, days=options.days, seed=options.seed)
    for line in lines_of(result):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if options.out:
        options.out.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    return 0


def _run(options: argparse.Namespace, console: Console) -> int:
    from agent.from_settings import model_options
    from evals.run_command import run_command
    from settings import Settings

    settings = Settings.from_environment()
    return run_command(
        options,
        console,
        reach=model_options(settings),
        results=settings.home / "evals",
        sandbox=settings.cache / "sandbox",
    )


_COMMANDS = {
    "run": _run,
    "gate": _gate,
    "simulate": _simulate,
    "golden": _golden,
    "grading": _grading,
    "feedback": _feedback,
}

if __name__ == "__main__":
    sys.exit(main())
