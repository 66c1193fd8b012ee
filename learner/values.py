"""What the learner did, as frozen values. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

EvidenceKind = Literal["prediction", "quiz", "notebook", "project", "by-hand"]
"""What was asked of the learner: to say what a program prints before it runs, to answer a question, to solve a
notebook's exercises, to build a project; or nothing, and they ticked a box by hand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One thing the learner did that shows what they know. It is never changed; it can be withdrawn."""

    key: str
    """Names the act, not the row: recording the same act twice keeps one."""
    kind: EvidenceKind
    item_id: str
    """What it is about: the id of a prediction or question, the name of a notebook, the folder or number of a
    project, the box (or the topic without one) that was ticked by hand."""
    topic_ids: tuple[str, ...] = ()
    paper_ids: tuple[str, ...] = ()
    outcome: float
    """From 0 (not at all) to 1 (right)."""
    given: str
    """What the learner answered, in their words."""
    expected: str
    conversation_id: str = ""
    at: datetime
    """When the learner answered (UTC)."""
    details: dict[str, Any] = field(default_factory=dict)
    """More plain values, such as the verdict; only what JSON can hold."""
    withdrawn_at: datetime | None = None
    """When it was withdrawn (UTC); None while it counts. The store sets it."""

    def __post_init__(self) -> None:
        """Refuse what could not be read back.

        Raises:
            ValueError: a key or item is missing, the outcome is not in 0..1, or the time is not in UTC.
        """
        if not self.key or not self.item_id:
            raise ValueError("evidence needs a key and an item")
        if not 0.0 <= self.outcome <= 1.0:
            raise ValueError(f"an outcome is from 0 to 1, not {self.outcome}")
        if self.at.utcoffset() != timedelta(0):
            raise ValueError(f"the time of evidence is in UTC, not {self.at.isoformat()}")
