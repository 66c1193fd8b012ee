"""A sentence-transformers model computed by ONNX Runtime, from a file that is made once and kept in the cache."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.embedder import FloatMatrix, unit_rows
from vectorstore.onnx_graph import INPUTS, OUTPUT, NotConvertibleError, bert_graph
from vectorstore.processor import has_vnni

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FORMAT = 1
"""Raised when `onnx_graph` builds another graph, so that a file of the older one is made again."""
UNFINISHED = ".part"
UNFINISHED_SECONDS = 3600.0
"""A file of this age is no longer being written."""
SAMPLE_BLOCKS = 64
SAMPLE_BYTES = 4096
LEAST_COSINE = {"fp32": 0.9998, "int8": 0.97}
"""Between a row of the new file and torch's: below it the file is not used (bf16 against fp32 gives .9999)."""
PROBES = (
    "attention",
    "Scaled dot-product ATTENTION divides by √d_k; Ünïcode, too.",
    "注意力机制 と トランスフォーマー",
    "| model | BLEU |\n| base | 27.3 |\n\nx_t = \\sqrt{\\alpha_t} x_0",
    "A sentence that is longer than the model reads at once is cut at its end. " * 40,
)

log = logging.getLogger(__name__)

Rows = Callable[[Sequence[str]], FloatMatrix]


class OnnxEngine:
    """An open session. Several threads may use it at once, each computes alone."""

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer, *, int8: bool) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.int8 = int8

    @property
    def title(self) -> str:
        """For people."""
        return "ONNX Runtime int8" if self.int8 else "ONNX Runtime fp32"

    def prepare(self, texts: list[str]) -> dict[str, NDArray[np.int32]]:
        """Word pieces, each text cut to what the model reads and filled up to the longest."""
        rows = self._tokenizer.encode_batch(texts)
        shape = (len(rows), max(len(row.ids) for row in rows))
        features = {name: np.zeros(shape, dtype=np.int32) for name in INPUTS}
        for index, row in enumerate(rows):
            features["input_ids"][index, : len(row.ids)] = row.ids
            features["attention_mask"][index, : len(row.ids)] = 1
        return features

    def forward(self, features: dict[str, Any]) -> FloatMatrix:
        """Shape (texts, dimension), rows of length 1."""
        rows: FloatMatrix = self._session.run([OUTPUT], features)[0]
        return unit_rows(rows)

    def rows(self, texts: Sequence[str]) -> FloatMatrix:
        """Shape (texts, dimension)."""
        return self.forward(self.prepare(list(texts)))


class OnnxFile:
    """The cache's file for one model and precision."""

    def __init__(self, folder: Path, cache: Path, tokenizer: Callable[[], Tokenizer], *, int8: bool = False) -> None:
        self._folder = folder
        self._tokenizer = tokenizer
        self._int8 = int8
        self._narrow = int8 and not has_vnni()
        kind = ("int8-narrow" if self._narrow else "int8") if int8 else "fp32"
        self.path = cache / f"{_fingerprint(folder)}-{kind}-{FORMAT}.onnx"

    @property
    def exists(self) -> bool:
        """True when there is nothing left to make."""
        return self.path.is_file()

    def open(self, expected: Rows | None) -> OnnxEngine:
        """The engine; the file is made first where it is missing or damaged.

        Args:
            expected: torch's rows; a new file that gives others is not kept. None where tests did this before.

        Raises:
            NotConvertibleError: the model cannot be computed this way, or comes out wrong.
        """
        if self.exists:
            try:
                return self._engine(str(self.path))
            except Exception as error:  # whatever ONNX Runtime finds wrong with it
                log.warning("%s is damaged and is made again: %s", self.path.name, error)
        content = bert_graph(self._folder, int8=self._int8, narrow=self._narrow).SerializeToString()
        engine = self._engine(content)
        if expected is not None:
            self._compare(engine, expected)
        try:
            _write(self.path, content)
            self._sweep()
        except OSError as error:
            log.warning("%s cannot be kept, so that it is made at every start: %s", self.path.name, error)
        return engine

    def _sweep(self) -> None:
        """Remove files of this model and precision that an older version made, or left unfinished."""
        now = time.time()
        for path in self.path.parent.glob(f"{self.path.stem.rpartition('-')[0]}-*"):
            unfinished = path.suffix == UNFINISHED and now - path.stat().st_mtime > UNFINISHED_SECONDS
            if unfinished or (path.suffix == ".onnx" and path != self.path):
                path.unlink(missing_ok=True)

    def _engine(self, model: str | bytes) -> OnnxEngine:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches run side by side; one batch on all cores is slower
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it keeps what its largest batches took, for 2% on large ones
        options.enable_mem_pattern = False  # a plan for each shape helps nothing where shapes do not return
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return OnnxEngine(session, self._tokenizer(), int8=self._int8)

    def _compare(self, engine: OnnxEngine, expected: Rows) -> None:
        cosine = float((engine.rows(PROBES) * expected(PROBES)).sum(axis=1).min())
        if not cosine >= LEAST_COSINE["int8" if self._int8 else "fp32"]:
            raise NotConvertibleError(f"its rows differ from torch's (cosine {cosine:.4f})")


def _fingerprint(folder: Path) -> str:
    """16 hex digits over the configuration and blocks from all over the weights."""
    digest = sha256()
    for path in sorted((*folder.glob("*.json"), *folder.glob("*/config.json"))):
        digest.update(path.read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as stream:
            for number in range(SAMPLE_BLOCKS):
                stream.seek(number * max(0, size - SAMPLE_BYTES) // (SAMPLE_BLOCKS - 1))
                digest.update(stream.read(SAMPLE_BYTES))
    return digest.hexdigest()[:16]


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, also when two processes write at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
