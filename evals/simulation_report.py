"""Figures of the simulated learners: how near predictions are to the truth, and what the reviews are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.simulation import CHECK_DAYS, Check, Probe, Review, Run, draw_truth, study

FIXED_INTERVALS = (2, 3, 5, 7, 10, 14)
"""Days between two reviews of an item in the ways of studying that ours is compared with."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted recall beside the truth."""

    rmse: float
    """Root mean square error against the true recall of every answered item on `CHECK_DAYS`, 0 to 1."""
    constant_rmse: float
    """The same for always saying the mean true recall: all that a fixed interval can know, and that in hindsight."""
    correlation: float
    probes: int
    review_rmse: float
    """Root mean square error at the reviews, against the true chance of a right answer."""
    calibration_error: float
    """Mean distance of predicted recall from the observed share at the reviews, in ten bins, weighted by their size."""
    mean_predicted: float
    mean_right: float
    """Share of right answers at review; the schedule aims at 0.9."""
    reviews: int


@dataclass(frozen=True, slots=True)
class MasteryError:
    """Estimated mastery beside the truth, over learners and topics, on one day."""

    day: int
    rmse: float
    bias: float
    """Mean of estimate less truth."""
    correlation: float
    newest_rmse: float
    """RMSE of the mean of the newest outcomes, which does not decay."""
    newest_bias: float


@dataclass(frozen=True, slots=True)
class Way:
    """What one way of studying cost and gave."""

    name: str
    answers: float
    """Mean number of answers of a learner."""
    final_recall: float
    """Mean recall over all items on the last day, 0 to 1."""
    weakest_tenth: float
    """Mean final recall of the tenth of the learners who retained least."""


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """All figures of a run."""

    learners: int
    days: int
    seed: int
    prediction: Prediction
    mastery: tuple[MasteryError, ...]
    ours: Way
    fixed: tuple[Way, ...]

    @property
    def fixed_at_equal_cost(self) -> float:
        """Final recall of fixed intervals with as many answers as ours, between the two nearest of them."""
        points = sorted((way.answers, way.final_recall) for way in self.fixed)
        return float(np.interp(self.ours.answers, [answers for answers, _ in points], [recall for _, recall in points]))


def simulate(*, learners: int = 200, days: int = 60, seed: int = 7) -> SimulationResult:
    """The figures of so many learners over so many days."""
    truths = [draw_truth(np.random.default_rng([seed, number]), days) for number in range(learners)]
    ours = [study(truth, days, [seed, number, 1]) for number, truth in enumerate(truths)]
    fixed = [
        _way(
            f"every {interval} days",
            [study(truth, days, [seed, number, 2], interval) for number, truth in enumerate(truths)],
        )
        for interval in FIXED_INTERVALS
    ]
    checks = [check for run in ours for check in run.checks]
    return SimulationResult(
        learners,
        days,
        seed,
        _prediction(
            [probe for run in ours for probe in run.probes], [review for run in ours for review in run.reviews]
        ),
        tuple(_mastery(day, [check for check in checks if check.day == day]) for day in CHECK_DAYS if day <= days),
        _way("our schedule", ours),
        tuple(fixed),
    )


def _prediction(probes: Sequence[Probe], reviews: Sequence[Review]) -> Prediction:
    expected, recall = (np.array([getattr(probe, name) for probe in probes]) for name in ("predicted", "true"))
    predicted = np.array([review.predicted for review in reviews])
    true = np.array([review.true for review in reviews])
    right = np.array([review.is_right for review in reviews], dtype=float)
    bins = np.minimum((predicted * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(predicted[bins == one].mean() - right[bins == one].mean()) * (bins == one).mean() for one in np.unique(bins)
    ]
    return Prediction(
        rmse=_rms(expected - recall),
        constant_rmse=float(recall.std()),
        correlation=float(np.corrcoef(expected, recall)[0, 1]),
        probes=len(probes),
        review_rmse=_rms(predicted - true),
        calibration_error=float(sum(gaps)),
        mean_predicted=float(predicted.mean()),
        mean_right=float(right.mean()),
        reviews=len(reviews),
    )


def _mastery(day: int, checks: Sequence[Check]) -> MasteryError:
    estimated, newest, true = (
        np.array([getattr(check, name) for check in checks]) for name in ("estimated", "newest_mean", "true")
    )
    return MasteryError(
        day=day,
        rmse=_rms(estimated - true),
        bias=float((estimated - true).mean()),
        correlation=float(np.corrcoef(estimated, true)[0, 1]),
        newest_rmse=_rms(newest - true),
        newest_bias=float((newest - true).mean()),
    )


def _way(name: str, runs: Sequence[Run]) -> Way:
    recalls = np.sort([run.final_recall for run in runs])
    return Way(
        name=name,
        answers=float(np.mean([run.answers for run in runs])),
        final_recall=float(recalls.mean()),
        weakest_tenth=float(recalls[: max(1, len(recalls) // 10)].mean()),
    )


def _rms(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def lines_of(result: SimulationResult) -> list[str]:
    """The figures as lines of text."""
    told, ours = result.prediction, result.ours
    lines = [
        f"{result.learners} learners, {result.days} days, seed {result.seed}",
        f"Predicted recall of {told.probes} items on days {', '.join(map(str, CHECK_DAYS))}: RMSE {told.rmse:.3f} "
        f"(always the mean: {told.constant_rmse:.3f}), correlation {told.correlation:.2f}",
        f"At {told.reviews} reviews: RMSE {told.review_rmse:.3f}, calibration error {told.calibration_error:.3f}, "
        f"predicted {told.mean_predicted:.3f}, right {told.mean_right:.3f}",
    ]
    lines += [
        f"Mastery on day {one.day}: RMSE {one.rmse:.3f}, bias {one.bias:+.3f}, correlation {one.correlation:.2f} "
        f"(mean of newest outcomes: RMSE {one.newest_rmse:.3f}, bias {one.newest_bias:+.3f})"
        for one in result.mastery
    ]
    lines += [
        f"{way.name}: {way.answers:.0f} answers, recall at the end {way.final_recall:.3f}, "
        f"weakest tenth {way.weakest_tenth:.3f}"
        for way in (ours, *result.fixed)
    ]
    lines.append(f"Fixed intervals at {ours.answers:.0f} answers: recall {result.fixed_at_equal_cost:.3f}")
    return lines
