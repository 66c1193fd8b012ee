"""arXiv in the library tab as HTML: found papers, the progress of fetching, what came of each paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.cards.arxiv import found_row
from ui.library_progress import bar_html, outcomes_html
from ui.markup import escape_html
from ui.translation import _, ngettext

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
        told = _("arXiv has nothing for these words. Try fewer or other words, or an arXiv id.")
        return f'<p class="empty">{told}</p>'
    return f'<div class="papers">{"".join(found_row(one) for one in found)}</div>'


def fetching_html(status: FetchStatus) -> str:
    """Progress while papers are fetched, then a line for each paper."""
    parts: list[str] = []
    if status.running:
        parts.append(_progress(status.progress, status.waiting, cancelling=status.cancelling))
    return "".join([*parts, outcomes_html(status.outcomes, _("What came of the papers"), forgotten=status.forgotten)])


def fetching_sentence(status: FetchStatus) -> str:
    """The same in one line, for the chat."""
    if status.running:
        return status.progress.sentence if status.progress else _("Getting ready …")
    if not status.outcomes:
        return ""
    last = status.outcomes[0]
    return f"{last.name}: {last.detail} {last.hint}".strip()


def roadmap_html(papers: Sequence[RoadmapPaper]) -> str:
    """How many of the roadmap's papers are here, and each with what can be done."""
    here = sum(bool(paper.document_id) for paper in papers)
    sentence = _(
        "In your library: {count} of the {all} papers on arXiv that the roadmap names or that we added to it."
    ).format(count=here, all=len(papers))
    rows = "".join(_roadmap_row(paper) for paper in papers)
    return (
        f'<p class="upload-note">{sentence}</p><details class="roadmap-papers"><summary>{_("Which ones")}</summary>'
        f"<ul>{rows}</ul></details>"
    )


def fetch_label(missing: int) -> str:
    """What the button says that fetches those that are missing."""
    if not missing:
        return _("All of the roadmap's papers are here")
    told = ngettext("Fetch the missing paper", "Fetch the {count} missing papers", missing)
    return told.format(count=missing)


def _roadmap_row(paper: RoadmapPaper) -> str:
    title, arxiv_id = escape_html(paper.title), escape_html(paper.arxiv_id)
    if paper.document_id:
        return (
            f'<li>✓ <button type="button" class="link-button study-action" name="open_document" '
            f'value="{escape_html(paper.document_id)}">{title}</button></li>'
        )
    fetch = _("Fetch {name}")
    return (
        f'<li>– <span>{title}</span> <button type="button" class="link-button study-action" name="add_paper" '
        f'value="{arxiv_id}" aria-label="{fetch.format(name=title)}">{fetch.format(name=arxiv_id)}</button></li>'
    )


def _progress(progress: FetchProgress | None, waiting: int, *, cancelling: bool) -> str:
    if progress is None:
        return f'<div class="adding" role="status"><p><b>{_("Getting ready …")}</b></p>{bar_html(0.0)}</div>'
    parts = [_("{done} of {all} papers").format(done=progress.files_done, all=progress.files_total)]
    inside = 0.0
    if progress.bytes_total:
        inside = progress.bytes_done / progress.bytes_total
        done, every = progress.bytes_done / 1e6, progress.bytes_total / 1e6
        parts.append(_("{done:.1f} of {all:.1f} MB").format(done=done, all=every))
    if waiting:
        parts.append(_("{count} more waiting").format(count=waiting))
    name = _("Stopping") if cancelling else escape_html(progress.sentence)
    share = (progress.files_done + min(inside, 1.0) * 0.7) / progress.files_total if progress.files_total else 0.0
    return f'<div class="adding" role="status"><p><b>{name}</b></p>{bar_html(share)}<p>{" · ".join(parts)}</p></div>'
