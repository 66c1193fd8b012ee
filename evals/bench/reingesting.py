"""Adding an unchanged library again: seconds, and embeddings computed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from evals.bench.bench import Bench, open_library, papers_library
from evals.bench.report import markdown_table

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder, FloatMatrix

HELP = "adding an unchanged library again: seconds, and embeddings computed"
REPEATS = 5


class CountingEmbedder:
    """An embedder that counts the texts it embeds."""

    def __init__(self, inner: Embedder) -> None:
        self.name = inner.name
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens
        self.texts = 0
        self._inner = inner

    def count_tokens(self, text: str) -> int:
        """Tokens of the text."""
        return self._inner.count_tokens(text)

    def warm_up(self) -> None:
        """Load the model."""
        self._inner.warm_up()

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> FloatMatrix:
        """One row a text."""
        self.texts += len(texts)
        return self._inner.embed(texts, progress=progress)


def measure(bench: Bench) -> dict[str, Any]:
    """Open the library of the papers, add all of them again, and close it, some times over."""
    from vectorstore.embedder import load_embedder

    papers_library(bench, load_embedder("packaged", ollama_url="")).close()
    embedder = CountingEmbedder(load_embedder("packaged", ollama_url=""))
    seconds, adding = [], []
    pages = chunks = 0
    for _ in range(REPEATS):
        started = time.perf_counter()
        with open_library(bench.work / "papers-library", embedder) as library:
            opened = time.perf_counter()
            report = library.add(bench.pdfs)
            adding.append(time.perf_counter() - opened)
        seconds.append(time.perf_counter() - started)
        pages, chunks = sum(file.pages for file in report.files), sum(file.chunks for file in report.files)
    return {
        "pages": pages,
        "chunks": chunks,
        "seconds": statistics.median(seconds),
        "adding_seconds": statistics.median(adding),
        "most_seconds": max(seconds),
        "embeddings": embedder.texts,
    }


def as_text(values: dict[str, Any]) -> str:
    """One line."""
    opening = values["seconds"] - values["adding_seconds"]
    per_500 = opening + values["adding_seconds"] / values["pages"] * 500
    return markdown_table(
        ["pages", "chunks", "open, add, close: seconds", "adding alone", "slowest", "per 500 pages", "embeddings"],
        [
            [
                f"{values['pages']}",
                f"{values['chunks']}",
                f"{values['seconds']:.2f}",
                f"{values['adding_seconds']:.2f}",
                f"{values['most_seconds']:.2f}",
                f"{per_500:.2f}",
                f"{values['embeddings']}",
            ]
        ],
    )
