"""What a part counted, and whether that keeps its promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["met", "missed", "unfinished", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One promise, and how often it was tried and broken."""

    what: str
    """The promise as one phrase."""
    tried: int
    failed: int
    asked: int
    """Tries that the promise speaks of; the short form may make fewer."""
    bar: int = 0
    """Most failures with which the promise is kept."""
    note: str = ""
    """What else should be known, as a sentence."""

    def state(self, *, short: bool) -> State:
        """Whether the promise is kept; never "met" by what was not tried."""
        if self.failed > self.bar:
            return "missed"
        if self.tried == 0:
            return "not measured"
        if self.tried < self.asked and not short:
            return "unfinished"
        return "met"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """The counts of one part."""

    counts: tuple[Count, ...]
    seconds: float
    """In all, pieces of an interrupted run together."""
    measured_at: str
    """When it ended, "2026-11-26 05:10 UTC"."""
    seed: int
    short: bool

    @property
    def states(self) -> tuple[State, ...]:
        """One for each count."""
        return tuple(count.state(short=self.short) for count in self.counts)

    @property
    def is_met(self) -> bool:
        """True when there is a count and every promise is kept."""
        return bool(self.counts) and set(self.states) == {"met"}

    @property
    def is_finished(self) -> bool:
        """True when running it again would try nothing new."""
        return bool(self.counts) and set(self.states) <= {"met", "missed"}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PartResult:
        """The result that `to_dict` gave."""
        counts: Sequence[dict[str, Any]] = values["counts"]
        return cls(**{**values, "counts": tuple(Count(**count) for count in counts)})
