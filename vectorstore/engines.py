"""Which engine computes an embedding: torch or ONNX Runtime, by the setting, the processor and the work at hand."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from errors import EmbeddingError
from vectorstore.embedder import INT8_BACKEND, EmbeddingOptions, FloatMatrix
from vectorstore.onnx_graph import NotConvertibleError
from vectorstore.processor import has_fast_bfloat16

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from vectorstore.onnx_engine import OnnxEngine, OnnxFile
    from vectorstore.torch_engine import TorchEngine

TEXTS_WORTH_TORCH = 400
"""Loading torch costs as much as its bf16 saves, beside ONNX Runtime in fp32, on about so many passages: 285 by
processor time, 530 by the clock of two cores, of which loading keeps one busy (from the rates in decision 017)."""

log = logging.getLogger(__name__)


class Engine(Protocol):
    """One way to compute the model. `forward` may be called from several threads at once."""

    @property
    def title(self) -> str:
        """For people: the library that computes and the precision."""

    def prepare(self, texts: list[str]) -> dict[str, Any]:
        """The model's input for texts that go through it together."""

    def forward(self, features: dict[str, Any]) -> FloatMatrix:
        """Shape (texts, dimension), rows of length 1."""


class Engines:
    """The engines of one model folder, each opened when it is first needed.

    With `auto`, ONNX Runtime in fp32 takes all where the processor has no bf16. Where it has, torch in bf16
    takes the big work; single questions and the first passages go to ONNX Runtime, which opens in half a
    second. Rows of the three agree to a cosine of .9999. int8 is taken only when asked for.
    """

    def __init__(
        self, folder: Path, options: EmbeddingOptions, tokenizer: Callable[[], Tokenizer], *, known_good: bool
    ) -> None:
        self._folder = folder
        self._backend = options.backend
        self._bfloat16 = options.bfloat16 and has_fast_bfloat16()
        self._known_good = known_good
        self._file = self._onnx_file(options, tokenizer)
        self._onnx: OnnxEngine | None = None
        self._torch: TorchEngine | None = None
        self._opening_onnx = threading.Lock()
        self._opening_torch = threading.Lock()
        self._texts = 0
        self._use: set[str] = set()

    def pick(self, text_count: int) -> Engine:
        """The engine for a call with so many texts.

        Raises:
            EmbeddingError: the model cannot be loaded.
        """
        engine = self._torch_engine() if self._is_for_torch(text_count) else self._onnx_engine() or self._torch_engine()
        if engine.title not in self._use:
            self._use.add(engine.title)
            log.info("Embeddings of %s are computed by %s.", self._folder.name, engine.title)
        return engine

    @property
    def title(self) -> str:
        """The engines used so far, for people."""
        return ", ".join(sorted(self._use)) or "none yet"

    def _is_for_torch(self, text_count: int) -> bool:
        if self._file is None:
            return True
        if self._backend != "auto" or text_count == 1 or not self._bfloat16:
            return False
        self._texts += text_count
        return self._torch is not None or self._texts > TEXTS_WORTH_TORCH

    def _onnx_file(self, options: EmbeddingOptions, tokenizer: Callable[[], Tokenizer]) -> OnnxFile | None:
        if options.backend == "torch" or options.cache is None:
            return None
        from vectorstore.onnx_engine import OnnxFile

        return OnnxFile(self._folder, options.cache, tokenizer, int8=options.backend == INT8_BACKEND)

    def _onnx_engine(self) -> Engine | None:
        """None, and a line in the log, where ONNX Runtime cannot compute this model."""
        with self._opening_onnx:
            if self._onnx is None and self._file is not None:
                try:
                    self._onnx = self._file.open(None if self._known_good else self._torch_rows)
                except Exception as error:  # whatever it is, torch computes the same
                    if self._backend == INT8_BACKEND:
                        raise _no_int8(self._folder, error) from error
                    if isinstance(error, NotConvertibleError | ImportError):
                        log.info("ONNX Runtime is not used for %s: %s", self._folder.name, error)
                    else:
                        log.exception("ONNX Runtime failed on %s", self._folder.name)
                    self._file = None
            return self._onnx

    def _torch_engine(self) -> Engine:
        with self._opening_torch:
            if self._torch is None:
                from vectorstore.torch_engine import TorchEngine

                self._torch = TorchEngine(self._folder, bfloat16=self._bfloat16)
            return self._torch

    def _torch_rows(self, texts: Sequence[str]) -> FloatMatrix:
        engine = self._torch_engine()
        return engine.forward(engine.prepare(list(texts)))


def _no_int8(folder: Path, error: Exception) -> EmbeddingError:
    return EmbeddingError(
        f"The embedding model in {folder} cannot be computed in int8: {error}.",
        hint="Set STUDY_EMBEDDING_BACKEND to auto.",
    )
