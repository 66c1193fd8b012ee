"""The library in the terminal: `python -m vectorstore add|search|list|delete|check|reread|reembed`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from curriculum.load import load_curriculum
from curriculum.shelves import shelves
from errors import HomeBusyError, StudyError
from ingestion.limits import ReadLimits
from settings import Settings
from vectorstore import terminal
from vectorstore.embedder import Embedder, EmbeddingOptions, load_embedder, load_former
from vectorstore.filters import CHUNK_KINDS, DOCUMENT_TYPES, SearchFilters
from vectorstore.library import Library
from vectorstore.reports import AddReport
from vectorstore.reranker import Reranker, load_reranker

EXIT_FAULT = 2
"""For every known fault, and when not one file could be added."""

log = logging.getLogger("vectorstore")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command: 0, or 2 with one sentence on stderr."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    options = build_parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        if options.home is not None:
            settings = replace(settings, home=options.home.expanduser().resolve())
        terminal.log_to(settings.home / "logs" / "vectorstore.log", settings.log_level)
        return int(options.command(options, settings))
    except StudyError as error:
        log.exception("The command failed")
        terminal.show_fault(error)
        return EXIT_FAULT
    except KeyboardInterrupt:
        terminal.show_note("Stopped; finished documents are in the library.")
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m vectorstore", description="Your library of papers and notes.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, help="data folder, instead of STUDY_HOME")
    common.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    add = commands.add_parser("add", parents=[common], help="add files, or the files in folders")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add.add_argument("--replace", action="store_true", help="a file of the same name makes room")
    add.set_defaults(command=run_add)

    search = commands.add_parser("search", parents=[common], help="passages that answer a question")
    search.add_argument("query")
    search.add_argument("-k", "--limit", type=_positive, default=5, help="number of passages (5)")
    _add_filters(search)
    search.set_defaults(command=run_search)

    listing = commands.add_parser("list", parents=[common], help="the documents")
    listing.set_defaults(command=run_list)

    delete = commands.add_parser("delete", parents=[common], help="remove documents with every trace")
    delete.add_argument("documents", nargs="+", metavar="DOCUMENT", help="id, title or arXiv id")
    delete.set_defaults(command=run_delete)

    check = commands.add_parser("check", parents=[common], help="look for damage")
    check.add_argument("--repair", action="store_true", help="and put it right")
    check.set_defaults(command=run_check)

    reread = commands.add_parser("reread", parents=[common], help="read documents again with the present reader")
    reread.add_argument("documents", nargs="*", metavar="DOCUMENT", help="id, title or arXiv id; without any, all")
    reread.add_argument("--outdated", action="store_true", help="only those that an earlier reader read")
    reread.set_defaults(command=run_reread)

    reembed = commands.add_parser("reembed", parents=[common], help="move to the embedding model of the settings")
    reembed.set_defaults(command=run_reembed)
    return parser


def _add_filters(search: argparse.ArgumentParser) -> None:
    """What a search may be narrowed to; an option given twice takes either value."""
    several: dict[str, Any] = {"action": "append", "default": []}
    search.add_argument("--paper", "--document", **several, help="only in this one: id, title or arXiv id")
    search.add_argument("--part", **several, help="only of this part of the roadmap: number, id or title")
    search.add_argument("--topic", **several, help="only of this topic of the roadmap: id or title")
    search.add_argument("--year", default="", help="only of these years: 2020, 2019-2021, 2020- or =-2020")
    search.add_argument("--section", default="", help='only in sections with these words or number, e.g. "Experiments"')
    search.add_argument("--kind", **several, help=f"only passages of this kind: {', '.join(CHUNK_KINDS)}")
    search.add_argument("--type", **several, help=f"only documents of this type: {', '.join(DOCUMENT_TYPES)}")


def run_add(options: argparse.Namespace, settings: Settings) -> int:
    """Add files with a progress bar, and say what became of each."""
    with _open(settings) as library:
        if library.needs_reembedding:
            _reembed(library)
        with terminal.add_bar(quiet=options.json) as progress:
            report = library.add(options.paths, progress=progress, replace=options.replace)
    if options.json:
        counts = {"pages": report.pages, "chunks": report.chunks}
        _print_report(report, counts | {"peak_memory_megabytes": terminal.peak_memory_megabytes()})
    else:
        terminal.show_report(report, engine=str(getattr(library.embedder, "engine", "")))
    failed = len(report.with_status("failed"))
    return EXIT_FAULT if failed and failed == len(report.files) else 0


def run_search(options: argparse.Namespace, settings: Settings) -> int:
    """Print the best passages, or why there are none."""
    filters = SearchFilters.of(
        papers=options.paper,
        parts=options.part,
        topics=options.topic,
        years=options.year,
        section=options.section,
        kinds=options.kind,
        types=options.type,
    )
    with _open_to_read(settings, load_reranker(settings.reranker_model)) as library:
        passages = library.search(options.query, limit=options.limit, filters=filters)
        emptied_by = "" if passages else library.emptied_by(filters)
    if not options.json:
        terminal.show_passages(passages, emptied_by)
        return 0
    _print_json([{"rank": rank, **passage.to_dict()} for rank, passage in enumerate(passages, start=1)])
    if emptied_by:
        terminal.show_note(emptied_by)
    return 0


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print the documents."""
    with _open_to_read(settings) as library:
        documents = library.documents()
    if options.json:
        _print_json([document.to_dict() for document in documents])
    else:
        terminal.show_documents(documents)
    return 0


