"""Our own pipeline: `Library.add` as the learner's door calls it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from evals.bench.bench import open_library
from evals.bench.measures import GrowthRun, PeakMemory, PipelineRun, Stopwatch

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder, FloatMatrix
    from vectorstore.library import Library
    from vectorstore.reports import AddReport

NAME = "ours"
DEPTH = 20
"""Passages taken for a question; several may stand on one page."""


class TimedEmbedder:
    """An embedder that counts its time to the stage "embed"."""

    def __init__(self, inner: Embedder, watch: Stopwatch) -> None:
        self.name = inner.name
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens
        self._inner = inner
        self._watch = watch

    def count_tokens(self, text: str) -> int:
        """Tokens of the text."""
        return self._inner.count_tokens(text)

    def warm_up(self) -> None:
        """Load the model."""
        self._inner.warm_up()

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> FloatMatrix:
        """One row a text."""
        with self._watch.stage("embed"):
            return self._inner.embed(texts, progress=progress)


def run(paths: Sequence[Path], folder: Path) -> PipelineRun:
    """`Library.add` over all files into an empty library; "read" is timed alone, in a second pass."""
    from vectorstore.library import Library

    watch = Stopwatch()
    started = time.perf_counter()
    embedder = _load(watch)
    embedder.embed(["warm up"])
    load_model_seconds = time.perf_counter() - started
    watch.seconds.clear()
    with PeakMemory() as memory, Library.open(folder, embedder) as library:
        started = time.perf_counter()
        report = _add(library, paths)
        total_seconds = time.perf_counter() - started
    embedding = watch.seconds["embed"]
    _read_alone(paths, watch)
    watch.seconds["store and the rest"] = max(0.0, total_seconds - embedding - watch.seconds["read"])
    return PipelineRun(
        NAME,
        sum(file.pages for file in report.files),
        sum(file.chunks for file in report.files),
        load_model_seconds,
        total_seconds,
        dict(watch.seconds),
        memory.megabytes,
    )


def grow(slices: Sequence[Sequence[Path]], folder: Path) -> GrowthRun:
    """The cost of a chunk while the library grows."""
    from vectorstore.library import Library

    watch = Stopwatch()
    chunks, seconds, embedding = [], [], []
    with Library.open(folder, _load(watch)) as library:
        for paths in slices:
            watch.seconds.clear()
            started = time.perf_counter()
            report = _add(library, paths)
            seconds.append(time.perf_counter() - started)
            embedding.append(watch.seconds["embed"])
            chunks.append(sum(file.chunks for file in report.files))
    return GrowthRun(NAME, tuple(chunks), tuple(seconds), tuple(embedding))


def find(folder: Path, questions: Mapping[str, str]) -> dict[str, list[tuple[str, int]]]:
    """Document and page of the first passages for each question, from the library that `run` left in the folder."""
    from vectorstore.embedder import load_embedder

    with open_library(folder, load_embedder("packaged", ollama_url="")) as library:
        names = {document.id: Path(document.source_name).stem for document in library.documents()}
        found = {key: library.search(question, limit=DEPTH) for key, question in questions.items()}
    return {key: [(names[item.document_id], item.page_number) for item in of] for key, of in found.items()}


def _load(watch: Stopwatch) -> TimedEmbedder:
    from vectorstore.embedder import load_embedder

    return TimedEmbedder(load_embedder("packaged", ollama_url=""), watch)


def _add(library: Library, paths: Sequence[Path]) -> AddReport:
    report = library.add(paths)
    faults = [f"{file.path.name}: {file.error}" for file in report.files if file.error]
    if faults:
        raise StudyError(f"Not all files could be added: {'; '.join(faults)}.")
    return report


def _read_alone(paths: Sequence[Path], watch: Stopwatch) -> None:
    from ingestion.limits import ReadLimits
    from ingestion.load import load_document
    from ingestion.pdf_pool import PdfPool, read_ahead

    with PdfPool(ReadLimits()) as reader, watch.stage("read"):
        for read in read_ahead(lambda path: load_document(path, reader=reader), paths, workers=reader.threads):
            read.result()
