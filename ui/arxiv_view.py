"""arXiv in the library tab as HTML: found papers, the progress of fetching, what came of each paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.cards.arxiv import found_row
from ui.library_progress import bar_html, outcomes_html
from ui.markup import escape_html

if TYPE_CHECKING:
    from papers.reports import FetchProgress
    from ui.fetching import FetchStatus


@dataclass(frozen=True, slots=True)
class RoadmapPaper:
    """A paper of the roadmap, and the library's document of it."""

    title: str
    arxiv_id: str
    document_id: str
    """Empty when it is not in the library."""


def found_html(found: Sequence[Mapping[str, Any]]) -> str:
    """The found papers, each with what can be done with it."""
    if not found:
        return '<p class="empty">arXiv has nothing for these words. Try fewer or other words, or an arXiv id.</p>'
    return f'<div class="papers">{"".join(found_row(one) for one in found)}</div>'


def fetching_html(status: FetchStatus) -> str:
    """Progress while papers are fetched, then a line for each paper."""
    parts: list[str] = []
    if status.running:
        parts.append(_progress(status.progress, status.waiting, cancelling=status.cancelling))
    return "".join([*parts, outcomes_html(status.outcomes, "What came of the papers", forgotten=status.forgotten)])


def fetching_sentence(status: FetchStatus) -> str:
    """The same in one line, for the chat."""
    if status.running:
        return status.progress.sentence if status.progress else "Getting ready …"
    if not status.outcomes:
        return ""
    last = status.outcomes[0]
    return f"{last.name}: {last.detail} {last.hint}".strip()


def roadmap_html(papers: Sequence[RoadmapPaper]) -> str:
    """How many of the roadmap's papers are here, and each with what can be done."""
    here = sum(bool(paper.document_id) for paper in papers)
    sentence = (
        f"{here} of the {len(papers)} papers that the roadmap names or we added, and arXiv has, are in your library."
    )
    rows = "".join(_roadmap_row(paper) for paper in papers)
    return (
        f'<p class="upload-note">{sentence}</p><details class="roadmap-papers"><summary>Which ones</summary>'
        f"<ul>{rows}</ul></details>"
    )


def fetch_label(missing: int) -> str:
    """What the button says that fetches those that are missing."""
    if not missing:
        return "All of the roadmap's papers are here"
    return f"Fetch the {missing} missing papers" if missing > 1 else "Fetch the missing paper"


def _roadmap_row(paper: RoadmapPaper) -> str:
    title, arxiv_id = escape_html(paper.title), escape_html(paper.arxiv_id)
    if paper.document_id:
        return (
            f'<li>✓ <button type="button" class="link-button study-action" name="open_document" '
            f'value="{escape_html(paper.document_id)}">{title}</button></li>'
        )
    return (
        f'<li>– <span>{title}</span> <button type="button" class="link-button study-action" name="add_paper" '
        f'value="{arxiv_id}" aria-label="Fetch {title}">Fetch {arxiv_id}</button></li>'
    )


def _progress(progress: FetchProgress | None, waiting: int, *, cancelling: bool) -> str:
    if progress is None:
        return f'<div class="adding" role="status"><p><b>Getting ready …</b></p>{bar_html(0.0)}</div>'
    parts = [f"{progress.files_done} of {progress.files_total} papers"]
    inside = 0.0
    if progress.bytes_total:
        inside = progress.bytes_done / progress.bytes_total
        parts.append(f"{progress.bytes_done / 1e6:.1f} of {progress.bytes_total / 1e6:.1f} MB")
    if waiting:
        parts.append(f"{waiting} more waiting")
    name = "Stopping" if cancelling else escape_html(progress.sentence)
    share = (progress.files_done + min(inside, 1.0) * 0.7) / progress.files_total if progress.files_total else 0.0
    return f'<div class="adding" role="status"><p><b>{name}</b></p>{bar_html(share)}<p>{" · ".join(parts)}</p></div>'
