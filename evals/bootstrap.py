"""How sure a mean is: intervals by drawing the questions again, with a seed, so that a run repeats itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2_000
CONFIDENCE = 0.95
SEED = 20_261_125


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and where it would lie on other questions of the same kind."""

    mean: float
    low: float
    high: float
    count: int


def mean_interval(
    values: Sequence[float], *, confidence: float = CONFIDENCE, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """The mean and its percentile interval over resamples of the values.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values to take a mean of")
    numbers = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(numbers), size=(resamples, len(numbers)))
    means = numbers[drawn].mean(axis=1)
    rest = (1 - confidence) / 2
    low, high = np.quantile(means, [rest, 1 - rest])
    return Interval(float(numbers.mean()), float(low), float(high), len(numbers))


def change_interval(
    before: Mapping[str, float],
    after: Mapping[str, float],
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval | None:
    """The mean change over the questions that both runs have, paired; None when there are none.

    Pairing takes the difficulty of the questions out: 2 of 40 that get worse may be noise, 5 of 40 are a loss.
    """
    shared = sorted(before.keys() & after.keys())
    if not shared:
        return None
    changes = [after[name] - before[name] for name in shared]
    return mean_interval(changes, confidence=confidence, resamples=resamples, seed=seed)