def run_delete(options: argparse.Namespace, settings: Settings) -> int:
    """Remove documents; all are looked up before the first is removed."""
    with _open(settings) as library:
        chosen = {library.find_document(reference).id for reference in options.documents}
        removed = [library.delete(document_id) for document_id in sorted(chosen)]
    if options.json:
        _print_json([document.to_dict() for document in removed])
    else:
        for document in removed:
            terminal.show_note(f"Removed {document.title} ({document.pages} pages).")
    return 0


def run_check(options: argparse.Namespace, settings: Settings) -> int:
    """Print what is wrong; 0 when nothing is, or all was repaired."""
    with _open(settings) as library:
        report = library.check(repair=options.repair)
    if options.json:
        _print_json({**asdict(report), "healthy": report.healthy})
    else:
        terminal.show_check(report)
    return 0 if report.healthy else EXIT_FAULT


def run_reread(options: argparse.Namespace, settings: Settings) -> int:
    """Read documents again from the library's copies, and say what became of each."""
    with _open(settings) as library:
        if library.needs_reembedding:
            _reembed(library)
        named = [library.find_document(reference) for reference in options.documents]
        chosen = [one.id for one in named or library.documents() if one.is_outdated or not options.outdated]
        with terminal.add_bar(quiet=options.json) as progress:
            report = library.reread(list(dict.fromkeys(chosen)), progress=progress)
    if options.json:
        _print_report(report, {})
    else:
        terminal.show_rereading(report)
    return EXIT_FAULT if report.with_status("failed") else 0


def run_reembed(options: argparse.Namespace, settings: Settings) -> int:
    """Embed everything with the model of the settings, if another one made the index."""
    with _open(settings) as library:
        embedded = _reembed(library)
    if options.json:
        _print_json({"embedded_chunks": embedded})
    else:
        terminal.show_note(f"Embedded {embedded} chunks.")
    return 0


def _reembed(library: Library) -> int:
    with terminal.reembed_bar() as progress:
        return library.reembed(progress)


def _open(settings: Settings, *, read_only: bool = False, reranker: Reranker | None = None) -> Library:
    options = EmbeddingOptions(backend=settings.embedding_backend, cache=settings.cache / "embedding")
    embedder = load_embedder(settings.embedding_model, ollama_url=settings.ollama_url, options=options)

    def former_embedder(name: str) -> Embedder:
        return load_former(name, ollama_url=settings.ollama_url, options=options)

    limits = ReadLimits(
        timeout_seconds=settings.parse_timeout_seconds,
        memory_megabytes=settings.parse_memory_megabytes,
        file_megabytes=settings.upload_megabytes,
        recognise_text=settings.ocr == "auto",
    )
    curriculum = load_curriculum()
    return Library.open(
        settings.home / "library",
        embedder,
        limits=limits,
        read_only=read_only,
        expansions=curriculum.glossary,
        aliases=curriculum.aliases,
        subjects=shelves(curriculum),
        reranker=reranker,
        former_embedder=former_embedder,
        chroma_url=settings.chroma_url,
    )


def _open_to_read(settings: Settings, reranker: Reranker | None = None) -> Library:
    """The library; beside another process that writes to it, for reading only."""
    try:
        return _open(settings, reranker=reranker)
    except HomeBusyError as error:
        log.info("Opened for reading only: %s", error)
        return _open(settings, read_only=True, reranker=reranker)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _print_report(report: AddReport, more: dict[str, Any]) -> None:
    files = [outcome.to_dict() for outcome in report.files]
    seconds = round(report.seconds, 3)
    _print_json({"files": files, "embedded_chunks": report.embedded_chunks, "seconds": seconds, **more})


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    sys.exit(main())
