"""`python -m evals gate`: the gate over the small library, and that every planted fault turns it red."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.assistant import OpenAssistant, open_assistant
from evals.cases import Case, cases_of, check_spans, chosen
from evals.mutations import MUTATIONS, Remembering
from evals.outcome import Outcome
from evals.questions import load_questions
from evals.run import run_questions
from evals.scoring import Scorer
from evals.thresholds import Thresholds, faults, judge, load_thresholds, save_scores

if TYPE_CHECKING:
    from rich.console import Console

SMALL = Path(__file__).parent / "data" / "small"


@dataclass(frozen=True, slots=True)
class GateRun:
    """The gate with one fault planted, or with none."""

    mutation: str
    faults: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def is_red(self) -> bool:
        """Whether the gate would stop the build."""
        return bool(self.faults)

    @property
    def is_as_it_must_be(self) -> bool:
        """Green without a fault, red with one."""
        return self.is_red != self.mutation.startswith("none")


class Gate:
    """The small library with its questions and thresholds, asked once and judged as often as wanted."""

    def __init__(self, assistant: OpenAssistant, *, folder: Path = SMALL) -> None:
        """Read questions and thresholds and check the evidence.

        Raises:
            StudyError: the data has faults.
        """
        self.thresholds: Thresholds = load_thresholds(folder / "thresholds.toml")
        self._cases = gate_cases(folder, self.thresholds)
        self._scorer: Scorer = assistant.scorer()
        self._assistant = Remembering(assistant)

    def run(self, mutation: str) -> GateRun:
        """The gate with that fault planted."""
        outcomes = run_questions(MUTATIONS[mutation](self._assistant), self._cases, scorer=self._scorer)
        return GateRun(mutation, tuple(faults(judge(outcomes, self.thresholds))), tuple(outcomes))


def gate_cases(folder: Path, thresholds: Thresholds) -> list[Case]:
    """The fixed subset of the folder's questions, each evidence looked up in its file.

    Raises:
        StudyError: the data has faults.
    """
    cases = cases_of(load_questions(folder / "questions.toml"))
    check_spans(cases, {path.stem: path for path in folder.glob("*.pdf")})
    return chosen(cases, thresholds.questions) if thresholds.questions else cases


def add_gate_parser(commands: Any) -> None:
    """Add `gate` to the subparsers of `python -m evals`."""
    gate = commands.add_parser("gate", help="run the gate over its small library, and with each fault planted")
    gate.add_argument("--accept", action="store_true", help="store the scores as what later runs are compared with")


def gate_command(options: argparse.Namespace, console: Console) -> int:
    """Print the table; 0 when the assistant passes and every planted fault turns the gate red.

    Raises:
        StudyError: it could not run.
    """
    paths = sorted(SMALL.glob("*.pdf"))
    with tempfile.TemporaryDirectory() as home, open_assistant(Path(home), paths) as (assistant, _):
        gate = Gate(assistant)
        runs = []
        for mutation in MUTATIONS:
            runs.append(gate.run(mutation))
            console.print(f"{'red' if runs[-1].is_red else 'green':5}  {mutation}", highlight=False)
    _print(console, runs)
    if options.accept and not runs[0].is_red:
        save_scores(SMALL / "thresholds.json", gate.thresholds.scores_of(runs[0].outcomes))
    return 0 if all(run.is_as_it_must_be for run in runs) else 1


def _print(console: Console, runs: Sequence[GateRun]) -> None:
    from rich.table import Table

    table = Table(title="The gate and its mutations", show_lines=True)
    for column in ("planted fault", "gate", "why"):
        table.add_column(column)
    for run in runs:
        table.add_row(run.mutation, "red" if run.is_red else "green", "\n".join(run.faults))
    console.print(table, markup=False)
