"""The quotes of our texts, looked up in the papers: `python -m curriculum.receipts [--papers FOLDER]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from curriculum.receipts.lookup import FAULTS, look_up, search
from curriculum.receipts.pages import PaperPages
from curriculum.receipts.report import as_text, as_values
from curriculum.receipts.sources import load_sources
from errors import CurriculumError, StudyError
from settings import Settings

EXIT_MISSING, EXIT_FAULT = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 when a quote is not on its page, 2 for a known fault."""
    options = _parser().parse_args(arguments)
    try:
        papers = PaperPages(_folder(options.papers, options.home))
        sources = load_sources(options.only)
    except StudyError as error:
        print(error.as_text(), file=sys.stderr)
        return EXIT_FAULT
    reports = [look_up(source, papers) for source in sources]
    searches = search((statement for source in sources for statement in source.statements), papers)
    if options.json:
        print(json.dumps(as_values(reports, searches), ensure_ascii=False, indent=1))
    else:
        print(as_text(reports, searches))
    return EXIT_MISSING if any(report.count(fault) for report in reports for fault in FAULTS) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m curriculum.receipts",
        description="Looks every quote of notes, sheets and equations up in the PDF that it names.",
    )
    parser.add_argument("--papers", type=Path, metavar="FOLDER", help="PDFs; else those fetched from arXiv")
    parser.add_argument("--home", type=Path, help="data folder, instead of STUDY_HOME")
    parser.add_argument("--only", default="", metavar="NAME", help="notes, sheets, equations, or one file of these")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _folder(given: Path | None, home: Path | None) -> Path:
    """The folder with the PDFs; the one of fetched papers need not exist yet."""
    if given is not None:
        if not given.is_dir():
            raise CurriculumError(f"There is no folder {given}.", hint="Name the one that holds the papers' PDFs.")
        return given
    settings = Settings.from_environment()
    if home is not None:
        settings = replace(settings, home=home.expanduser().resolve())
    return settings.home / "arxiv" / "pdf"


if __name__ == "__main__":
    sys.exit(main())
