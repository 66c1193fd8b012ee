"""Embedding models of an Ollama server, over HTTP."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from errors import EmbeddingError
from vectorstore.embedder import FloatMatrix, unit_rows

if TYPE_CHECKING:
    from ollama import Client

TIMEOUT_SECONDS = 120.0
TEXTS_PER_REQUEST = 32
CHARACTERS_PER_TOKEN = 2.5
"""Ollama tells no token counts beforehand; English prose has about 4, formulas and names 2.5."""
LARGEST_TEXT_TOKENS = 512
"""Longer passages make worse quotes, so a large context is not used to the full."""
DEFAULT_CONTEXT_TOKENS = 512


class OllamaEmbedder:
    """One embedding model of a server; nothing is asked of the server before the first use."""

    def __init__(self, model: str, *, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._model = model
        self._url = url
        self._timeout_seconds = timeout_seconds

    @cached_property
    def name(self) -> str:
        """Setting and the first 12 digits of the model's digest."""
        with self._plain_faults():
            models = self._client.list().models
        for model in models:
            if model.model in {self._model, f"{self._model}:latest"}:
                return f"ollama/{self._model}@{(model.digest or '').removeprefix('sha256:')[:12]}"
        raise self._not_pulled()

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; costs one request."""
        return int(self._request(["dimension"]).shape[1])

    @cached_property
    def max_tokens(self) -> int:
        """The model's context, at most 512."""
        with self._plain_faults():
            facts = self._client.show(self._model).modelinfo or {}
        contexts = [value for key, value in facts.items() if key.endswith(".context_length")]
        return min(int(contexts[0]) if contexts else DEFAULT_CONTEXT_TOKENS, LARGEST_TEXT_TOKENS) - 2

    def count_tokens(self, text: str) -> int:
        """An estimate on the safe side, by the number of bytes."""
        return math.ceil(len(text.encode("utf-8", "replace")) / CHARACTERS_PER_TOKEN)

    def warm_up(self) -> None:
        """Let the server load the model."""
        self._request(["warm up"])

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> FloatMatrix:
        """Shape (len(texts), dimension), rows of length 1."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        parts: list[FloatMatrix] = []
        for start in range(0, len(texts), TEXTS_PER_REQUEST):
            parts.append(self._request(list(texts[start : start + TEXTS_PER_REQUEST])))
            if progress is not None:
                progress(min(start + TEXTS_PER_REQUEST, len(texts)))
        return np.concatenate(parts)

    def _request(self, texts: list[str]) -> FloatMatrix:
        with self._plain_faults():
            answer = self._client.embed(model=self._model, input=texts, truncate=True)
        rows = np.array(answer.embeddings, dtype=np.float32)
        if rows.ndim != 2 or len(rows) != len(texts) or not np.isfinite(rows).all():
            raise EmbeddingError(
                f"Ollama's model {self._model} gave no usable embeddings.",
                hint="Choose an embedding model, e.g. ollama/nomic-embed-text.",
            )
        return unit_rows(rows)

    @cached_property
    def _client(self) -> Client:
        try:
            from ollama import Client
        except ImportError as error:
            raise EmbeddingError("The ollama package is not installed.", hint="Run: pip install ollama") from error
        return Client(host=self._url, timeout=self._timeout_seconds)

    @contextmanager
    def _plain_faults(self) -> Iterator[None]:
        import httpx
        from ollama import ResponseError

        try:
            yield
        except ResponseError as error:
            if error.status_code == 404:
                raise self._not_pulled() from error
            raise EmbeddingError(
                f"Ollama answered with a fault: {error.error}.", hint="See the server's log, and try again."
            ) from error
        except httpx.TimeoutException as error:
            raise EmbeddingError(
                f"Ollama at {self._url} did not answer within {self._timeout_seconds:g} seconds.",
                hint="Wait until it has loaded the model and do it again.",
            ) from error
        except (ConnectionError, httpx.HTTPError) as error:
            raise EmbeddingError(
                f"There is no Ollama server at {self._url}.",
                hint="Start it with: ollama serve, or set STUDY_EMBEDDING_MODEL=packaged.",
            ) from error

    def _not_pulled(self) -> EmbeddingError:
        return EmbeddingError(f"Ollama does not have the model {self._model}.", hint=f"Run: ollama pull {self._model}")
