"""The figures over all questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent.events import Support
from evals.answers import percentile, support_shares
from evals.outcome import Outcome
from evals.retrieval import hit_share, mean_reciprocal_rank


@dataclass(frozen=True, slots=True)
class Summary:
    """Shares are 0 to 1."""

    model: str
    answerable: int
    unanswerable: int
    hit_at_1: float
    hit_at_5: float
    mean_reciprocal_rank: float
    fact_stated: float
    fact_first: float
    """The fact in the first paragraph."""
    words_p50: float
    """Words of an answer that is no refusal, median."""
    citations: int
    citations_on_page: float
    """1 when there is no citation at all, so look at `citations` too."""
    support: dict[Support, float]
    refusals: int
    """Unanswerable questions that were refused."""
    false_refusals: int
    """Answerable questions that were refused."""
    errors: int
    seconds_p50: float
    seconds_p95: float
    search_seconds_p50: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """The figures over the outcomes."""
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.answerable]
    ranks = [outcome.rank for outcome in answerable]
    citations = [citation for outcome in outcomes for citation in outcome.citations]
    seconds = [outcome.seconds for outcome in outcomes]
    answers = [outcome.answer for outcome in outcomes if outcome.answer and not outcome.refused]
    return Summary(
        model=", ".join(sorted({outcome.model for outcome in outcomes if outcome.model})),
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        hit_at_1=hit_share(ranks, 1),
        hit_at_5=hit_share(ranks, 5),
        mean_reciprocal_rank=mean_reciprocal_rank(ranks),
        fact_stated=_share([outcome.fact_stated for outcome in answerable], empty=0.0),
        fact_first=_share([outcome.fact_first for outcome in answerable], empty=0.0),
        words_p50=percentile([float(len(text.split())) for text in answers], 0.5),
        citations=len(citations),
        citations_on_page=_share([citation.on_page for citation in citations], empty=1.0),
        support=support_shares(outcome.support for outcome in outcomes),
        refusals=sum(outcome.refused for outcome in unanswerable),
        false_refusals=sum(outcome.refused for outcome in answerable),
        errors=sum(bool(outcome.error) for outcome in outcomes),
        seconds_p50=percentile(seconds, 0.5),
        seconds_p95=percentile(seconds, 0.95),
        search_seconds_p50=percentile([outcome.search_seconds for outcome in outcomes], 0.5),
    )


def _share(values: Sequence[bool], *, empty: float) -> float:
    return sum(values) / len(values) if values else empty
