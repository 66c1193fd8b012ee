"""A sentence-transformers model computed by torch: in bf16 where the processor multiplies it, else in fp32."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import EmbeddingError
from vectorstore.embedder import FloatMatrix, unit_rows
from vectorstore.processor import has_fast_bfloat16

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


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


def _load(folder: Path, *, bfloat16: bool) -> SentenceTransformer:
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
