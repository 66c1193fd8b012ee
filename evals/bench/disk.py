"""What the library of the papers takes on disk, part by part, and the memory that was needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evals.bench.bench import Bench, papers_library
from evals.bench.measures import MEGABYTE
from evals.bench.report import markdown_table

HELP = "megabytes on disk per 1,000 chunks: catalogue, Chroma, keyword index, copies of the files; peak memory"
PARTS_ON_DISK = {
    "catalogue (pages, boxes, chunks, vectors)": "catalogue.sqlite3*",
    "Chroma": "chroma/**/*",
    "keyword index": "keywords/*",
    "copies of the files": "files/*",
}


def measure(bench: Bench) -> dict[str, Any]:
    """Sizes after the library was closed, and the peaks that the other parts saw."""
    from vectorstore.embedder import load_embedder

    with papers_library(bench, load_embedder("packaged", ollama_url="")) as library:
        library.search("warm up")
        documents = library.documents()
    folder = bench.work / "papers-library"
    sizes = {name: _bytes(folder, pattern) / MEGABYTE for name, pattern in PARTS_ON_DISK.items()}
    return {
        "pages": sum(document.pages for document in documents),
        "chunks": sum(document.chunks for document in documents),
        "megabytes": sizes,
        "peaks": _peaks(bench),
    }


def as_text(values: dict[str, Any]) -> str:
    """Megabytes by part, and the peaks."""
    thousands = values["chunks"] / 1000
    sizes = {**values["megabytes"], "all": sum(values["megabytes"].values())}
    table = markdown_table(
        ["part", "MB", "MB per 1,000 chunks"],
        [[name, f"{size:.1f}", f"{size / thousands:.1f}"] for name, size in sizes.items()],
    )
    text = f"{values['pages']} pages, {values['chunks']} chunks.\n\n{table}"
    if values["peaks"]:
        rows = [[name, f"{megabytes:,.0f}"] for name, megabytes in values["peaks"].items()]
        text += "\n\n" + markdown_table(["peak memory of the process", "MB"], rows)
    return text


def _bytes(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def _peaks(bench: Bench) -> dict[str, float]:
    """Peak memory by what was done, from the parts that ran before."""
    peaks: dict[str, float] = {}
    if bench.result("ingest").is_file():
        runs = json.loads(bench.result("ingest").read_text(encoding="utf-8"))["runs"]
        for name, of in runs.items():
            peaks[f"ingesting the papers, {name}"] = max(run["peak_megabytes"] for run in of)
    if bench.result("latency").is_file():
        for row in json.loads(bench.result("latency").read_text(encoding="utf-8"))["sizes"]:
            peaks[f"searching {row['chunks']:,} chunks, model included"] = row["peak_megabytes"]
    return peaks
