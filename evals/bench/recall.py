"""What Chroma's index finds of the exact top 10, how fast, and what building it takes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.bench.bench import Bench
from evals.bench.report import markdown_table
from evals.bench.windows import EMBEDDED, random_vectors, real_vectors

if TYPE_CHECKING:
    from vectorstore.embedder import FloatMatrix

HELP = "Chroma's recall@10 against the exact product, on real and random vectors, with its and with our settings"
QUERIES = 200
TOP = 10
CANDIDATES = 50
"""Chunks asked for, as the library asks."""
BUDGET_SECONDS = {
    ("real", "ours"): 240.0,
    ("real", "default"): 45.0,
    ("random", "ours"): 15.0,
    ("random", "default"): 15.0,
}
"""For building one index, by vectors and settings; one that is not done by then is measured at the size it has."""
BATCH = 1_000
SHARE_ALLOWED = 3
"""One document in so many is allowed where searches are filtered."""


def measure(bench: Bench) -> dict[str, Any]:
    """One row for each kind of vectors, size and settings."""
    from vectorstore.chroma_index import CONFIGURATION
    from vectorstore.embedder import load_embedder

    embedder = load_embedder("packaged", ollama_url="")
    most = max(bench.sizes) + QUERIES
    settings = {"ours": CONFIGURATION["hnsw"], "default": {"space": "cosine"}}
    rows = []
    for kind, vectors in (
        ("real", real_vectors(bench, embedder, most)),
        ("random", random_vectors(most, embedder.dimension)),
    ):
        queries = vectors[-QUERIES:]
        for size in bench.sizes:
            exact = _exact(vectors[:size], queries)
            for name, hnsw in settings.items():
                found = _chroma(vectors[:size], queries, hnsw, BUDGET_SECONDS[kind, name])
                rows.append({"vectors": kind, "settings": name, **found, **exact})
    return {"rows": rows, "embedded": min(EMBEDDED, most)}


def as_text(values: dict[str, Any]) -> str:
    """One table, and how the vectors were made."""
    rows = [
        [
            row["vectors"],
            f"{row['chunks']:,}",
            row["settings"],
            f"{row['recall']:.3f}",
            *(f"{row[name]:.1f}" for name in ("p50_ms", "p95_ms", "filtered_p95_ms", "exact_p95_ms", "build_seconds")),
        ]
        for row in values["rows"]
    ]
    head = [
        "vectors",
        "chunks",
        "settings",
        "recall@10",
        "p50 ms",
        "p95 ms",
        "filtered p95 ms",
        "exact p95 ms",
        "build s",
    ]
    return (
        markdown_table(head, rows)
        + f"\n\nReal vectors: {values['embedded']:,} windows of 10 to 22 words out of the papers, abstracts and notes, "
        "embedded; above that number, mixtures of two neighbouring windows. An index that was not built within "
        f"its time ({_budgets()}) is measured at the size it had by then."
    )


def _exact(vectors: FloatMatrix, queries: FloatMatrix) -> dict[str, float]:
    return {"exact_p95_ms": _quantiles(lambda query: np.argpartition(-(vectors @ query), TOP), queries)[1]}


def _budgets() -> str:
    return ", ".join(f"{kind} vectors, {name} settings {most:.0f} s" for (kind, name), most in BUDGET_SECONDS.items())


def _chroma(vectors: FloatMatrix, queries: FloatMatrix, hnsw: Any, budget_seconds: float) -> dict[str, float]:
    import chromadb
    from chromadb.config import Settings

    with tempfile.TemporaryDirectory() as folder:
        client: Any = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        try:
            chunks: Any = client.create_collection("chunks", configuration={"hnsw": hnsw}, embedding_function=None)
            count, seconds = _fill(chunks, vectors, budget_seconds)
            allowed = {"document": {"$in": list(range(0, count // 100 + 1, SHARE_ALLOWED))}}
            best = [set(_nearest(chunks, query)[:TOP]) for query in queries]
            half, most = _quantiles(lambda query: _nearest(chunks, query), queries)
            filtered = _quantiles(lambda query: _nearest(chunks, query, where=allowed), queries[: QUERIES // 4])
        finally:
            client.close()
    right = [set(np.argsort(-(vectors[:count] @ query), kind="stable")[:TOP].tolist()) for query in queries]
    recall = float(np.mean([len(found & wanted) / TOP for found, wanted in zip(best, right, strict=True)]))
    return {
        "chunks": count,
        "recall": recall,
        "p50_ms": half,
        "p95_ms": most,
        "filtered_p95_ms": filtered[1],
        "build_seconds": seconds,
    }


def _fill(chunks: Any, vectors: FloatMatrix, budget_seconds: float) -> tuple[int, float]:
    """Add vectors until all are there or the time is up: their number, and the seconds."""
    started = time.perf_counter()
    for start in range(0, len(vectors), BATCH):
        rows = vectors[start : start + BATCH]
        places = range(start, start + len(rows))
        chunks.add(
            ids=[str(place) for place in places],
            embeddings=rows,
            metadatas=[{"document": place // 100} for place in places],
        )
        if time.perf_counter() - started > budget_seconds:
            break
    return start + len(rows), time.perf_counter() - started


def _nearest(chunks: Any, query: FloatMatrix, **more: Any) -> list[int]:
    found = chunks.query(query_embeddings=query.reshape(1, -1), n_results=CANDIDATES, include=["distances"], **more)
    return [int(name) for name in found["ids"][0]]


def _quantiles(ask: Callable[[FloatMatrix], object], queries: FloatMatrix) -> tuple[float, float]:
    """Milliseconds of one query: median, and 95 per cent are faster."""
    seconds = []
    for query in queries:
        started = time.perf_counter()
        ask(query)
        seconds.append(time.perf_counter() - started)
    half, most = np.quantile(seconds, [0.5, 0.95])
    return 1000 * float(half), 1000 * float(most)
