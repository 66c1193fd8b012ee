"""`python -m evals golden check`: what the golden set holds, and whether every quote stands in its source."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.golden import DEFAULT_FOLDER, KINDS, SPLITS, GoldenSet, counted
from evals.golden_check import Checked, check_golden
from evals.golden_reading import load_golden

if TYPE_CHECKING:
    from rich.console import Console


def add_golden_parser(commands: Any, papers: Path) -> None:
    """Add `golden check` to the subparsers of `python -m evals`."""
    golden = commands.add_parser("golden", help="check the golden questions against their sources")
    golden.add_argument("action", choices=("check",))
    golden.add_argument("--papers", type=Path, default=papers, help="folder of the PDFs")
    golden.add_argument("--golden", type=Path, default=DEFAULT_FOLDER, help="folder of the questions, or one file")


def run_golden(options: argparse.Namespace, console: Console) -> int:
    """Print the counts and faults; 0 when there is no fault, else 1.

    Raises:
        StudyError: an entry is not well formed.
    """
    golden = load_golden(options.golden)
    checked = check_golden(golden, options.papers)
    for line in (*counts_of(golden), *found_of(checked)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for fault in checked.faults:
        console.print(fault, style="red", markup=False, highlight=False, soft_wrap=True)
    return 1 if checked.faults else 0


def counts_of(golden: GoldenSet) -> list[str]:
    """How many questions each kind has in each split."""
    counts = counted(golden.questions)
    lines = [f"{kind:<15}{counts[kind]['dev']:>5} dev{counts[kind]['test']:>5} test" for kind in KINDS]
    both = [len(golden.of_split(split)) for split in SPLITS]
    return [*lines, f"{'all':<15}{both[0]:>5} dev{both[1]:>5} test"]


def found_of(checked: Checked) -> list[str]:
    """What was looked up, and what could not be."""
    lines = [f"{checked.found} quotes stand in their sources; {len(checked.faults)} faults."]
    if checked.unchecked:
        lines.append(f"Not looked up, the PDF is not there: {', '.join(checked.unchecked)}.")
    return lines
