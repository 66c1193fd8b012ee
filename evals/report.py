"""The figures as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.gate import DEFAULT_BARS, Bars
from evals.outcome import Outcome
from evals.summary import Summary

if TYPE_CHECKING:
    from rich.console import RenderableType


def summary_rows(summary: Summary, bars: Bars = DEFAULT_BARS) -> list[tuple[str, str, str]]:
    """Name, value and bar (empty where there is none) of every figure, as text."""
    answerable = f"of {summary.answerable}"
    return [
        (f"right page in the top 5, {answerable}", f"{summary.hit_at_5:.1%}", f"{bars.hit_at_5:.0%}"),
        (f"right page first, {answerable}", f"{summary.hit_at_1:.1%}", ""),
        ("mean reciprocal rank", f"{summary.mean_reciprocal_rank:.3f}", ""),
        (f"fact in the answer, {answerable}", f"{summary.fact_stated:.1%}", f"{bars.fact_stated:.0%}"),
        ("fact in its first paragraph", f"{summary.fact_first:.1%}", ""),
        ("words of an answer, median", f"{summary.words_p50:.0f}", ""),
        (
            f"citations on their page, of {summary.citations}",
            f"{summary.citations_on_page:.1%}",
            f"{bars.citations_on_page:.0%}",
        ),
        *[(f"sentences {verdict}", f"{share:.1%}", "") for verdict, share in summary.support.items()],
        (
            f"refused, of {summary.unanswerable} unanswerable",
            str(summary.refusals),
            f"{bars.refusal_share * summary.unanswerable:.0f}",
        ),
        (f"refused by mistake, {answerable}", str(summary.false_refusals), ""),
        ("ended in an error", str(summary.errors), ""),
        ("seconds per question, median", f"{summary.seconds_p50:.2f}", ""),
        ("seconds per question, 95th percentile", f"{summary.seconds_p95:.2f}", ""),
        ("seconds per search, median", f"{summary.search_seconds_p50:.3f}", ""),
    ]


def summary_table(summary: Summary, title: str) -> RenderableType:
    """The figures beside their bars."""
    from rich.table import Table

    table = Table(title=title)
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("bar", justify="right")
    for row in summary_rows(summary):
        table.add_row(*row)
    return table


def missed_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """A paragraph for each question that was missed: what is wrong, and what was answered."""
    return [_describe(outcome) for outcome in outcomes if outcome.missed]


def write_json(path: Path, summary: Summary, outcomes: Sequence[Outcome], **facts: Any) -> None:
    """Write the figures, every outcome, and the `facts` of the run (split, pages, seconds)."""
    values = {
        "facts": facts,
        "summary": summary.to_dict(),
        "questions": [outcome.to_dict() for outcome in outcomes],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def _describe(outcome: Outcome) -> str:
    faults = []
    if outcome.error:
        faults.append(f"error: {outcome.error}")
    if outcome.answerable and (outcome.rank is None or outcome.rank > 5):
        faults.append(f"right page at rank {outcome.rank or 'none'}")
    if outcome.answerable and not outcome.fact_stated:
        faults.append("refused" if outcome.refused else "fact not stated")
    if not outcome.answerable and not outcome.refused:
        faults.append("answered, though nothing in the papers does")
    stray = [citation for citation in outcome.citations if not citation.on_page]
    faults += [f"[{item.number}] is not on {item.document}#{item.page_number}" for item in stray]
    return "\n".join(
        [
            f"{outcome.id} ({outcome.kind}): {'; '.join(faults)}",
            f"  asked:  {outcome.question}",
            f"  right:  {', '.join(map(str, outcome.right_pages)) or 'a refusal'}",
            f"  found:  {', '.join(map(str, outcome.found_pages[:5]))}",
            f"  answer: {' '.join(outcome.answer.split())}",
        ]
    )
