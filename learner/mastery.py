"""How well a topic is known now, from graded answers alone. Pure; the time is given from outside.

Mastery is a weighted mean over the items of a topic that were answered: each counts with its newest outcome times the
probability that it is still recalled (FSRS), harder items count more, and few items or items of one kind of thinking
cannot reach the threshold. Nothing here is a claim of a published model: the weights are ours, stated here, and held
to a simulation of learners (`evals/simulation.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from curriculum.model import TopicId
from learner.quiz import CONFIDENCES
from learner.schedule import DEFAULT_RETENTION, CardState, replay, require_utc, retrievability
from learner.values import Evidence

THRESHOLD = 0.7
"""From this mastery on, and with `FULL_ITEMS` different items, a topic's quiz counts as mastered."""
FULL_ITEMS = 5
"""Different items from which on their number limits nothing. Fewer count in proportion, and never as mastered: one
lucky guess among four choices at each of five items has a chance of 1 in 1024."""
DIFFICULTY_WEIGHTS = {"easy": 1.0, "medium": 1.5, "hard": 2.0}
HIGHER_THINKING = frozenset({"apply", "analyze", "evaluate", "create"})
_ROUNDING = 1e-9
ONE_BAND = 0.85
"""Factor for a topic whose answers are all of one band: all recall and understanding, or all application and above."""


@dataclass(frozen=True, slots=True)
class Mastery:
    """How well a topic is known at a moment."""

    topic_id: TopicId
    value: float
    """0 to 1: the strength, less where few items or one kind of thinking were shown."""
    strength: float
    """0 to 1: weighted mean of outcome times recall over the items that were answered."""
    item_count: int
    """Different items answered."""
    mean_outcome: float
    mean_recall: float
    """Mean probability that the items are still recalled."""
    has_both_bands: bool
    """Whether both recall and application were shown."""
    evidence_keys: tuple[str, ...]
    """The newest answer to each item."""

    @property
    def is_mastered(self) -> bool:
        """Whether it reaches the threshold with enough items."""
        return self.item_count >= FULL_ITEMS and self.value >= THRESHOLD - _ROUNDING


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Answers of one confidence beside how often they were right."""

    confidence: str
    stated: float
    """What that confidence says, 0 to 1."""
    observed: float
    """Mean outcome, 0 to 1."""
    count: int


def masteries(
    evidence: Iterable[Evidence],
    topic_ids: Iterable[TopicId],
    *,
    at: datetime,
    desired_retention: float = DEFAULT_RETENTION,
) -> dict[TopicId, Mastery]:
    """Topic to its mastery at that time (UTC), by what was answered until then; 0 for a topic without answers."""
    require_utc(at)
    before = [one for one in evidence if one.at <= at]
    newest = {act.item_id: (act, card) for act, card in replay(before, desired_retention=desired_retention)}
    return {
        topic_id: mastery_of(topic_id, [pair for pair in newest.values() if topic_id in pair[0].topic_ids], at)
        for topic_id in topic_ids
    }


def mastery_of(topic_id: TopicId, newest: Sequence[tuple[Evidence, CardState]], at: datetime) -> Mastery:
    """The mastery that the newest answers to different items show at a time, each with its item's state after it."""
    if not newest:
        return Mastery(topic_id, 0.0, 0.0, 0, 0.0, 0.0, False, ())
    acts = [act for act, _ in newest]
    weights = [DIFFICULTY_WEIGHTS.get(str(act.details.get("difficulty")), 1.0) for act in acts]
    recalls = [retrievability(card, at) for _, card in newest]
    strength = sum(w * r * act.outcome for w, r, act in zip(weights, recalls, acts, strict=True)) / sum(weights)
    bands = {_is_higher(act) for act in acts}
    cover = min(1.0, len(acts) / FULL_ITEMS) * (1.0 if len(bands) == 2 else ONE_BAND)
    return Mastery(
        topic_id=topic_id,
        value=strength * cover,
        strength=strength,
        item_count=len(acts),
        mean_outcome=sum(act.outcome for act in acts) / len(acts),
        mean_recall=sum(recalls) / len(recalls),
        has_both_bands=len(bands) == 2,
        evidence_keys=tuple(act.key for act in acts),
    )


def _is_higher(act: Evidence) -> bool:
    """Whether it took more than recall and understanding; to say what a program prints is to apply."""
    return act.kind == "prediction" or str(act.details.get("bloom")) in HIGHER_THINKING


def calibration(evidence: Iterable[Evidence]) -> tuple[CalibrationBin, ...]:
    """For each confidence that was stated, how often it was right; lowest confidence first."""
    bins = []
    acts = [one for one in evidence if one.kind == "quiz" and one.withdrawn_at is None]
    for confidence, stated in CONFIDENCES.items():
        outcomes = [act.outcome for act in acts if act.details.get("confidence") == confidence]
        if outcomes:
            bins.append(CalibrationBin(confidence, stated, sum(outcomes) / len(outcomes), len(outcomes)))
    return tuple(bins)
