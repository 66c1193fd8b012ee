"""Simulated learners with a forgetting of their own, who study by our schedule or at fixed intervals.

The truth is not FSRS: recall falls by a power law whose exponent differs from learner to learner (0.2 to 1, FSRS-6 has
0.154), stability grows by a factor of the learner's own and by how hard recalling was, a miss keeps a share of it, and
some right answers are guesses. One in four learners stops half-way, as people do. Everything follows from the seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from curriculum.model import TopicId
from learner.mastery import DIFFICULTY_WEIGHTS, FULL_ITEMS, masteries
from learner.schedule import card_states, retrievability
from learner.values import Evidence

START = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
TOPICS, ITEMS_A_TOPIC = 5, 12
NEW_A_DAY = 4
"""Items that are asked for the first time on a day, until all are known."""
GUESS = 0.1
"""Chance to be right without recall."""
STOPPING_SHARE = 0.25
CHECK_DAYS = (20, 40, 60)
"""When mastery is compared with the truth."""
_DIFFICULTIES = ("easy", "medium", "hard")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one learner; items are numbered topic by topic."""

    exponent: float
    """How fast recall falls once it falls."""
    gain: float
    """Growth of stability by a recall at once after learning, as a share."""
    kept: float
    """Share of the stability that a miss leaves."""
    first_days: np.ndarray
    """(items,): stability in days after the first answer."""
    known_before: np.ndarray
    """(items,): chance to know the item before it was asked."""
    stops_on: int
    """Day from which the learner does nothing."""


@dataclass(frozen=True, slots=True)
class Review:
    """One answer to an item that had been answered before."""

    predicted: float
    """Recall that the schedule expected, 0 to 1; not a number at fixed intervals, which expect nothing."""
    true: float
    """Chance of a right answer, 0 to 1."""
    is_right: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """Recall of one answered item on a day of no particular meaning to it."""

    predicted: float
    true: float


@dataclass(frozen=True, slots=True)
class Check:
    """Mastery of a topic on one day."""

    day: int
    estimated: float
    newest_mean: float
    """Mean of the newest outcomes, fewer than five items in proportion: what forgets nothing would say."""
    true: float
    """Mean recall over all items of the topic, harder ones counting more as in our mastery."""


@dataclass(slots=True)
class Run:
    """What one learner did in one way of studying."""

    reviews: list[Review] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    """Every answered item on each of `CHECK_DAYS`."""
    answers: int = 0
    final_recall: float = 0.0
    """Mean recall over all items on the last day."""


def draw_truth(generator: np.random.Generator, days: int) -> Truth:
    """A learner."""
    items = TOPICS * ITEMS_A_TOPIC
    ease = np.array([(1.5, 1.0, 0.6)[number % 3] for number in range(items)])
    topic_talent = np.repeat(generator.lognormal(0.0, 0.4, TOPICS), ITEMS_A_TOPIC)
    base = generator.lognormal(np.log(2.0), 0.6)
    stops = generator.random() < STOPPING_SHARE
    return Truth(
        exponent=float(generator.uniform(0.2, 1.0)),
        gain=float(generator.lognormal(np.log(1.0), 0.3)),
        kept=float(generator.uniform(0.2, 0.5)),
        first_days=base * ease * topic_talent * generator.lognormal(0.0, 0.3, items),
        known_before=np.clip(generator.beta(2, 4) * ease * topic_talent, 0.02, 0.95),
        stops_on=days // 2 if stops else days,
    )


