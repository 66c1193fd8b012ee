"""arXiv in the terminal: `python -m papers search|add|fetch-roadmap|list`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from curriculum.load import load_curriculum
from errors import HomeBusyError, StudyError
from ingestion.limits import ReadLimits
from papers import terminal
from papers.service import PaperService, open_papers
from papers.shelf import Shelf
from settings import Settings
from vectorstore.embedder import EmbeddingOptions, load_embedder
from vectorstore.library import Library
from vectorstore.terminal import log_to, show_fault, show_note

EXIT_FAULT = 2
"""For every known fault, and when a paper of the roadmap could not be fetched."""
EXIT_STOPPED = 130

log = logging.getLogger("papers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command: 0, or 2 with one sentence on stderr."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    options = build_parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        if options.home is not None:
            settings = replace(settings, home=options.home.expanduser().resolve())
        log_to(settings.home / "logs" / "papers.log", settings.log_level)
        return int(options.command(options, settings))
    except StudyError as error:
        log.exception("The command failed")
        show_fault(error)
        return EXIT_FAULT
    except KeyboardInterrupt:
        show_note("Stopped; what was fetched is kept, and the same command goes on from there.")
        return EXIT_STOPPED


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m papers", description="Papers of arXiv for your library.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, help="data folder, instead of STUDY_HOME")
    common.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    search = commands.add_parser("search", parents=[common], help="look for papers")
    search.add_argument("query", nargs="?", default="", help="words, a phrase in quotes, or arXiv ids")
    search.add_argument("--author", default="", help="a name")
    search.add_argument("--category", default="", help="e.g. cs.CL, or cs for all of it")
    search.add_argument("--since", help="first day: 2024, 2024-05 or 2024-05-17")
    search.add_argument("--until", help="last day")
    search.add_argument("--topic", default="", help="what you study now; the results say what they share with it")
    search.add_argument("-k", "--limit", type=int, default=8, help="number of papers (8)")
    search.set_defaults(command=run_search)

    add = commands.add_parser("add", parents=[common], help="fetch papers and take them into the library")
    add.add_argument("papers", nargs="+", metavar="PAPER", help="id, address at arxiv.org, or name in the roadmap")
    add.set_defaults(command=run_add)

    fetch = commands.add_parser("fetch-roadmap", parents=[common], help="add the roadmap's papers")
    fetch.set_defaults(command=run_fetch_roadmap)

    listing = commands.add_parser("list", parents=[common], help="what was fetched, with versions")
    listing.set_defaults(command=run_list)
    return parser


def run_search(options: argparse.Namespace, settings: Settings) -> int:
    """Print what arXiv has."""
    with _open_to_read(settings) as library:
        found = _service(library, settings).search(
            options.query,
            author=options.author,
            category=options.category,
            since=options.since,
            until=options.until,
            limit=options.limit,
            context=options.topic,
        )
    if options.json:
        results = [paper.to_dict() for paper in found]
        _print_json({"results": results, "total": found.total, "notices": list(found.notices)})
    else:
        terminal.show_found(found)
    return 0


def run_add(options: argparse.Namespace, settings: Settings) -> int:
    """Add papers; the first that cannot be had ends it, those before it stay."""
    added = []
    with _open(settings) as library:
        service = _service(library, settings)
        for reference in options.papers:
            with terminal.progress_line(quiet=options.json) as progress:
                paper = service.add(reference, progress=progress)
            added.append(paper)
            if not options.json:
                terminal.show_added(paper)
    if options.json:
        _print_json([paper.to_dict() for paper in added])
    return 0


def run_fetch_roadmap(options: argparse.Namespace, settings: Settings) -> int:
    """Add all papers of the roadmap that are on arXiv."""
    with _open(settings) as library, terminal.progress_line(quiet=options.json) as progress:
        report = _service(library, settings).fetch_roadmap(progress)
    if options.json:
        _print_json(report.to_dict())
    else:
        terminal.show_report(report)
    return EXIT_FAULT if report.with_status("failed") else 0


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print what was fetched."""
    fetched = list(Shelf(settings.home / "arxiv" / "pdf").all())
    if options.json:
        _print_json([paper.to_dict() for paper in fetched])
    else:
        terminal.show_fetched(fetched)
    return 0


def _service(library: Library, settings: Settings) -> PaperService:
    return open_papers(
        library, load_curriculum(), settings.home, api_url=settings.arxiv_url, pdf_url=settings.arxiv_pdf_url
    )


def _open(settings: Settings, *, read_only: bool = False) -> Library:
    limits = ReadLimits(
        timeout_seconds=settings.parse_timeout_seconds,
        memory_megabytes=settings.parse_memory_megabytes,
        file_megabytes=settings.upload_megabytes,
        recognise_text=settings.ocr == "auto",
    )
    embedder = load_embedder(
        settings.embedding_model,
        ollama_url=settings.ollama_url,
        options=EmbeddingOptions(backend=settings.embedding_backend, cache=settings.cache / "embedding"),
    )
    return Library.open(
        settings.home / "library", embedder, limits=limits, read_only=read_only, chroma_url=settings.chroma_url
    )


def _open_to_read(settings: Settings) -> Library:
    """The library; beside another process that writes to it, for reading only."""
    try:
        return _open(settings)
    except HomeBusyError as error:
        log.info("Opened for reading only: %s", error)
        return _open(settings, read_only=True)


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    sys.exit(main())
