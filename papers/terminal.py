"""What the terminal door of this room shows: results, progress, reports. JSON is not its business."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from papers.reports import AddedPaper, FetchProgress, FetchReport, FoundPaper, FoundPapers
from papers.shelf import FetchedPaper

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_CHARACTERS = 300
"""Of each abstract."""


@contextmanager
def progress_line(*, quiet: bool) -> Iterator[Callable[[FetchProgress], None]]:
    """A listener that draws the paper in hand and what goes on with it on stderr; a line a stage into a file."""
    if quiet:
        yield lambda _: None
        return
    if not _console(stderr=True).is_terminal:
        yield _stage_lines()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=20), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking arXiv", total=None)

        def draw(state: FetchProgress) -> None:
            bar.update(
                task,
                description=_line_of(state),
                completed=state.files_done + (state.fraction or 0.0) / 2 + (0.5 if state.stage == "ingest" else 0.0),
                total=state.files_total,
            )

        yield draw


def show_found(found: FoundPapers) -> None:
    """The results, each with why it is there."""
    if not found:
        _say("arXiv found nothing. Try fewer or other words.")
    for rank, paper in enumerate(found, start=1):
        _show_result(rank, paper)
    for notice in found.notices:
        _say(f"Note: {notice}")
    if len(found) < found.total:
        _say(f"{len(found)} of {found.total} papers shown.")


def show_added(added: AddedPaper) -> None:
    """What became of a paper, and what to read before it."""
    words = {"added": "Added", "already": "Already there", "updated": "Updated"}
    _say(f"{words[added.status]}: {added.title} (arXiv {added.record.id}), {added.pages} pages, {added.chunks} chunks.")
    if added.topics:
        _say(f"Topics: {'; '.join(added.topics)}")
    for paper in added.prerequisites:
        _say(f"Read before: {paper.title}{'' if paper.in_library else ' (not in the library)'}")
    for notice in added.notices:
        _say(f"Note: {notice}")


def show_report(report: FetchReport) -> None:
    """A line for each paper that is new or failed, and the totals."""
    for outcome in report.papers:
        if outcome.status in ("added", "updated"):
            _say(f"{outcome.status:<9} {outcome.title} (arXiv {outcome.paper_id}v{outcome.version})")
    for outcome in report.with_status("failed"):
        reason = outcome.error.as_text() if outcome.error is not None else ""
        _say(f"failed    {outcome.title} (arXiv {outcome.paper_id}): {reason}")
    for notice in report.notices:
        _say(f"Note: {notice}")
    counts = {
        status: len(report.with_status(status)) for status in ("added", "updated", "already", "failed", "cancelled")
    }
    told = ", ".join(
        f"{count} {'not tried' if name == 'cancelled' else name}" for name, count in counts.items() if count
    )
    _say(f"{len(report.papers)} papers of the roadmap on arXiv: {told}; {report.seconds:.1f} s.")


def show_fetched(papers: Sequence[FetchedPaper]) -> None:
    """A table of what was fetched."""
    from rich.markup import escape
    from rich.table import Table

    if not papers:
        _say("Nothing was fetched from arXiv yet.")
        return
    table = Table("arXiv", "title", "fetched", "MB", "in the library since", box=None)
    for paper in papers:
        size = f"{paper.size_bytes / 1e6:.1f}"
        table.add_row(
            str(paper.record.id), escape(paper.record.title), paper.fetched_at[:10], size, paper.added_at[:10]
        )
    _console().print(table)


def _stage_lines() -> Callable[[FetchProgress], None]:
    told: list[tuple[str, str]] = []

    def tell(state: FetchProgress) -> None:
        if told[-1:] != [(state.paper, state.stage)]:
            told.append((state.paper, state.stage))
            _console(stderr=True).print(_line_of(state), markup=False, highlight=False, soft_wrap=True)

    return tell


def _line_of(state: FetchProgress) -> str:
    count = f"{state.files_done}/{state.files_total} " if state.files_total > 1 else ""
    return f"{count}{state.paper[:60]}: {state.sentence}"


def _show_result(rank: int, paper: FoundPaper) -> None:
    record = paper.record
    marks = f"{' [in the library]' if paper.in_library else ''}{' [withdrawn]' if record.withdrawn else ''}"
    _console().print(f"[{rank}] {record.title}{marks}", style="bold", markup=False, highlight=False, soft_wrap=True)
    _say(f"    {record.short_authors}, {record.published:%Y-%m-%d}, arXiv {record.id} [{record.primary_category}]")
    _say(f"    {paper.why}")
    short = len(record.abstract) <= SHOWN_CHARACTERS
    _say(f"    {record.abstract if short else record.abstract[:SHOWN_CHARACTERS] + '…'}\n")


def _say(sentence: str) -> None:
    _console().print(sentence, markup=False, highlight=False, soft_wrap=True)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)
