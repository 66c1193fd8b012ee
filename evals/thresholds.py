"""The gate that allows for noise: thresholds beside the data, an interval around each mean, a stored baseline."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from errors import StudyError
from evals.bootstrap import CONFIDENCE, RESAMPLES, SEED, Interval, change_interval, mean_interval
from evals.metrics import metric, values_of
from evals.outcome import Outcome

Scores = Mapping[str, Mapping[str, float]]
"""Metric -> question id -> score."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a run must reach."""

    at_least: Mapping[str, float]
    """The mean must reach this, and is forgiven as far as its interval does."""
    always: Mapping[str, float]
    """The mean must reach this itself: what holds for every question or not at all."""
    questions: tuple[str, ...] = ()
    """The fixed subset that is asked; all when empty."""
    confidence: float = CONFIDENCE
    resamples: int = RESAMPLES
    seed: int = SEED
    baseline: Scores = field(default_factory=dict)
    """The scores of the last accepted run."""

    def scores_of(self, outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
        """What a baseline stores of a run: the scores of the metrics that have a bar."""
        names = dict.fromkeys((*self.at_least, *self.always))
        return {
            name: {question: round(value, 4) for question, value in sorted(values.items())}
            for name in names
            if (values := values_of(outcomes, name))
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """One metric at the gate."""

    metric: str
    value: Interval | None
    """None when no question has the metric."""
    bar: float | None
    change: Interval | None
    """Against the baseline, over the questions that both have."""
    fault: str
    """Why it is red, in one sentence; empty when it is green."""


def load_thresholds(path: Path, *, baseline: bool = True) -> Thresholds:
    """The thresholds of a TOML file, with the `baseline` in the JSON file of the same name if there is one.

    Raises:
        StudyError: the file cannot be read, or names a metric that does not exist.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        accepted = load_scores(path.with_suffix(".json")) if baseline else {}
    except (OSError, ValueError) as fault:
        raise StudyError(f"{path.name} cannot be read: {fault}.", hint="Check the file's TOML.") from fault
    bars = {section: {str(k): float(v) for k, v in data.get(section, {}).items()} for section in ("at_least", "always")}
    for name in (*bars["at_least"], *bars["always"], *accepted):
        metric(name)
    gate: dict[str, Any] = data.get("gate", {})
    return Thresholds(
        at_least=bars["at_least"],
        always=bars["always"],
        questions=tuple(gate.get("questions", ())),
        confidence=float(gate.get("confidence", CONFIDENCE)),
        resamples=int(gate.get("resamples", RESAMPLES)),
        seed=int(gate.get("seed", SEED)),
        baseline=accepted,
    )


def judge(outcomes: Sequence[Outcome], thresholds: Thresholds) -> list[Verdict]:
    """A verdict for every metric that has a bar or a baseline, and one on turns that ended in an error."""
    names = list(dict.fromkeys((*thresholds.at_least, *thresholds.always, *thresholds.baseline)))
    verdicts = [_judge_metric(name, values_of(outcomes, name), thresholds) for name in names]
    failed = sum(bool(outcome.error) for outcome in outcomes)
    if failed:
        verdicts.append(Verdict("errors", None, None, None, f"{failed} of {len(outcomes)} questions ended in an error"))
    return verdicts


def faults(verdicts: Sequence[Verdict]) -> list[str]:
    """The sentences of the red ones; empty when the gate is green."""
    return [verdict.fault for verdict in verdicts if verdict.fault]


def load_scores(path: Path) -> dict[str, Any]:
    """The stored scores of a JSON file; none when there is no file.

    Raises:
        StudyError: the file cannot be read.
    """
    if not path.is_file():
        return {}
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise StudyError(f"{path.name} cannot be read: {fault}.", hint="Accept a run again.") from fault
    return values


def save_scores(path: Path, scores: Mapping[str, Any]) -> None:
    """Store scores as the ones that later runs are compared with."""
    path.write_text(json.dumps(scores, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def _judge_metric(name: str, values: Mapping[str, float], thresholds: Thresholds) -> Verdict:
    label = metric(name).label
    bar = thresholds.always.get(name, thresholds.at_least.get(name))
    if not values:
        return Verdict(name, None, bar, None, f"{label}: nothing was measured")
    options: dict[str, Any] = {
        "confidence": thresholds.confidence,
        "resamples": thresholds.resamples,
        "seed": thresholds.seed,
    }
    value = mean_interval(list(values.values()), **options)
    change = change_interval(thresholds.baseline.get(name, {}), values, **options)
    fault = ""
    if name in thresholds.always and value.mean < thresholds.always[name]:
        fault = f"{label}: {value.mean:.1%}, must be {thresholds.always[name]:.0%} without allowance"
    elif name in thresholds.at_least and value.high < thresholds.at_least[name]:
        fault = f"{label}: {value.mean:.1%} (at most {value.high:.1%}), the bar is {thresholds.at_least[name]:.0%}"
    elif change is not None and change.high < 0:
        fault = f"{label}: {change.mean:+.1%} against the baseline (at best {change.high:+.1%})"
    return Verdict(name, value, bar, change, fault)
