"""When the learner worked: days, streak, reviews a day and time spent, in their own time zone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from learner.schedule import SCHEDULED_KINDS
from learner.values import Evidence

GRADED_KINDS = SCHEDULED_KINDS | {"notebook", "project"}
"""What makes a day one of work; a box ticked by hand does not."""
LONGEST_ANSWER_SECONDS = 600.0
"""Of one answer no more is counted as time spent: a page left open overnight is not study."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on one day of the learner's calendar."""

    day: date
    acts: int
    """Graded acts of every kind."""
    reviews: int
    """Answers to items that had been answered before."""
    seconds: float
    """Time spent on answers, as far as it was measured."""


@dataclass(frozen=True, slots=True)
class Activity:
    """The days with graded work."""

    days: tuple[Day, ...]
    """Only days with work, oldest first."""
    streak: int
    """Days of work without a gap up to today, or up to yesterday while today is still open."""
    longest_streak: int

    @property
    def seconds(self) -> float:
        """Time spent on answers on all days."""
        return sum(day.seconds for day in self.days)


def activity(evidence: Iterable[Evidence], *, at: datetime, zone: tzinfo) -> Activity:
    """The learner's days of work until `at`, as their calendar has them; withdrawn acts do not count."""
    acts = sorted(
        (one for one in evidence if one.kind in GRADED_KINDS and one.withdrawn_at is None and one.at <= at),
        key=lambda one: (one.at, one.key),
    )
    counts: Counter[date] = Counter()
    reviews: Counter[date] = Counter()
    seconds: dict[date, float] = {}
    seen: set[tuple[str, str]] = set()
    for act in acts:
        day, item = act.at.astimezone(zone).date(), (act.kind, act.item_id)
        counts[day] += 1
        reviews[day] += act.kind in SCHEDULED_KINDS and item in seen
        seconds[day] = seconds.get(day, 0.0) + _seconds_of(act)
        seen.add(item)
    days = tuple(Day(day, counts[day], reviews[day], seconds[day]) for day in sorted(counts))
    runs = _runs([one.day for one in days])
    today = at.astimezone(zone).date()
    is_going_on = bool(days) and days[-1].day >= today - timedelta(days=1)
    return Activity(days, runs[-1] if is_going_on else 0, max(runs, default=0))


def _seconds_of(act: Evidence) -> float:
    measured = act.details.get("seconds")
    return min(max(0.0, float(measured)), LONGEST_ANSWER_SECONDS) if isinstance(measured, int | float) else 0.0


def _runs(days: list[date]) -> list[int]:
    """Lengths of the runs of days without a gap, oldest first."""
    runs: list[int] = []
    for place, day in enumerate(days):
        if place and day - days[place - 1] == timedelta(days=1):
            runs[-1] += 1
        else:
            runs.append(1)
    return runs
