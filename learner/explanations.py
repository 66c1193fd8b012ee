"""Whether an explanation helped: how the next answer went after a missed one, with an explanation and without. Pure.

The comparison shows what went together, not what caused what: who asks for an explanation may be another learner, or on
another day, than who does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from learner.grading import RIGHT_OUTCOME
from learner.values import Evidence

Explanation = Literal["why-wrong", "page"]
"""What was shown: why the answer was wrong, or the page of the source."""
EXPLANATIONS: tuple[Explanation, ...] = ("why-wrong", "page")


@dataclass(frozen=True, slots=True)
class NextAnswers:
    """The next answers of a topic after a missed one."""

    right_count: int
    count: int

    @property
    def share(self) -> float | None:
        """Share that was right, 0 to 1; None without answers."""
        return self.right_count / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class ExplanationEffect:
    """Next answers after an explanation beside those without one."""

    explained: NextAnswers
    unexplained: NextAnswers


def next_correctness(evidence: Iterable[Evidence]) -> ExplanationEffect:
    """How often the answer after a missed one of the same topic was right.

    The topic of an answer is its first. An answer counts as explained when it says that an explanation was shown
    between it and the one before (`details["explained"]`).
    """
    acts = sorted(
        (one for one in evidence if one.kind == "quiz" and one.withdrawn_at is None and one.topic_ids),
        key=lambda one: (one.at, one.key),
    )
    before: dict[str, Evidence] = {}
    following: list[Evidence] = []
    for act in acts:
        last = before.get(act.topic_ids[0])
        if last is not None and last.outcome < RIGHT_OUTCOME:
            following.append(act)
        before[act.topic_ids[0]] = act
    return ExplanationEffect(
        explained=_counted([act for act in following if act.details.get("explained")]),
        unexplained=_counted([act for act in following if not act.details.get("explained")]),
    )


def _counted(acts: Sequence[Evidence]) -> NextAnswers:
    return NextAnswers(sum(act.outcome >= RIGHT_OUTCOME for act in acts), len(acts))
