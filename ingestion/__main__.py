"""Shows what would be stored of files: `python -m ingestion PATH... [--json] [--show N]`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from errors import DocumentError
from ingestion.chunking import chunk_document
from ingestion.detect import KIND_BY_ENDING
from ingestion.document import Chunk, Document
from ingestion.load import load_document
from ingestion.pdf_process import PdfProcess
from ingestion.tokens import approximate_tokens

PIPE_COLUMNS = 160
MAX_TOKENS = 256
"""What the default embedding model takes; chunks are made for it, with approximate counts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    path: Path
    seconds: float
    document: Document | None = None
    chunks: list[Chunk] = field(default_factory=list)
    error: DocumentError | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 1 when a file could not be read, else 0."""
    options = _parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_COLUMNS)
    outcomes: list[Outcome] = []
    with PdfProcess() as process:
        for path in _files(options.paths):
            outcomes.append(_read(path, process))
            if options.json:
                sys.stdout.write(json.dumps(_as_json(outcomes[-1], options.show), ensure_ascii=False) + "\n")
    if not options.json:
        _print_table(console, outcomes)
        _print_chunks(console, outcomes, options.show)
    return 1 if any(outcome.error for outcome in outcomes) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description="Show what would be stored; nothing is.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders of files")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each file")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="also show the first N chunks of each file")
    return parser


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            known = KIND_BY_ENDING.keys() - {"", ".json"}
            yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in known) or [path]
        else:
            yield path


def _read(path: Path, process: PdfProcess) -> Outcome:
    started = time.monotonic()
    try:
        document = load_document(path, reader=process)
    except DocumentError as error:
        return Outcome(path, time.monotonic() - started, error=error)
    chunks = chunk_document(document, count_tokens=approximate_tokens, max_tokens=MAX_TOKENS)
    return Outcome(path, time.monotonic() - started, document, chunks)


def _as_json(outcome: Outcome, show: int) -> dict[str, Any]:
    values: dict[str, Any] = {"path": str(outcome.path), "seconds": round(outcome.seconds, 3)}
    if outcome.document is None:
        error = outcome.error
        return values | {"error": error.message if error else "", "hint": error.hint if error else ""}
    document = outcome.document
    return values | {
        "id": document.id,
        "kind": document.kind,
        "title": document.title,
        "authors": document.authors,
        "arxiv_id": document.arxiv_id,
        "year": document.year,
        "pages": len(document.pages),
        "sections": sum(len(page.headings) for page in document.pages),
        "chunks": len(outcome.chunks),
        "characters": sum(len(page.text) for page in document.pages),
        "warnings": list(document.warnings),
        "first_chunks": [asdict(chunk) for chunk in outcome.chunks[:show]],
    }


def _print_table(console: Console, outcomes: Sequence[Outcome]) -> None:
    table = Table(box=None)
    table.add_column("File", no_wrap=True, overflow="ellipsis", max_width=28)
    table.add_column("Kind")
    table.add_column("Title", no_wrap=True, overflow="ellipsis", max_width=44)
    table.add_column("arXiv", no_wrap=True)
    for name in ("Pages", "Sections", "Chunks", "Seconds"):
        table.add_column(name, justify="right")
    table.add_column("Remarks", overflow="fold")
    for outcome in outcomes:
        document = outcome.document
        if document is None:
            remark = outcome.error.as_text() if outcome.error else ""
            table.add_row(outcome.path.name, "-", "", "", "", "", "", f"{outcome.seconds:.2f}", f"[red]{remark}[/]")
            continue
        table.add_row(
            outcome.path.name,
            document.kind,
            document.title,
            document.arxiv_id or "",
            str(len(document.pages)),
            str(sum(len(page.headings) for page in document.pages)),
            str(len(outcome.chunks)),
            f"{outcome.seconds:.2f}",
            " ".join(document.warnings),
        )
    console.print(table)
    pages = sum(len(outcome.document.pages) for outcome in outcomes if outcome.document)
    chunks = sum(len(outcome.chunks) for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    console.print(f"{len(outcomes)} files, {pages} pages, {chunks} chunks in {seconds:.1f} s.")
    console.print("Chunks are counted with approximate tokens; the embedding model's own may differ by a few.")


def _print_chunks(console: Console, outcomes: Sequence[Outcome], show: int) -> None:
    for outcome in outcomes:
        for chunk in outcome.chunks[:show]:
            console.rule(f"{outcome.path.name}, page {chunk.page_number}, {chunk.kind}: {chunk.section}", align="left")
            console.print(chunk.text, markup=False, highlight=False)


if __name__ == "__main__":
    raise SystemExit(main())
