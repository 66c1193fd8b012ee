"""What a run will do, decided and checked before anything is asked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import StudyError
from evals.assistant import library_files
from evals.cases import Case, cases_of, check_spans, without_files

SETS = ("golden", "questions", "small")
DATA = Path(__file__).parent / "data"
SMALL = DATA / "small"


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it starts."""

    suite: str
    set: str
    split: str | None
    model: str
    cases: tuple[Case, ...]
    paths: tuple[Path, ...]
    left_out: tuple[str, ...]
    """Ids of the questions whose documents are not there."""
    out: Path

    @property
    def files(self) -> str:
        """Begins the names of the run's files; those of one split stand beside those of the whole."""
        return f"{self.name}-{self.split}" if self.split else self.name

    @property
    def name(self) -> str:
        """Names the run's entry in the baseline, which compares question by question."""
        return f"{self.set}-{self.suite}-{self.model.replace('/', '-').replace(':', '-')}"


def plan_of(options: argparse.Namespace, results: Path) -> Plan:
    """What the options ask for, its data checked.

    Raises:
        StudyError: the data has faults, a span does not stand in its source, or nothing is left to ask.
    """
    name = options.set or ("questions" if options.split == "bar" else "golden")
    papers = SMALL if name == "small" else options.papers
    paths = tuple(library_files(papers, notes=name != "small" and not options.without_notes))
    files = {path.stem: path for path in paths}
    cases = [case for case in load_cases(name) if options.split in (None, case.split)]
    cases, left_out = without_files(cases, files)
    check_spans(cases, files)
    if options.limit:
        cases = evenly(cases, options.limit)
    if not cases:
        raise StudyError(
            f"No question of the {name} set is left to ask.", hint="Choose another --split, or name the --papers."
        )
    return Plan(
        options.suite, name, options.split, options.model, tuple(cases), paths, tuple(left_out), options.out or results
    )


def load_cases(name: str) -> list[Case]:
    """The cases of the golden set or of the earlier questions."""
    if name == "golden":
        from evals.golden_reading import load_golden

        return cases_of(load_golden())
    from evals.questions import DEFAULT_FILE, load_questions

    return cases_of(load_questions(SMALL / "questions.toml" if name == "small" else DEFAULT_FILE))


def thresholds_file(name: str) -> Path:
    """The file of the set's thresholds."""
    return SMALL / "thresholds.toml" if name == "small" else DATA / f"{name}-thresholds.toml"


def evenly(cases: Sequence[Case], count: int) -> list[Case]:
    """So many of the cases, at equal distances, so that every part of the set has its share."""
    if count >= len(cases):
        return list(cases)
    return [cases[place * len(cases) // count] for place in range(count)]
