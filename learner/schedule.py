"""When each item is due again: FSRS over the learner's graded acts. Pure; times are UTC and given from outside.

The schedule is not stored. It follows from the evidence, so an undone answer, an import or another desired retention
changes it without a repair. The algorithm is FSRS-6 of the package `fsrs`
(https://github.com/open-spaced-repetition/py-fsrs; formulas: https://github.com/open-spaced-repetition/fsrs4anki/wiki),
with its default parameters and without fuzz, so that the same acts always give the same days. It has one learning step
where the package has two: what was missed comes again after ten minutes, what was right at first sight on a later day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

from learner.values import Evidence

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

Rating = Literal["again", "hard", "good", "easy"]
RATINGS: tuple[Rating, ...] = ("again", "hard", "good", "easy")
CardStage = Literal["learning", "review", "relearning"]

DEFAULT_RETENTION = 0.9
"""Probability of recall at which an item is due again."""
RETENTIONS = (0.7, 0.97)
"""Least and greatest that can be asked for; near 1 the reviews of a day grow without bound."""
LEECH_LAPSES = 4
"""Forgotten this often, an item is a leech: it needs another explanation, not another review."""
LEARNING_STEPS = (timedelta(minutes=10),)
"""Wait before an item that was missed, or is not yet learned, is asked again."""
SCHEDULED_KINDS = frozenset({"quiz", "prediction"})
GOOD_OUTCOME, HARD_OUTCOME = 0.95, 0.5
"""Least outcomes (0 to 1) that count as recalled, and as recalled in part."""
_CARD_ID = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CardState:
    """What the schedule knows of one item."""

    item_id: str
    topic_ids: tuple[str, ...]
    due_at: datetime
    last_review_at: datetime
    stability_days: float
    """Days after which the probability of recall has fallen to 0.9."""
    difficulty: float
    """From 1 (easy) to 10."""
    stage: CardStage
    review_count: int
    lapse_count: int
    """How often it was forgotten after it had been learned."""
    last_outcome: float
    """Outcome of the newest answer, 0 to 1."""

    @property
    def is_leech(self) -> bool:
        """Whether it was forgotten so often that another review will not help."""
        return self.lapse_count >= LEECH_LAPSES

    def is_due(self, at: datetime) -> bool:
        """Whether it is due at that time."""
        return self.due_at <= at


def ratings_for(outcome: float) -> tuple[Rating, ...]:
    """What a learner may say of an answer: what was wrong was not recalled, however easy it felt.

    A wrong answer can only come `again`, a partly right one at most be `hard`. Who thinks that they were graded wrongly
    grades the answer themselves first.
    """
    if outcome < HARD_OUTCOME:
        return RATINGS[:1]
    return RATINGS[:2] if outcome < GOOD_OUTCOME else RATINGS


def rating_of(act: Evidence) -> Rating:
    """The learner's own rating where they gave one, else what the outcome and their confidence say.

    A wrong answer is `again`; a partly right one, or a right one without confidence or with a hint, is `hard`.
    """
    given = act.details.get("rating")
    if given in RATINGS:
        return next(rating for rating in RATINGS if rating == given)
    if act.outcome < HARD_OUTCOME:
        return "again"
    unsure = act.details.get("confidence") == "low" or bool(act.details.get("hint_used"))
    return "hard" if act.outcome < GOOD_OUTCOME or unsure else "good"


def card_states(evidence: Iterable[Evidence], *, desired_retention: float = DEFAULT_RETENTION) -> dict[str, CardState]:
    """Item id to its state after all acts that count; withdrawn ones do not."""
    return {act.item_id: state for act, state in replay(evidence, desired_retention=desired_retention)}


def replay(
    evidence: Iterable[Evidence], *, desired_retention: float = DEFAULT_RETENTION
) -> Iterator[tuple[Evidence, CardState]]:
    """Each act that counts, oldest first, with the state of its item after it."""
    states: dict[str, CardState] = {}
    cards: dict[str, Card] = {}
    acts = [one for one in evidence if one.kind in SCHEDULED_KINDS and one.withdrawn_at is None]
    for act in sorted(acts, key=lambda one: (one.at, one.key)):
        card, state = _after(cards.get(act.item_id), states.get(act.item_id), act, desired_retention)
        cards[act.item_id], states[act.item_id] = card, state
        yield act, state


def due_cards(states: Mapping[str, CardState], at: datetime) -> list[CardState]:
    """What is due at that time (UTC), the least likely to be recalled first."""
    require_utc(at)
    due = [state for state in states.values() if state.is_due(at)]
    return sorted(due, key=lambda state: (retrievability(state, at), state.item_id))


def due_within(states: Mapping[str, CardState], at: datetime, days: int) -> list[int]:
    """How many items become due on each of the next `days` days; what is overdue counts on the first."""
    require_utc(at)
    counts = [0] * days
    for state in states.values():
        place = max(0, (state.due_at - at) // timedelta(days=1))
        if place < days:
            counts[place] += 1
    return counts


def require_utc(at: datetime) -> None:
    """Refuse a time that is not in UTC, so that no due date moves with a clock's zone.

    Raises:
        ValueError: it is not.
    """
    if at.utcoffset() != timedelta(0):
        raise ValueError(f"a time of the schedule is in UTC, not {at.isoformat()}")


def retrievability(state: CardState, at: datetime) -> float:
    """Probability of recall at that time, in (0, 1]: the power forgetting curve of FSRS-6, in fractions of a day."""
    require_utc(at)
    days = max(0.0, (at - state.last_review_at) / timedelta(days=1))
    decay = -_scheduler(DEFAULT_RETENTION).parameters[20]
    factor = 0.9 ** (1 / decay) - 1
    return float((1 + factor * days / state.stability_days) ** decay)


def next_due(
    evidence: Iterable[Evidence], act: Evidence, *, desired_retention: float = DEFAULT_RETENTION
) -> dict[Rating, datetime]:
    """When the item of `act`, recorded or not, would be due after each rating: for the buttons of a review."""
    acts = [one for one in evidence if one.item_id == act.item_id and one.key != act.key]
    due: dict[Rating, datetime] = {}
    for rating in RATINGS:
        rated = _with_rating(act, rating)
        due[rating] = card_states([*acts, rated], desired_retention=desired_retention)[act.item_id].due_at
    return due


def _with_rating(act: Evidence, rating: Rating) -> Evidence:
    return replace(act, details={**act.details, "rating": rating})


def _after(
    card: Card | None, state: CardState | None, act: Evidence, desired_retention: float
) -> tuple[Card, CardState]:
    from fsrs import Card, Rating

    scheduler = _scheduler(desired_retention)
    at = act.at.astimezone(UTC)
    before = card or Card(card_id=_CARD_ID, due=at)
    rating = rating_of(act)
    after, _ = scheduler.review_card(before, Rating(RATINGS.index(rating) + 1), review_datetime=at)
    forgotten = rating == "again" and state is not None and state.stage == "review"
    stages: dict[int, CardStage] = {1: "learning", 2: "review", 3: "relearning"}
    assert after.stability is not None
    assert after.difficulty is not None
    return after, CardState(
        item_id=act.item_id,
        topic_ids=act.topic_ids,
        due_at=after.due,
        last_review_at=act.at,
        stability_days=after.stability,
        difficulty=after.difficulty,
        stage=stages[int(after.state)],
        review_count=(state.review_count if state else 0) + 1,
        lapse_count=(state.lapse_count if state else 0) + forgotten,
        last_outcome=act.outcome,
    )


@cache
def _scheduler(desired_retention: float) -> Scheduler:
    from fsrs import Scheduler

    least, most = RETENTIONS
    if not least <= desired_retention <= most:
        raise ValueError(f"a desired retention is from {least} to {most}, not {desired_retention}")
    return Scheduler(desired_retention=desired_retention, learning_steps=LEARNING_STEPS, enable_fuzzing=False)
