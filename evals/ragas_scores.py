"""RAGAS without a judge: how retrieved contexts and answers compare with the reference, as RAGAS measures it."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from errors import MissingPackageError

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder

INSTALL = 'pip install --constraint constraints.txt --editable ".[evals]"'
"""What installs RAGAS with the versions that it works with."""

CONTEXT_METRICS = {
    "ragas_context_recall": ("ragas.metrics._context_recall", "NonLLMContextRecall"),
    "ragas_context_precision": ("ragas.metrics._context_precision", "NonLLMContextPrecisionWithReference"),
    "ragas_id_recall": ("ragas.metrics._context_recall", "IDBasedContextRecall"),
    "ragas_id_precision": ("ragas.metrics._context_precision", "IDBasedContextPrecision"),
}
"""Our names and where RAGAS keeps them: the four are in its legacy modules only, which it does not list."""

TEXT_METRICS = {
    "ragas_string": ("ragas.metrics._string", "NonLLMStringSimilarity"),
    "ragas_rouge": ("ragas.metrics._rouge_score", "RougeScore"),
}


class RagasScores:
    """RAGAS's own metrics, made once; all scores are 0 to 1."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        """Prepare the metrics; without an embedder the semantic similarity is left out.

        Raises:
            MissingPackageError: RAGAS, or a package it needs, is not installed.
        """
        self._context = {name: load_metric(*place)() for name, place in CONTEXT_METRICS.items()}
        self._text = {name: load_metric(*place)() for name, place in TEXT_METRICS.items()}
        if embedder is not None:
            semantic = load_metric("ragas.metrics._answer_similarity", "SemanticSimilarity")
            self._text["ragas_semantic"] = semantic(embeddings=TextEmbeddings(embedder))
        self._sample = load_metric("ragas.dataset_schema", "SingleTurnSample")

    def of_contexts(self, retrieved: Mapping[str, str], reference: Mapping[str, str]) -> dict[str, float]:
        """Recall and precision of the retrieved contexts (text by id, best first) against the reference ones."""
        if not reference:
            return {}
        if not retrieved:
            return dict.fromkeys(self._context, 0.0)
        sample = self._sample(
            retrieved_contexts=list(retrieved.values()),
            reference_contexts=list(reference.values()),
            retrieved_context_ids=list(retrieved),
            reference_context_ids=list(reference),
        )
        return self._score(self._context, sample)

    def of_text(self, answer: str, reference: str) -> dict[str, float]:
        """How near the answer's text is to the reference answer's."""
        if not reference:
            return {}
        return self._score(self._text, self._sample(response=answer, reference=reference))

    def _score(self, metrics: Mapping[str, Any], sample: Any) -> dict[str, float]:
        async def score_all() -> dict[str, float]:
            return {name: float(await metric.single_turn_ascore(sample)) for name, metric in metrics.items()}

        return asyncio.run(score_all())


class TextEmbeddings:
    """One of our embedders behind the two methods that RAGAS calls."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_text(self, text: str, **_: Any) -> list[float]:
        """The vector of a text, of length 1."""
        vector: list[float] = self._embedder.embed([text])[0].tolist()
        return vector

    async def aembed_text(self, text: str, **_: Any) -> list[float]:
        """The same; the embedder computes on this machine, so there is nothing to wait for."""
        return self.embed_text(text)


def load_metric(module: str, name: str) -> Any:
    """A class of RAGAS, which is imported here, tells nobody of its use and leaves no file in the user's folder.

    Raises:
        MissingPackageError: RAGAS, or a package it needs, is not installed in a version that works.
    """
    try:
        _keep_quiet()
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as fault:
        raise MissingPackageError(f"RAGAS cannot be used here: {fault}.", hint=f"Install it: {INSTALL}") from fault


def _keep_quiet() -> None:
    """Switch its tracking off; the id that it would still write to a file is made anonymous by a folder that fails."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    analytics: Any = importlib.import_module("ragas._analytics")
    analytics.user_data_dir = _no_folder
    analytics.get_userid()


def _no_folder(**_: Any) -> str:
    raise OSError("no file is left for RAGAS")
