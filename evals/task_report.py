"""The page of the scripted tasks: figures, a plot, and every turn with its calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from evals.bootstrap import Interval
from evals.html_report import page_of, table_of
from evals.metrics import METRICS
from evals.plots import bar_chart
from evals.trajectories import TaskOutcome, Turn


def task_report(outcomes: Sequence[TaskOutcome], intervals: Mapping[str, Interval], facts: Mapping[str, Any]) -> str:
    """The whole page; tasks with a fault come first."""
    rows = [
        [escape(METRICS[name].label), f"{value.mean:.1%} ({value.low:.1%} to {value.high:.1%}, {value.count})"]
        for name, value in intervals.items()
    ]
    bars = [(METRICS[name].label, [value]) for name, value in intervals.items()]
    faulty = [outcome for outcome in outcomes if outcome.faults]
    others = [outcome for outcome in outcomes if not outcome.faults]
    sections = [
        f"<h2>Figures</h2>{table_of(['metric', 'mean'], rows)}{bar_chart(bars, 'All metrics')}",
        f"<h2>Tasks with a fault ({len(faulty)})</h2>",
        *map(_task, faulty),
        f"<h2>Other tasks ({len(others)})</h2>",
        *map(_task, others),
    ]
    return page_of("Scripted tasks", facts, sections)


def _task(outcome: TaskOutcome) -> str:
    task = outcome.task
    css = " class='missed'" if outcome.faults else ""
    wanted = "; then ".join(" or ".join(group) for group in task.calls) or "no tool"
    return "".join(
        [
            f"<details{css}><summary>{escape(task.messages[0])} <span class='id'>{escape(task.id)}, "
            f"{escape(task.about)}, {escape(task.split)}</span></summary>",
            f"<p><b>Wanted:</b> {escape(wanted)}</p>",
            *[f"<p class='down'>{escape(fault)}</p>" for fault in outcome.faults],
            *[_turn(message, turn) for message, turn in zip(task.messages, outcome.turns, strict=False)],
            "</details>",
        ]
    )


def _turn(message: str, turn: Turn) -> str:
    calls = "".join(f"<li>{escape(name)} {escape(arguments)}</li>" for name, arguments in turn.calls)
    listed = f"<ul class='claims'>{calls}</ul>" if calls else "<p class='verdict'>no call</p>"
    said = f"<blockquote>{escape(turn.text)}</blockquote>" if turn.text else ""
    return f"<p><b>{escape(message)}</b> <span class='verdict'>{escape(turn.ending)}</span></p>{listed}{said}"
