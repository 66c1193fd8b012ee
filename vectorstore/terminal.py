"""What the terminal door shows: progress bars, tables, sentences. JSON is not its business."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from vectorstore.passage import Passage
from vectorstore.reports import AddProgress, AddReport, CheckReport, DocumentSummary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

SHOWN_CHARACTERS = 400
"""Of each passage's text."""


def log_to(path: Path, level: str) -> None:
    """Write the log of a command into a file of the home; without a home that can be written there is no log."""
    handler: logging.Handler = logging.NullHandler()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        pass
    form = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    known = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(handlers=[handler], level=known, format=form, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.captureWarnings(True)


def show_fault(error: StudyError) -> None:
    """One sentence, and one with what to do, on stderr."""
    _console(stderr=True).print(error.as_text(), style="red", markup=False, highlight=False, soft_wrap=True)


def show_note(sentence: str) -> None:
    """A sentence on stderr."""
    _console(stderr=True).print(sentence, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def add_bar(*, quiet: bool) -> Iterator[Callable[[AddProgress], None]]:
    """A listener that draws files, pages, chunks, rate and time left on stderr."""
    if quiet:
        yield lambda _: None
        return
    with _progress() as bar:
        task = bar.add_task("reading", total=None)

        def draw(state: AddProgress) -> None:
            left = "" if state.seconds_left is None else f", {_clock(state.seconds_left)} left"
            text = (
                f"files {state.files_done}/{state.files_total}  pages {state.pages_done}/{state.pages_total}  "
                f"chunks {state.chunks_done}/{state.chunks_total}  {state.chunks_per_second:.0f}/s{left}"
            )
            share = state.files_done + state.chunks_done / (state.chunks_total or 1)
            bar.update(task, completed=share, total=state.files_total + 1, description=text)

        yield draw


@contextmanager
def reembed_bar() -> Iterator[Callable[[int, int], None]]:
    """A listener that draws chunks done and chunks in all on stderr."""
    with _progress() as bar:
        task = bar.add_task("embedding", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total, description=f"chunks {done}/{total}")


def show_report(report: AddReport, *, engine: str = "") -> None:
    """A line for each file that needs one, the totals, and what computed the embeddings where that is known."""
    console = _console()
    for outcome in report.files:
        if outcome.error is not None:
            console.print(f"failed     {outcome.path.name}: {outcome.error.as_text()}", markup=False, soft_wrap=True)
        elif outcome.status == "added":
            counts = f"{outcome.pages} pages, {outcome.chunks} chunks"
            console.print(f"added      {outcome.path.name}: {counts}", markup=False, soft_wrap=True)
        else:
            console.print(f"{outcome.status:<10} {outcome.path.name}", markup=False, soft_wrap=True)
        for warning in outcome.warnings if outcome.status == "added" else ():
            console.print(f"           {warning}", markup=False, soft_wrap=True)
    if not report.files:
        console.print("There are no files to add.")
    by = f" by {engine}" if engine and report.embedded_chunks else ""
    console.print(
        f"{len(report.with_status('added'))} of {len(report.files)} files added: {report.pages} pages, "
        f"{report.chunks} chunks ({report.embedded_chunks} embedded{by}) in {report.seconds:.1f} s; "
        f"peak memory {peak_memory_megabytes()} MB.",
        soft_wrap=True,
    )


def show_rereading(report: AddReport) -> None:
    """A line for each document that changed or failed, and the totals."""
    console = _console()
    for outcome in report.files:
        if outcome.error is not None:
            console.print(f"failed     {outcome.path.name}: {outcome.error.as_text()}", markup=False, soft_wrap=True)
        elif outcome.status == "reread":
            counts = f"{outcome.pages} pages, {outcome.chunks} chunks"
            console.print(f"changed    {outcome.path.name}: {counts}", markup=False, soft_wrap=True)
    changed, same = len(report.with_status("reread")), len(report.with_status("unchanged"))
    console.print(
        f"{changed + same} of {len(report.files)} documents read again, {changed} of them changed "
        f"({report.embedded_chunks} chunks embedded) in {report.seconds:.1f} s.",
        soft_wrap=True,
    )


def show_passages(passages: Sequence[Passage], emptied_by: str = "") -> None:
    """The passages with where they stand and their scores; without any, which filter left nothing, if one did."""
    console = _console()
    if not passages:
        console.print(emptied_by or "Nothing in the library fits.", markup=False, highlight=False, soft_wrap=True)
    for rank, passage in enumerate(passages, start=1):
        place = f"{passage.title}" + (f" (arXiv {passage.arxiv_id})" if passage.arxiv_id else "")
        place += f", p. {passage.page_number}" + (f", {passage.section}" if passage.section else "")
        scores = f"score {passage.score:.2f}, similarity {passage.similarity:.2f}, keywords {passage.keyword_score:.1f}"
        console.print(f"[{rank}] {place}", style="bold", markup=False, highlight=False, soft_wrap=True)
        console.print(f"    {scores}", style="dim", highlight=False)
        text = " ".join(passage.text.split())
        shown = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
        console.print(f"    {shown}\n", markup=False, highlight=False, soft_wrap=True)


def show_documents(documents: Sequence[DocumentSummary]) -> None:
    """A table of the documents."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("id", "title", "arXiv", "year", "kind", "pages", "chunks", box=None)
    for document in documents:
        year = "" if document.year is None else str(document.year)
        numbers = (str(document.pages), str(document.chunks))
        table.add_row(document.id, escape(document.title), document.arxiv_id or "", year, document.kind, *numbers)
    _console().print(table if documents else "The library is empty.")
    if outdated := sum(document.is_outdated for document in documents):
        show_note(
            f"{outdated} of them {'was' if outdated == 1 else 'were'} read by an earlier reader. "
            "Read them again with: python -m vectorstore reread --outdated"
        )


def show_check(report: CheckReport) -> None:
    """Counts and faults."""
    console = _console()
    console.print(
        f"{report.documents} documents, {report.pages} pages, {report.chunks} chunks, {report.embeddings} embeddings."
    )
    for fault in report.faults:
        state = "repaired" if fault in report.repaired else "fault"
        console.print(f"{state}: {fault}", markup=False, soft_wrap=True)
    if report.healthy:
        console.print("All is well.")


def peak_memory_megabytes() -> int:
    """Most memory of this process, or of its largest child, so far; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most // (1024 * 1024 if sys.platform == "darwin" else 1024)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)


def _progress() -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=20), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    return Progress(*columns, console=_console(stderr=True), transient=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"
