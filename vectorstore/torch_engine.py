"""A sentence-transformers model computed by torch: in bf16 where the processor multiplies it, else in fp32."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import EmbeddingError
from vectorstore.embedder import FloatMatrix, unit_rows
from vectorstore.processor import has_fast_bfloat16

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

KEPT_KERNELS = 64
"""oneDNN compiles a product for each number of rows it meets and keeps the last 1,024, of some 250 kB each; torch's
layer above it keeps as many again. One pass through the model uses fewer than ten, so that little is compiled twice."""
KERNEL_CACHES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
"""Variables that oneDNN (https://uxlfoundation.github.io/oneDNN/dev_guide_primitive_cache.html) and torch (ideep's
`lru_cache.hpp`) read when they compute for the first time."""


class TorchEngine:
    """The model in a folder. Loading it takes some seconds; it holds about 500 MB."""

    def __init__(self, folder: Path, *, bfloat16: bool = True) -> None:
        self._lock = threading.Lock()
        self.bfloat16 = bfloat16 and has_fast_bfloat16()
        self.model = _load(folder, bfloat16=self.bfloat16)

    @property
    def title(self) -> str:
        """For people."""
        return "torch bf16" if self.bfloat16 else "torch fp32"

    def prepare(self, texts: list[str]) -> dict[str, Any]:
        """The model's input; one thread at a time, since its tokenizer cannot be shared."""
        with self._lock:
            return dict(self.model.preprocess(texts))

    def forward(self, features: dict[str, Any]) -> FloatMatrix:
        """Shape (texts, dimension), rows of length 1."""
        import torch

        use_one_core()
        with torch.inference_mode():
            rows = self.model.forward(features)["sentence_embedding"]
            return unit_rows(rows.float().numpy())


def use_one_core() -> None:
    """Let this thread compute alone: batches side by side beat one batch shared by all cores by 1.6."""
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def keep_few_kernels() -> None:
    """Hold what is compiled for shapes of the past to some MB, unless the user says otherwise."""
    for name in KERNEL_CACHES:
        os.environ.setdefault(name, str(KEPT_KERNELS))


def _load(folder: Path, *, bfloat16: bool) -> SentenceTransformer:
    keep_few_kernels()
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise EmbeddingError(
            "sentence-transformers is not installed.", hint="Run: pip install sentence-transformers==6.2.0"
        ) from error
    use_one_core()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    number_type = torch.bfloat16 if bfloat16 else torch.float32
    try:
        model = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": number_type}
        )
    except Exception as error:
        raise EmbeddingError(
            f"The embedding model in {folder} cannot be loaded.",
            hint="Reinstall it, or choose another with STUDY_EMBEDDING_MODEL.",
        ) from error
    if bfloat16:
        from vectorstore.packed_linear import pack_linear_layers

        pack_linear_layers(model)
    return model.eval()
