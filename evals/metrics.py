"""The metrics by name: what each is called in a report, and where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from errors import StudyError
from evals.outcome import Outcome

Group = Literal["retrieval", "answers", "judge", "agent"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure, 0 to 1, more is better."""

    name: str
    label: str
    group: Group


_LABELS: dict[Group, dict[str, str]] = {
    "retrieval": {
        "page_hit_5": "a right page in the top 5",
        "page_recall_5": "recall@5 of pages",
        "page_recall_10": "recall@10 of pages",
        "page_ndcg_10": "nDCG@10 of pages",
        "page_mrr": "MRR of pages",
        "span_recall_5": "recall@5 of evidence spans",
        "span_recall_10": "recall@10 of evidence spans",
        "span_ndcg_10": "nDCG@10 of evidence spans",
        "span_mrr": "MRR of evidence spans",
        "ragas_context_recall": "RAGAS context recall, no judge",
        "ragas_context_precision": "RAGAS context precision, no judge",
        "ragas_id_recall": "RAGAS id-based context recall",
        "ragas_id_precision": "RAGAS id-based context precision",
    },
    "answers": {
        "fact_stated": "all facts in the answer",
        "fact_first": "all facts in its first paragraph",
        "answered": "answerable questions answered",
        "refused": "unanswerable questions refused",
        "citation_on_page": "citations that stand on their page",
        "citation_precision": "citation precision",
        "citation_recall": "citation recall",
        "right_page_cited": "a right page is cited",
        "claim_support": "claims carried by their spans",
        "numbers_in_source": "numbers that stand in the cited pages",
        "ragas_string": "RAGAS string similarity to the reference",
        "ragas_rouge": "RAGAS ROUGE-L to the reference",
        "ragas_semantic": "RAGAS semantic similarity to the reference",
    },
    "judge": {
        "judge_faithfulness": "RAGAS faithfulness",
        "judge_answer_relevancy": "RAGAS answer relevancy",
        "judge_context_precision": "RAGAS context precision",
        "judge_context_recall": "RAGAS context recall",
        "judge_factual_correctness": "RAGAS factual correctness",
        "judge_noise_sensitivity": "RAGAS noise sensitivity (less is better)",
    },
    "agent": {
        "tool_choice": "the right tools called",
        "no_needless_calls": "no needless calls",
        "stops": "the turn ends, and waits only where it should",
        "answer_holds": "the answer says what it must",
    },
}

METRICS: dict[str, Metric] = {
    name: Metric(name, label, group) for group, labels in _LABELS.items() for name, label in labels.items()
}


def metric(name: str) -> Metric:
    """The metric of that name.

    Raises:
        StudyError: there is none.
    """
    if name not in METRICS:
        raise StudyError(f"There is no metric {name!r}.", hint=f"Metrics: {', '.join(METRICS)}.")
    return METRICS[name]


def values_of(outcomes: Iterable[Outcome], name: str) -> dict[str, float]:
    """The score of each question that has one, by its id."""
    return {outcome.id: outcome.scores[name] for outcome in outcomes if name in outcome.scores}


def measured(outcomes: Sequence[Outcome]) -> list[str]:
    """The metrics that at least one question has, in the order of the report."""
    have = {name for outcome in outcomes for name in outcome.scores}
    return [name for name in METRICS if name in have]
