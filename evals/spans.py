"""Which of the found passages hold the evidence: what a right result is, one step finer than its page."""

from __future__ import annotations

from collections.abc import Sequence

from evals.cases import Evidence
from evals.outcome import Found
from evals.pagetext import squeezed, without_markup

LEAST_HALF = 24
"""Letters that half of an evidence must have to be looked for alone; less stands on many pages."""


def holds(text: str, evidence: str) -> bool:
    """True when the text holds the evidence, or at least its first or its second half.

    A passage ends where its chunk ends; the half that stands in it answers the question nearly as well. Compared
    without white space, hyphens and case, as two readers of one page differ in these, and once more without markup.
    """
    return any(_holds(plain(text), plain(evidence)) for plain in (squeezed, without_markup))


def span_ranking(found: Sequence[Found], evidence: Sequence[Evidence], also: Sequence[Evidence] = ()) -> list[int]:
    """The passages as things to rank: the place of the evidence a passage holds, a negative number for one with none.

    The passage must be of the evidence's page. One with two evidences stands for the first; the second follows at
    once, as it needs no further result. So does all evidence that is missing yet, where the passage holds words of
    `also`, which state the whole answer.
    """
    ranking: list[int] = []
    for number, item in enumerate(found, start=1):
        places = [place for place, span in enumerate(evidence) if _has(item, span)]
        if not places and any(_has(item, span) for span in also):
            places = [place for place in range(len(evidence)) if place not in ranking]
        ranking.extend(places or [-number])
    return ranking


def _has(item: Found, span: Evidence) -> bool:
    return item.page == span.page and holds(item.text, span.quote)


def _holds(text: str, evidence: str) -> bool:
    if not evidence:
        return False
    middle = len(evidence) // 2
    parts = [evidence] if middle < LEAST_HALF else [evidence, evidence[:middle], evidence[middle:]]
    return any(part in text for part in parts)
