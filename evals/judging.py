"""RAGAS with a judge over finished answers. What is no number is counted as such, and never averaged away."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from evals.judge_model import JudgeModel, UnparseableError, ragas_model
from evals.outcome import Outcome
from evals.ragas_scores import TextEmbeddings, load_metric

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder

Status = Literal["scored", "nan", "unparseable"]

CONTEXTS = 5
"""Passages that the judge reads."""
JUDGED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "judge_faithfulness": ("Faithfulness", ("user_input", "response", "retrieved_contexts")),
    "judge_answer_relevancy": ("AnswerRelevancy", ("user_input", "response")),
    "judge_context_precision": ("ContextPrecisionWithReference", ("user_input", "reference", "retrieved_contexts")),
    "judge_context_recall": ("ContextRecall", ("user_input", "reference", "retrieved_contexts")),
    "judge_factual_correctness": ("FactualCorrectness", ("response", "reference")),
    "judge_noise_sensitivity": ("NoiseSensitivity", ("user_input", "response", "reference", "retrieved_contexts")),
}
"""Our names, RAGAS's classes, and what each is given."""

_MARK = re.compile(r"\s?\[\d+(?:\s*[,–-]\s*\d+)*\]")


@dataclass(frozen=True, slots=True)
class Judgement:
    """One metric of one question."""

    question_id: str
    metric: str
    status: Status
    value: float | None
    """Only when scored."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How the judgements of one metric came out."""

    metric: str
    scored: int
    nan: int
    unparseable: int

    @property
    def share_lost(self) -> float:
        """The share without a number, 0 to 1; 0 when nothing was judged."""
        total = self.scored + self.nan + self.unparseable
        return (self.nan + self.unparseable) / total if total else 0.0


class Judging:
    """RAGAS's metrics, made once for one judge."""

    def __init__(self, judge: JudgeModel, embedder: Embedder) -> None:
        """Prepare the metrics.

        Raises:
            MissingPackageError: RAGAS is not installed.
        """
        llm = ragas_model(judge)
        self._metrics: dict[str, tuple[Any, tuple[str, ...]]] = {}
        for name, (class_name, fields) in JUDGED.items():
            found = load_metric("ragas.metrics.collections", class_name)
            extra = {"embeddings": _embeddings(embedder)} if name == "judge_answer_relevancy" else {}
            self._metrics[name] = (found(llm=llm, **extra), fields)

    def judge(self, outcome: Outcome) -> list[Judgement]:
        """A judgement for each metric; none for a refusal or a question without an answer.

        Raises:
            StudyError: the judge cannot be reached.
        """
        if not outcome.answerable or outcome.refused or not outcome.answer or not outcome.reference:
            return []
        given = {
            "user_input": outcome.question,
            "response": _MARK.sub("", outcome.answer),
            "reference": outcome.reference,
            "retrieved_contexts": [item.text for item in outcome.found[:CONTEXTS]],
        }

        async def judge_all() -> list[Judgement]:
            return [
                await _judge_one(outcome.id, name, metric, {field: given[field] for field in fields})
                for name, (metric, fields) in self._metrics.items()
            ]

        return asyncio.run(judge_all())


def judge_outcomes(
    judging: Judging, outcomes: Sequence[Outcome], *, judged: Callable[[Outcome, list[Judgement], float], None]
) -> tuple[list[Outcome], list[Judgement]]:
    """The outcomes with the scores that there are, and all judgements; `judged` hears of each question."""
    scored, everything = [], []
    for outcome in outcomes:
        started = time.perf_counter()
        judgements = judging.judge(outcome)
        judged(outcome, judgements, time.perf_counter() - started)
        numbers = {item.metric: item.value for item in judgements if item.value is not None}
        scored.append(replace(outcome, scores={**outcome.scores, **numbers}))
        everything += judgements
    return scored, everything


def tallies(judgements: Sequence[Judgement]) -> list[Tally]:
    """The tally of each metric, in their order."""
    return [
        Tally(name, *(sum(item.metric == name and item.status == status for item in judgements) for status in statuses))
        for name in JUDGED
        for statuses in (("scored", "nan", "unparseable"),)
    ]


async def _judge_one(question_id: str, name: str, metric: Any, given: dict[str, Any]) -> Judgement:
    try:
        value = float((await metric.ascore(**given)).value)
    except UnparseableError as fault:
        return Judgement(question_id, name, "unparseable", None, str(fault))
    except (ValueError, IndexError, ZeroDivisionError) as fault:
        # RAGAS 0.4.3 breaks on a verdict without statements, e.g. in its noise sensitivity: as little a number as NaN.
        return Judgement(question_id, name, "nan", None, str(fault))
    if math.isnan(value):
        return Judgement(question_id, name, "nan", None)
    return Judgement(question_id, name, "scored", value)


def _embeddings(embedder: Embedder) -> Any:
    base = load_metric("ragas.embeddings.base", "BaseRagasEmbedding")

    class EmbeddingsForRagas(TextEmbeddings, base):  # type: ignore[misc, valid-type]
        """RAGAS takes only children of its own class."""

        def __init__(self, inner: Embedder) -> None:
            TextEmbeddings.__init__(self, inner)
            self.cache = None

    return EmbeddingsForRagas(embedder)
