"""How high the right page stands among the found passages."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from evals.questions import PageReference


def first_right_rank(found: Sequence[PageReference], right: Collection[PageReference]) -> int | None:
    """The 1-based place of the first right page; None when none was found."""
    for rank, page in enumerate(found, start=1):
        if page in right:
            return rank
    return None


def hit_share(ranks: Sequence[int | None], depth: int) -> float:
    """The share of questions, 0 to 1, whose right page is among the first `depth`; 0 without questions."""
    return sum(rank is not None and rank <= depth for rank in ranks) / len(ranks) if ranks else 0.0


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """The mean of 1/rank, 0 to 1, a page not found counting 0; 0 without questions."""
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks) if ranks else 0.0
