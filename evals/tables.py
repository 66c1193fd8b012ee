"""The figures of a run as plain values: means with their intervals, in all, by split and by kind, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.answers import percentile
from evals.bootstrap import Interval, change_interval, mean_interval
from evals.metrics import METRICS, measured, values_of
from evals.outcome import Outcome
from evals.thresholds import Scores


@dataclass(frozen=True, slots=True)
class System:
    """What was measured, under its name: a model, or a baseline that only searches."""

    name: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one system over some questions."""

    metric: str
    label: str
    value: Interval
    change: Interval | None
    """Against the stored baseline, over the questions that both have."""


def rows_of(outcomes: Sequence[Outcome], baseline: Scores | None = None) -> list[Row]:
    """A row for each metric that was measured, in the order of the report."""
    rows = []
    for name in measured(outcomes):
        values = values_of(outcomes, name)
        change = change_interval((baseline or {}).get(name, {}), values)
        rows.append(Row(name, METRICS[name].label, mean_interval(list(values.values())), change))
    return rows


def grouped(outcomes: Sequence[Outcome], group: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    """The outcomes by group, groups in the order they first appear."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(group(outcome), []).append(outcome)
    return groups


def seconds_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Median and 95th percentile of seconds, of an answer and of a search."""
    answers = [outcome.seconds for outcome in outcomes if outcome.answer]
    searches = [outcome.search_seconds for outcome in outcomes]
    return {
        "answer_p50": percentile(answers, 0.5),
        "answer_p95": percentile(answers, 0.95),
        "search_p50": percentile(searches, 0.5),
        "search_p95": percentile(searches, 0.95),
    }


def figures_of(system: System, baseline: Scores | None = None) -> dict[str, Any]:
    """All figures of a system as plain values for JSON."""
    outcomes = system.outcomes
    return {
        "system": system.name,
        "questions": len(outcomes),
        "errors": sum(bool(outcome.error) for outcome in outcomes),
        "seconds": seconds_of(outcomes),
        "metrics": _plain(rows_of(outcomes, baseline)),
        "by_split": {name: _plain(rows_of(part)) for name, part in grouped(outcomes, lambda o: o.split).items()},
        "by_kind": {name: _plain(rows_of(part)) for name, part in grouped(outcomes, lambda o: o.kind).items()},
    }


def _plain(rows: Sequence[Row]) -> dict[str, Mapping[str, Any]]:
    return {row.metric: {**asdict(row.value), **({"change": asdict(row.change)} if row.change else {})} for row in rows}
