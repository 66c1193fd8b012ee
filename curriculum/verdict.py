"""Judging the learner's work on a project or a lesson by our checks: `judge`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from curriculum.model import Notebook, Project
from curriculum.notebook_run import TIME_LIMIT_SECONDS as NOTEBOOK_LIMIT_SECONDS
from curriculum.notebook_run import run_learners
from curriculum.notebook_text import notebook_path
from curriculum.project_run import TIME_LIMIT_SECONDS as CHECK_LIMIT_SECONDS
from curriculum.project_run import check_project


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it is shown, of a project or of a lesson."""

    name: str
    title: str
    passed: bool
    message: str
    seconds: float | None
    """None for a lesson's, which are not timed one by one."""
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the learner's work found, ready to be shown and recorded."""

    item: Project | Notebook
    kind: Literal["project", "notebook"]
    name: str
    checks: tuple[Check, ...]
    faults: tuple[str, ...]
    """What else failed in a lesson, a sentence each."""
    seconds: float
    output: str = ""

    @property
    def passed_count(self) -> int:
        """How many checks passed; never all of them when something else failed."""
        passed = sum(check.passed for check in self.checks)
        return max(0, min(passed, len(self.checks) - 1)) if self.faults else passed

    @property
    def passed(self) -> bool:
        """Whether every check passed and nothing else failed."""
        return bool(self.checks) and self.passed_count == len(self.checks)

    def details(self) -> dict[str, Any]:
        """What the record keeps beside the counts: the sentences of what failed, by check."""
        failed = {check.name: check.message for check in self.checks if not check.passed}
        return {"failed": failed, "faults": list(self.faults), "seconds": round(self.seconds, 1)}


def judge(item: Project | Notebook, path: Path, *, time_limit_seconds: float | None = None) -> Verdict:
    """What our checks find in the learner's folder or copy.

    Raises:
        StudyError: there is nothing at `path` that could be checked.
    """
    if isinstance(item, Project):
        found = check_project(item.number, path, time_limit_seconds=time_limit_seconds or CHECK_LIMIT_SECONDS)
        checks = tuple(
            Check(one.name, one.title, one.passed, one.message, one.seconds, one.trace) for one in found.checks
        )
        return Verdict(item, "project", found.name, checks, (), found.seconds, found.output)
    run = run_learners(notebook_path(item.name), path, time_limit_seconds=time_limit_seconds or NOTEBOOK_LIMIT_SECONDS)
    tasks = tuple(Check(f"check-{one.number}", one.title, one.passed, one.message, None) for one in run.checks)
    return Verdict(item, "notebook", item.name, tasks, run.faults, run.seconds)
