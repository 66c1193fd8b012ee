"""How long a search takes, query embedding included, in libraries of three sizes, with and without filters."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.bench.bench import Bench, open_library
from evals.bench.report import markdown_table
from evals.bench.synthetic import make_document, write_library
from evals.bench.windows import real_vectors

if TYPE_CHECKING:
    from vectorstore.library import Library

HELP = "search p50 and p95, query embedding included, with and without filters; start, memory, after adding"
ROUNDS = 2
LIMIT = 8
SHARE_ALLOWED = 3
KINDS = ("no filter", "a third of the documents", "years, section and kind")


def measure(bench: Bench) -> dict[str, Any]:
    """One row a size, each in a process of its own."""
    from evals.bench.compare import run_in_process
    from vectorstore.embedder import load_embedder

    embedder = load_embedder("packaged", ollama_url="")
    rows = []
    for size in bench.sizes:
        folder = bench.work / f"library-{size}"
        done = folder / "written"
        if not done.is_file():
            write_library(folder, real_vectors(bench, embedder, size), embedder.name)
            done.touch()
        rows.append(run_in_process("latency", "ours", bench.papers, folder))
    return {"sizes": rows}


def measure_one(folder: Path) -> dict[str, Any]:
    """The figures of one library."""
    from evals.bench.measures import PeakMemory
    from vectorstore.embedder import EmbeddingOptions, load_embedder

    as_the_page_does = EmbeddingOptions(cache=folder.parent / "embedding")
    embedder = load_embedder("packaged", options=as_the_page_does)
    embedder.warm_up()
    with PeakMemory() as memory:
        started = time.perf_counter()
        with open_library(folder, embedder) as library:
            opened = time.perf_counter() - started
            first = _seconds(library, "What does attention do?")
            library._dense.wait()
            ready = time.perf_counter() - started
            values = _ask(library)
            after_adding = _after_adding(library, folder)
            chunks = sum(document.chunks for document in library.documents())
            dense = "Chroma" if library._dense.ready else "exact"
    return {
        "chunks": chunks,
        "open_ms": 1000 * opened,
        "first_search_ms": 1000 * first,
        "ready_seconds": ready,
        "after_adding_ms": 1000 * after_adding,
        "peak_megabytes": memory.megabytes,
        "dense": dense,
        "milliseconds": values,
    }


def as_text(values: dict[str, Any]) -> str:
    """Latencies, then start and memory."""
    rows = [
        [f"{row['chunks']:,}", kind, f"{found['p50']:.0f}", f"{found['p95']:.0f}"]
        for row in values["sizes"]
        for kind, found in row["milliseconds"].items()
    ]
    start = [
        [
            f"{row['chunks']:,}",
            row["dense"],
            f"{row['open_ms']:.0f}",
            f"{row['first_search_ms']:.0f}",
            f"{row['ready_seconds']:.1f}",
            f"{row['after_adding_ms']:.0f}",
            f"{row['peak_megabytes']:,.0f}",
        ]
        for row in values["sizes"]
    ]
    head = ["chunks", "nearest by", "open ms", "first search ms", "ready s", "search after adding ms", "peak MB"]
    return "\n\n".join(
        [
            markdown_table(["chunks", "filter", "p50 ms", "p95 ms"], rows),
            markdown_table(head, start),
            _growth(values["sizes"][0], values["sizes"][-1]),
        ]
    )


def _growth(first: dict[str, Any], last: dict[str, Any]) -> str:
    times = last["milliseconds"][KINDS[0]]["p95"] / first["milliseconds"][KINDS[0]]["p95"]
    return (
        f"From {first['chunks']:,} to {last['chunks']:,} chunks, {last['chunks'] / first['chunks']:.0f} times as many, "
        f"p95 grows {times:.1f} times. Texts have the word frequencies of real ones, vectors are those of the part "
        "recall. A note of one page was added before the search of the last but one column."
    )


def _ask(library: Library) -> dict[str, dict[str, float]]:
    from evals.golden_reading import load_golden
    from vectorstore.filters import SearchFilters

    questions = [item.question for item in load_golden().of_split("dev").answerable]
    some = [document.id for document in library.documents()[::SHARE_ALLOWED]]
    filters = SearchFilters.of(years="2016-2022", section="Experiments", kinds=("text",))
    arguments: dict[str, dict[str, Any]] = dict(
        zip(KINDS, ({}, {"document_ids": some}, {"filters": filters}), strict=True)
    )
    values = {}
    for kind, more in arguments.items():
        library.search(questions[0], limit=LIMIT, **more)
        seconds = [_seconds(library, question, **more) for _ in range(ROUNDS) for question in questions]
        half, most = np.quantile(seconds, [0.5, 0.95])
        values[kind] = {"p50": 1000 * float(half), "p95": 1000 * float(most)}
    return values


def _after_adding(library: Library, folder: Path) -> float:
    """Seconds of the search that comes right after a document was added; it is deleted again."""
    note = folder / "added.md"
    document, _ = make_document(10**6, 100, np.random.default_rng(1))
    note.write_text(f"# A note for the benchmark\n\n{document.pages[0].text}\n", encoding="utf-8")
    report = library.add([note])
    seconds = _seconds(library, "What does attention do?")
    library.delete(report.files[0].document_id or library.documents()[-1].id)
    note.unlink()
    return seconds


def _seconds(library: Library, question: str, **more: Any) -> float:
    started = time.perf_counter()
    library.search(question, limit=LIMIT, **more)
    return time.perf_counter() - started
