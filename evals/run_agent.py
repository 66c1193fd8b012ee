"""The agent's part of a run: the scripted tasks, followed turn by turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.agent_tasks import AgentTask, load_tasks
from evals.bootstrap import Interval, mean_interval
from evals.trajectories import TaskOutcome, run_tasks

if TYPE_CHECKING:
    from rich.console import Console

    from evals.assistant import OpenAssistant

SCORES = ("tool_choice", "no_needless_calls", "stops", "answer_holds")


def agent_tasks(split: str | None, limit: int | None = None) -> list[AgentTask]:
    """The tasks of the split, or an even share of them.

    Raises:
        StudyError: the file has faults.
    """
    tasks = [task for task in load_tasks() if split in (None, task.split)]
    if limit and limit < len(tasks):
        return [tasks[place * len(tasks) // limit] for place in range(limit)]
    return tasks


def follow_tasks(tasks: Sequence[AgentTask], assistant: OpenAssistant, console: Console) -> list[TaskOutcome]:
    """Every task asked once, told as it comes."""
    total = len(tasks)
    count = 0

    def tell(outcome: TaskOutcome) -> None:
        nonlocal count
        count += 1
        said = "; ".join(outcome.faults) or "ok"
        line = f"{count}/{total} {outcome.seconds:5.2f} s  {outcome.task.id}: {said}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    return run_tasks(tasks, assistant.follow, done=tell)


def intervals_of(outcomes: Sequence[TaskOutcome]) -> dict[str, Interval]:
    """Each score's mean with its interval."""
    values = {name: [found.scores[name] for found in outcomes if name in found.scores] for name in SCORES}
    return {name: mean_interval(found) for name, found in values.items() if found}


def write_tasks(path: Path, outcomes: Sequence[TaskOutcome], facts: dict[str, Any]) -> None:
    """Write figures and trajectories as JSON, a page beside it, and a line for the trend of later runs."""
    from evals.task_report import task_report

    intervals = intervals_of(outcomes)
    figures = {
        name: {"mean": found.mean, "low": found.low, "high": found.high, "count": found.count}
        for name, found in intervals.items()
    }
    values = {"facts": facts, "metrics": figures, "tasks": [outcome.to_dict() for outcome in outcomes]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path.with_suffix(".html").write_text(task_report(outcomes, intervals, facts), encoding="utf-8")
    means = {name: round(found.mean, 4) for name, found in intervals.items()}
    with (path.parent / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write(json.dumps({**facts, "file": path.stem, "metrics": means}) + "\n")
