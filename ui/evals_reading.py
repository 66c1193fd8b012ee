"""The results that `python -m evals run` wrote, read as plain JSON: the evaluation itself is not imported."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ui.translation import _, ngettext

HISTORY = "history.jsonl"
MOST_BYTES = 40_000_000
"""A greater file is not read; the golden set with all answers takes 4 megabytes."""
_WHEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what was asked and what came out."""

    when: str
    set: str
    split: str
    suite: str
    model: str
    count: int
    noun: Literal["question", "task"]
    """What was counted."""
    metrics: Mapping[str, float]
    """Means, 0 to 1."""
    bars: Mapping[str, float]
    """What the means had to reach; empty for a run without a gate."""
    strict: frozenset[str]
    """Metrics whose bar must be reached by the mean itself; for the others its interval is enough."""
    red: tuple[str, ...] | None
    """The gate's sentences, none when it was green; None when the run had no gate."""

    @property
    def kind(self) -> tuple[str, ...]:
        """Runs of the same kind can be compared."""
        return (self.set, self.split, self.suite, self.model, self.noun)

    def is_same(self, other: Run) -> bool:
        """Whether the two tell of one run; the file of a run has more digits than the history."""
        return (self.when, self.kind) == (other.when, other.kind)


@dataclass(frozen=True, slots=True)
class Missed:
    """A question, or a task, with what was missing."""

    question: str
    faults: tuple[str, ...]
    right: str
    """The right pages; empty when there are none, and for a task."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """The JSON of one run, with what the history does not keep."""

    path: Path
    run: Run
    labels: Mapping[str, str]
    intervals: Mapping[str, tuple[float, float]]
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class EvalsState:
    """What the folder holds."""

    folder: Path
    runs: tuple[Run, ...] = ()
    """Newest first."""
    files: tuple[RunFile, ...] = ()
    """The newest run of each kind, as far as their files are there."""
    shown: Run | None = None
    """The run that is looked at: the newest of all, or of the kind that was chosen."""
    faults: tuple[str, ...] = field(default=())
    """A sentence for each file, or line, that could not be read."""

    @property
    def kinds(self) -> tuple[tuple[str, ...], ...]:
        """The kinds of run that there are, that of the newest run first."""
        return tuple(dict.fromkeys(run.kind for run in self.runs))

    @property
    def file(self) -> RunFile | None:
        """The file of the run that is shown; None when it is gone."""
        shown = self.shown
        return next((file for file in self.files if shown and file.run.is_same(shown)), None)

    def showing(self, kind: Sequence[str]) -> EvalsState:
        """The same with the newest run of that kind; unchanged where there is none."""
        return replace(self, shown=next((run for run in self.runs if run.kind == tuple(kind)), self.shown))


def read_evals(folder: Path) -> EvalsState:
    """All runs of the folder; what is damaged or not a result is one sentence, and the others are read."""
    if not folder.is_dir():
        return EvalsState(folder)
    runs, faults = _read_history(folder / HISTORY)
    files = []
    for path in sorted(folder.glob("*.json")):
        try:
            files.append(_run_file(path, json.loads(_text(path))))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            told = _("{name} is not the result of a run, or is damaged, and is left out.")
            faults.append(told.format(name=path.name))
    known = {(run.when, *run.kind) for run in runs}
    runs += [file.run for file in files if (file.run.when, *file.run.kind) not in known]
    runs = sorted(reversed(runs), key=lambda run: run.when, reverse=True)
    return EvalsState(folder, tuple(runs), tuple(files), runs[0] if runs else None, tuple(faults))


def _read_history(path: Path) -> tuple[list[Run], list[str]]:
    if not path.is_file():
        return [], []
    try:
        lines = _text(path).splitlines()
    except (OSError, ValueError):
        return [], [_("{name} cannot be read; only the newest run of each kind is shown.").format(name=path.name)]
    runs, damaged = [], 0
    for line in filter(str.strip, lines):
        try:
            values = json.loads(line)
            runs.append(_run(values, _numbers(values["metrics"]), values.get("gate")))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            damaged += 1
    told = ngettext(
        "{count} line of {name} cannot be read and are left out.",
        "{count} lines of {name} cannot be read and are left out.",
        damaged,
    )
    return runs, [told.format(count=damaged, name=path.name)] if damaged else []


def _text(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(path.name)
    return path.read_text(encoding="utf-8")


def _run_file(path: Path, values: Mapping[str, Any]) -> RunFile:
    is_tasks = "tasks" in values
    figures = values["metrics"] if is_tasks else values["systems"][0]["metrics"]
    run = _run(values["facts"], _numbers({name: one["mean"] for name, one in figures.items()}), values.get("gate"))
    intervals = {name: (float(one["low"]), float(one["high"])) for name, one in figures.items()}
    labels = {str(name): str(label) for name, label in values.get("labels", {}).items()}
    missed = _missed_tasks(values["tasks"]) if is_tasks else _missed_questions(values)
    return RunFile(path, run, labels, intervals, tuple(missed))


def _run(facts: Mapping[str, Any], metrics: Mapping[str, float], gate: Mapping[str, Any] | None) -> Run:
    when = facts["measured at"]
    if not _WHEN.fullmatch(when):
        raise ValueError(when)
    noun: Literal["question", "task"] = "question" if "questions" in facts else "task"
    bars = {**_numbers(gate["at_least"]), **_numbers(gate["always"])} if gate else {}
    red = _words(gate["red"]) if gate else None
    return Run(
        when=when,
        set=str(facts["set"]),
        split=str(facts.get("split", "all")),
        suite=str(facts["suite"]),
        model=str(facts["model"]),
        count=int(facts[f"{noun}s"]),
        noun=noun,
        metrics=metrics,
        bars=bars,
        strict=frozenset(gate["always"]) if gate else frozenset(),
        red=red,
    )


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    numbers = {str(name): float(value) for name, value in values.items()}
    if not all(map(math.isfinite, numbers.values())):
        raise ValueError("a figure that is not a number")
    return numbers


def _words(values: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(values)
    return tuple(map(str, values))


def _missed_questions(values: Mapping[str, Any]) -> Iterator[Missed]:
    missing = values.get("missing", {})
    for question in values["questions"]:
        if found := missing.get(question["id"]):
            yield Missed(str(question["question"]), _words(found), ", ".join(_words(question["right_pages"])))


def _missed_tasks(tasks: Sequence[Mapping[str, Any]]) -> Iterator[Missed]:
    for task in tasks:
        if task["faults"]:
            yield Missed(" / ".join(_words(task["messages"])), _words(task["faults"]), "")