class Memory:
    """What a learner's memory truly holds of each item."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._stability = truth.first_days.copy()
        self._last = np.full(len(truth.first_days), -1.0)

    def recall(self, day: float) -> np.ndarray:
        """(items,), 0 to 1: chance that each is recalled on that day."""
        d = self._truth.exponent
        factor = 0.9 ** (-1 / d) - 1
        elapsed = np.maximum(day - self._last, 0.0)
        recalled = (1 + factor * elapsed / self._stability) ** -d
        return np.where(self._last < 0, self._truth.known_before, recalled)

    def answer(self, item: int, day: float, *, recalled: bool) -> None:
        """Learn from an answer and its explanation."""
        chance = float(self.recall(day)[item])
        if self._last[item] >= 0 and recalled:
            self._stability[item] *= 1 + self._truth.gain * (1 + 4 * (1 - chance))
        elif self._last[item] >= 0:
            self._stability[item] = max(0.5, self._stability[item] * self._truth.kept)
        elif recalled:
            self._stability[item] *= 3
        self._last[item] = day


def study(truth: Truth, days: int, seed: Sequence[int], interval_days: float | None = None) -> Run:
    """What a learner does in so many days: by our schedule, or with each item every `interval_days`."""
    generator = np.random.default_rng(seed)
    memory, run = Memory(truth), Run()
    acts: dict[int, list[Evidence]] = {}
    due: dict[int, float] = {}
    order = [topic * ITEMS_A_TOPIC + place for place in range(ITEMS_A_TOPIC) for topic in range(TOPICS)]
    for day in range(days):
        if day < truth.stops_on:
            new = [item for item in order if item not in acts][:NEW_A_DAY]
            for item in [*(one for one in sorted(due) if due[one] <= day), *new]:
                _answer(item, day, memory, acts, run, generator, with_prediction=interval_days is None)
                due[item] = _due_day(acts[item]) if interval_days is None else day + interval_days
        if interval_days is None and day + 1 in CHECK_DAYS:
            run.checks += _checks(day + 1, acts, memory)
            run.probes += _probes(day + 1, acts, memory)
    run.final_recall = float(memory.recall(days).mean())
    return run


def _answer(
    item: int,
    day: int,
    memory: Memory,
    acts: dict[int, list[Evidence]],
    run: Run,
    generator: np.random.Generator,
    *,
    with_prediction: bool,
) -> None:
    chance = float(memory.recall(day)[item])
    recalled = bool(generator.random() < chance)
    is_right = recalled or bool(generator.random() < GUESS)
    at = START + day * _DAY
    before = acts.setdefault(item, [])
    if before:
        predicted = retrievability(card_states(before)[str(item)], at) if with_prediction else float("nan")
        run.reviews.append(Review(predicted, chance + (1 - chance) * GUESS, is_right))
    before.append(_evidence(item, at, is_right))
    memory.answer(item, day, recalled=recalled)
    run.answers += 1


def _evidence(item: int, at: datetime, is_right: bool) -> Evidence:
    return Evidence(
        key=f"{item} {at:%j}",
        kind="quiz",
        item_id=str(item),
        topic_ids=(f"topic-{item // ITEMS_A_TOPIC}",),
        outcome=float(is_right),
        given="",
        expected="",
        at=at,
        details={"difficulty": _DIFFICULTIES[item % 3], "bloom": ("understand", "apply")[item // 3 % 2]},
    )


def _due_day(acts: Sequence[Evidence]) -> float:
    """The day of a schedule; what is due within the day is met at the next session."""
    return (card_states(acts)[acts[-1].item_id].due_at - START) / _DAY


def _probes(day: int, acts: Mapping[int, Sequence[Evidence]], memory: Memory) -> list[Probe]:
    recall, at = memory.recall(day), START + day * _DAY
    return [Probe(retrievability(card_states(some)[str(item)], at), float(recall[item])) for item, some in acts.items()]


def _checks(day: int, acts: Mapping[int, Sequence[Evidence]], memory: Memory) -> list[Check]:
    """Each topic's mastery by what was answered, beside what is true."""
    recall, every = memory.recall(day), [act for some in acts.values() for act in some]
    topics = [TopicId(f"topic-{topic}") for topic in range(TOPICS)]
    found = masteries(every, topics, at=START + day * _DAY)
    checks = []
    for topic, topic_id in enumerate(topics):
        items = np.arange(topic * ITEMS_A_TOPIC, (topic + 1) * ITEMS_A_TOPIC)
        weights = [DIFFICULTY_WEIGHTS[_DIFFICULTIES[item % 3]] for item in items]
        newest = [acts[item][-1].outcome for item in items.tolist() if item in acts]
        mean = sum(newest) / max(len(newest), FULL_ITEMS)
        true = float(np.average(recall[items], weights=weights))
        checks.append(Check(day, found[topic_id].value, mean, true))
    return checks
