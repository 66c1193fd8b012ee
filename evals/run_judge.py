"""The judge's part of a run: opened before anything is asked, its losses and its cost told at the end."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.judge_model import JudgeModel, open_judge
from evals.judging import Judgement, Judging, judge_outcomes, tallies
from evals.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from agent.llm import ModelOptions
    from vectorstore.embedder import Embedder


def judge_of(options: argparse.Namespace, reach: ModelOptions, out: Path) -> JudgeModel | None:
    """The judge that the suite needs; `all` goes without when none is named.

    Raises:
        StudyError: the suite needs one, and none is named or it is not there.
    """
    if options.suite == "judge" or (options.suite == "all" and options.judge):
        return open_judge(options.judge, reach, out / "judge-cache")
    return None


def judge_answers(
    model: JudgeModel,
    embedder: Embedder,
    outcomes: Sequence[Outcome],
    console: Console,
    *,
    price: Sequence[float] | None = None,
) -> tuple[list[Outcome], dict[str, Any]]:
    """The outcomes with the judge's scores, and the facts of its work; `price` is dollars a million tokens, in and out.

    Raises:
        StudyError: the judge cannot be reached; what it said so far is kept.
    """

    def tell(outcome: Outcome, judgements: list[Judgement], seconds: float) -> None:
        lost = sum(item.value is None for item in judgements)
        line = f"judged {outcome.id}: {len(judgements)} metrics, {lost} without a number, {seconds:.1f} s"
        console.print(line, highlight=False, markup=False)

    scored, judgements = judge_outcomes(Judging(model, embedder), outcomes, judged=tell)
    spent = model.spent
    facts: dict[str, Any] = {
        "judge": model.name,
        **{
            f"{tally.metric} (scored / NaN / unparseable)": f"{tally.scored} / {tally.nan} / {tally.unparseable}"
            for tally in tallies(judgements)
        },
        "judge calls (new / from the cache)": f"{spent.calls} / {spent.cached}",
        "judge tokens (in / out)": f"{spent.input_tokens} / {spent.output_tokens}",
        "judge seconds": round(spent.seconds, 1),
    }
    if price:
        facts["judge cost in dollars"] = round(spent.dollars(*price), 4)
    return scored, facts
