"""What a run leaves behind: figures and answers as JSON, a page, and a line for the trend of later runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from evals.plan import Plan
from evals.report import what_is_missing
from evals.tables import System, figures_of, rows_of
from evals.thresholds import Scores, Thresholds


def write_results(
    plan: Plan,
    systems: Sequence[System],
    facts: dict[str, Any],
    baseline: Scores,
    *,
    thresholds: Thresholds,
    red: Sequence[str],
) -> None:
    """Write the figures with every answer (JSON), the page, and a line for the trend of later runs.

    `red` are the sentences of the gate; the page's Evals tab reads them, the bars and the names from these files.
    """
    from evals.html_report import html_report

    plan.out.mkdir(parents=True, exist_ok=True)
    rows = rows_of(systems[0].outcomes)
    gate = {"at_least": dict(thresholds.at_least), "always": dict(thresholds.always), "red": list(red)}
    missing = {outcome.id: what_is_missing(outcome) for outcome in systems[0].outcomes}
    values = {
        "facts": facts,
        "gate": gate,
        "labels": {row.metric: row.label for row in rows},
        "missing": {name: sentences for name, sentences in missing.items() if sentences},
        "systems": [figures_of(system, baseline if number == 0 else None) for number, system in enumerate(systems)],
        "questions": [outcome.to_dict() for outcome in systems[0].outcomes],
    }
    text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
    (plan.out / f"{plan.files}.json").write_text(text, encoding="utf-8")
    page = html_report(systems, facts, baseline)
    (plan.out / f"{plan.files}.html").write_text(page, encoding="utf-8")
    means = {row.metric: round(row.value.mean, 4) for row in rows}
    with (plan.out / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write(json.dumps({**facts, "file": plan.files, "metrics": means, "gate": gate}) + "\n")
