"""What to look at after a run: every missed question with its answer, as text."""

from __future__ import annotations

from collections.abc import Sequence

from evals.outcome import Outcome


def missed_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """A paragraph for each question that was missed: what is wrong, and what was answered."""
    return [_describe(outcome) for outcome in outcomes if outcome.missed]


def what_is_missing(outcome: Outcome) -> list[str]:
    """What is wrong with the outcome, in a few words each; where only the search was asked, only of that."""
    faults = []
    replied = bool(outcome.answer or outcome.refused or "fact_stated" in outcome.scores)
    if outcome.error:
        faults.append(f"error: {outcome.error}")
    if outcome.answerable and (outcome.rank is None or outcome.rank > 5):
        faults.append(f"right page at rank {outcome.rank or 'none'}")
    if outcome.answerable and replied and not outcome.fact_stated:
        faults.append("refused" if outcome.refused else "fact not stated")
    if not outcome.answerable and replied and not outcome.refused:
        faults.append("answered, though nothing in the papers does")
    stray = [citation for citation in outcome.citations if not citation.on_page]
    return faults + [f"[{item.number}] is not on {item.document}#{item.page_number}" for item in stray]


def _describe(outcome: Outcome) -> str:
    return "\n".join(
        [
            f"{outcome.id} ({outcome.kind}): {'; '.join(what_is_missing(outcome))}",
            f"  asked:  {outcome.question}",
            f"  right:  {', '.join(map(str, outcome.right_pages)) or 'a refusal'}",
            f"  found:  {', '.join(map(str, outcome.found_pages[:5]))}",
            f"  answer: {' '.join(outcome.answer.split())}",
        ]
    )
