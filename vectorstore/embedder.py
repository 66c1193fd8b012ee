"""What turns text into vectors: the protocol, and the one function that opens a named model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from errors import EmbeddingError

FloatMatrix: TypeAlias = NDArray[np.float32]
"""float32, shape (texts, dimension); rows have length 1, so a dot product is a cosine similarity."""

INT8_BACKEND = "onnx-int8"
INT8_SUFFIX = "+int8"
"""Ends the name of an embedder whose vectors int8 gave: they are too coarse to stand beside others."""
PROVIDERS = "`packaged`, `sentence-transformers/NAME_OR_FOLDER` or `ollama/NAME`"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingOptions:
    """How a model that runs here is computed."""

    backend: str = "auto"
    """`auto`, `torch`, `onnx` or `onnx-int8`; the last is part of the embedder's name."""
    cache: Path | None = None
    """Folder for the files that ONNX Runtime reads; without one everything is computed by torch."""
    bfloat16: bool = True
    """False computes as on a processor that has none."""


DEFAULT_OPTIONS = EmbeddingOptions()


class Embedder(Protocol):
    """An embedding model. Two embedders with the same name give interchangeable vectors."""

    @property
    def name(self) -> str:
        """Setting and revision, e.g. `packaged@0.1.0`; stored beside every vector."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Most tokens of a text that the model reads, special tokens not counted."""

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` for this model, special tokens not counted."""

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> FloatMatrix:
        """Shape (len(texts), dimension), rows of length 1.

        `progress` hears the number of texts done; an error it raises stops the work and is passed on.
        """

    def warm_up(self) -> None:
        """Load what the first `embed` would load; may be called from any thread."""


def load_embedder(
    setting: str, *, ollama_url: str = "http://127.0.0.1:11434", options: EmbeddingOptions = DEFAULT_OPTIONS
) -> Embedder:
    """The embedder that `setting` names; weights are loaded on first use.

    Raises:
        EmbeddingError: the setting names no known provider, or its model cannot be found.
    """
    provider, _, model = setting.strip().partition("/")
    match provider:
        case "packaged" if not model:
            from vectorstore.transformer_embedder import packaged_embedder

            return packaged_embedder(options)
        case "sentence-transformers" if model:
            from vectorstore.transformer_embedder import local_embedder

            return local_embedder(model, options)
        case "ollama" if model:
            from vectorstore.ollama_embedder import OllamaEmbedder

            return OllamaEmbedder(model, url=ollama_url)
        case _:
            raise EmbeddingError(
                f"{setting!r} is not an embedding model.", hint=f"Set STUDY_EMBEDDING_MODEL to {PROVIDERS}."
            )


def load_former(
    name: str, *, ollama_url: str = "http://127.0.0.1:11434", options: EmbeddingOptions = DEFAULT_OPTIONS
) -> Embedder:
    """The embedder that gave vectors of this name, in their precision, while another one is set now.

    Raises:
        EmbeddingError: its model is not there any more.
    """
    backend = options.backend
    if name.endswith(INT8_SUFFIX):
        backend = INT8_BACKEND
    elif backend == INT8_BACKEND:
        backend = "auto"
    return load_embedder(setting_of(name), ollama_url=ollama_url, options=replace(options, backend=backend))


def setting_of(name: str) -> str:
    """The setting that an embedder's name came from: what stands before the revision."""
    return name.rpartition("@")[0] or name


def unit_rows(matrix: NDArray[np.floating]) -> FloatMatrix:
    """The rows scaled to length 1; rows of zeros stay zeros. Shape (n, dimension)."""
    single = np.ascontiguousarray(matrix, dtype=np.float32)
    lengths: FloatMatrix = np.sqrt(np.einsum("ij,ij->i", single, single))[:, np.newaxis]
    lengths[lengths == 0] = 1.0
    return single / lengths
