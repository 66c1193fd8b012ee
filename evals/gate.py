"""The bars: below one of them the build is red."""

from __future__ import annotations

from dataclasses import dataclass

from evals.summary import Summary


@dataclass(frozen=True, slots=True)
class Bars:
    """The least that is accepted; shares are 0 to 1."""

    hit_at_5: float = 0.85
    fact_stated: float = 0.70
    citations_on_page: float = 1.0
    refusal_share: float = 0.80
    """Of the unanswerable questions."""


DEFAULT_BARS = Bars()


def failures(summary: Summary, bars: Bars = DEFAULT_BARS) -> list[str]:
    """One sentence for each bar that is not reached; empty when all are."""
    refusal_share = summary.refusals / summary.unanswerable if summary.unanswerable else 1.0
    measured = {
        "right page in the top 5": (summary.hit_at_5, bars.hit_at_5),
        "fact in the answer": (summary.fact_stated, bars.fact_stated),
        "citations on their page": (summary.citations_on_page, bars.citations_on_page),
        "unanswerable questions refused": (refusal_share, bars.refusal_share),
    }
    found = [f"{name}: {value:.1%}, the bar is {bar:.0%}" for name, (value, bar) in measured.items() if value < bar]
    if summary.answerable and not summary.citations:
        found.append("no answer cites anything")
    if summary.errors:
        found.append(f"{summary.errors} questions ended in an error")
    return found
