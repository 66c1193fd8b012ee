"""Results of runs as `python -m evals run` leaves them, written without running anything."""

import json

GATE = {"at_least": {"page_mrr": 0.9, "page_hit_5": 0.95}, "always": {"citation_on_page": 1.0}, "red": []}


def facts(when="2026-11-25 10:00 UTC", **more):
    told = {
        "set": "small",
        "suite": "answers",
        "split": "all",
        "model": "embedded",
        "questions": 2,
        "measured at": when,
    }
    return {**told, **more}


def write_run(folder, when, metrics, *, gate=GATE, missing=None, question="How high is it?", **more):
    """A run as `evals.results.write_results` leaves it: a line of the history, and the JSON over that of the last."""
    folder.mkdir(parents=True, exist_ok=True)
    told = facts(when, **more)
    name = f"{told['set']}-{told['suite']}-embedded"
    with (folder / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write(json.dumps({**told, "file": name, "metrics": metrics, "gate": gate}) + "\n")
    figures = {key: {"mean": value, "low": value - 0.1, "high": value, "count": 2} for key, value in metrics.items()}
    questions = [{"id": "a", "question": question, "right_pages": ["tides#1"], "found_pages": []}]
    values = {
        "facts": told,
        "gate": gate,
        "labels": {"page_hit_5": "a right page in the top 5"},
        "missing": missing or {},
        "systems": [{"system": "embedded", "metrics": figures}],
        "questions": questions,
    }
    (folder / f"{name}.json").write_text(json.dumps(values), encoding="utf-8")
    (folder / f"{name}.html").write_text("<p>report</p>", encoding="utf-8")
