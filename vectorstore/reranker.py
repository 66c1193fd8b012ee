"""A second look at what a search found: a cross-encoder reads question and passage together and orders anew.

Optional, since no such model comes as a package: it has to be on this machine already.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from errors import RerankerError
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANKED = 30
"""Passages of the fused ranking that are read again."""
BATCH = 6
SECONDS = 3.0
"""Longest time for one question; passages that were not reached keep their order behind those that were. A model of
MiniLM's size reads about 28 passages a second on two idle cores, as the embedding model does in fp32."""

INSTEAD = "Set STUDY_RERANKER_MODEL to the folder of a cross-encoder for ranking, or leave it empty"

log = logging.getLogger(__name__)


class Reranker(Protocol):
    """Says how well passages answer a question."""

    def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One score for each text, higher is better, in order; fewer when the time was over.

        Raises:
            RerankerError: the model cannot be loaded.
        """
        ...


class CrossEncoderReranker:
    """A cross-encoder of sentence-transformers; loaded on first use. Safe to use from several threads."""

    def __init__(self, folder: Path, *, seconds: float = SECONDS) -> None:
        self._folder = folder
        self._seconds = seconds
        self._lock = threading.Lock()
        self._model: CrossEncoder | None = None

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score for each text, the best passages of the ranking first; at least one batch is read."""
        found: list[float] = []
        with self._lock:
            model = self._loaded()
            ends_at = time.monotonic() + self._seconds
            for start in range(0, len(texts), BATCH):
                pairs = [(query, text) for text in texts[start : start + BATCH]]
                rows = model.predict(pairs, batch_size=BATCH, show_progress_bar=False)
                found.extend(float(row) for row in rows)
                if time.monotonic() >= ends_at:
                    break
        return found

    def _loaded(self) -> CrossEncoder:
        if self._model is None:
            try:
                from sentence_transformers import CrossEncoder

                self._model = CrossEncoder(str(self._folder), device="cpu", local_files_only=True)
            except Exception as error:
                raise RerankerError(
                    f"The reranker in {self._folder} cannot be loaded ({error}).", hint=f"{INSTEAD}."
                ) from error
        return self._model


def load_reranker(setting: str) -> Reranker | None:
    """The reranker of a folder, or of a model that was downloaded before; None when the setting is empty.

    Its weights are loaded by the first search.

    Raises:
        RerankerError: it is not on this machine, or no cross-encoder.
    """
    model = setting.strip()
    if not model:
        return None
    folder = Path(model).expanduser()
    if not (folder / "config.json").is_file():
        folder = _downloaded(model)
    _must_score(folder, model)
    return CrossEncoderReranker(folder)


def rerank(query: str, passages: Sequence[Passage], reranker: Reranker) -> list[Passage]:
    """The passages in the order of the reranker; those it did not reach follow in their own order.

    Each keeps its fused score, which checks and answers go on to use.
    """
    first, rest = list(passages[:RERANKED]), list(passages[RERANKED:])
    scores = reranker.scores(query, [f"{one.title}\n{one.section}\n{one.text}" for one in first])
    if len(scores) < len(first):
        log.info("The reranker read %d of %d passages in its time.", len(scores), len(first))
    read = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    return [*(first[place] for place in read), *first[len(scores) :], *rest]


def _must_score(folder: Path, model: str) -> None:
    """Refuse a model that would be given a head of random weights, or that has another one than for a score.

    Raises:
        RerankerError: it gives no score for a pair of texts.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RerankerError(
            f"The reranker {model!r} has no config.json that can be read.", hint=f"{INSTEAD}."
        ) from error
    trained = any(str(name).endswith("ForSequenceClassification") for name in config.get("architectures") or ())
    if not trained or len(config.get("id2label", ["score"])) != 1:
        raise RerankerError(f"The model {model!r} is no cross-encoder with one score.", hint=f"{INSTEAD}.")


def _downloaded(model: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except Exception as error:  # every cause means the same here: it is not on this machine
        log.debug("%s is not on this machine: %s", model, error)
    is_path = model.startswith(("/", ".", "~"))
    fetch = "" if is_path else f", or download it once with: hf download {model}"
    raise RerankerError(f"The reranker {model!r} is not on this machine.", hint=f"{INSTEAD}{fetch}.")
