"""How high the right pages and spans stand among the found passages."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence

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


def recall_at(found: Sequence[Hashable], right: Collection[Hashable], depth: int) -> float:
    """The share of the right things, 0 to 1, among the first `depth` different ones; 0 when nothing is right."""
    top = set(each_once(found)[:depth])
    wanted = set(right)
    return len(top & wanted) / len(wanted) if wanted else 0.0


def ndcg_at(found: Sequence[Hashable], right: Collection[Hashable], depth: int) -> float:
    """Normalised discounted cumulative gain, 0 to 1, where a thing is right or not.

    A right thing at rank r gains 1 / log2(r + 1); the sum is divided by that of an order with all right ones first.
    A thing that comes twice counts at its first place, and takes no place after that.
    """
    wanted = set(right)
    gain = sum(
        1 / math.log2(rank + 1) for rank, thing in enumerate(each_once(found)[:depth], start=1) if thing in wanted
    )
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(depth, len(wanted)) + 1))
    return gain / best if best else 0.0


def reciprocal_rank(found: Sequence[Hashable], right: Collection[Hashable]) -> float:
    """1 over the rank of the first right thing, each thing taking one place; 0 when there is none."""
    wanted = set(right)
    return next((1 / rank for rank, thing in enumerate(each_once(found), start=1) if thing in wanted), 0.0)


def with_stand_ins(
    found: Sequence[Hashable], right: Sequence[Hashable], stand_ins: Collection[Hashable]
) -> list[Hashable]:
    """The found things in their order; one that replaces all the right ones becomes those that are still missing.

    They follow one another at its place, as nothing more has to be found after it.
    """
    ranking: list[Hashable] = []
    for thing in found:
        missing = [wanted for wanted in right if wanted not in ranking] if thing in stand_ins else []
        ranking.extend(missing or [thing])
    return ranking


def each_once(found: Sequence[Hashable]) -> list[Hashable]:
    """The things in their order, each at its first place only."""
    return list(dict.fromkeys(found))
