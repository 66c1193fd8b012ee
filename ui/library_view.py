"""The library as HTML: progress, what came of each file, the table of documents, found passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ui.adding import AddStatus, FileLine
from ui.answer import shorten
from ui.markup import escape_html
from ui.reference import PassageReference

if TYPE_CHECKING:
    from vectorstore.passage import Passage
    from vectorstore.reports import AddProgress, DocumentSummary

_SIGNS = {"added": "✓", "unchanged": "=", "failed": "⚠", "cancelled": "–", "deleted": "✕"}
_SHOWN_OUTCOMES = 20


def adding_html(status: AddStatus) -> str:
    """Progress while files are added, then a line for each file."""
    parts: list[str] = []
    if status.running:
        parts.append(_progress(status.progress, status.waiting, cancelling=status.cancelling))
    return "".join([*parts, outcomes_html(status.outcomes, "What came of the files")])


def outcomes_html(outcomes: Sequence[FileLine], label: str) -> str:
    """A line for each file; empty when there is none."""
    lines = "".join(_outcome(line) for line in outcomes[:_SHOWN_OUTCOMES])
    return f'<ul class="outcomes" aria-label="{label}">{lines}</ul>' if lines else ""


def _progress(progress: AddProgress | None, waiting: int, *, cancelling: bool) -> str:
    if progress is None:
        return f'<div class="adding" role="status"><p><b>Getting ready …</b></p>{bar_html(0.0)}</div>'
    parts = [
        f"{progress.files_done} of {progress.files_total + waiting} files",
        f"{progress.pages_done:,} of {progress.pages_total:,} pages",
        f"{progress.chunks_done:,} of {progress.chunks_total:,} passages",
    ]
    if progress.chunks_per_second > 0:
        parts.append(f"{progress.chunks_per_second:,.0f} passages/s")
    if progress.seconds_left is not None:
        parts.append(f"about {_seconds(progress.seconds_left)} left")
    name = "Stopping after this piece" if cancelling else f"Adding {escape_html(progress.current)}"
    inside = progress.chunks_done / progress.chunks_total if progress.chunks_total else 0.0
    share = (progress.files_done + min(inside, 1.0)) / progress.files_total if progress.files_total else 0.0
    return f'<div class="adding" role="status"><p><b>{name}</b></p>{bar_html(share)}<p>{" · ".join(parts)}</p></div>'


def bar_html(share: float) -> str:
    """A bar filled to a share from 0 to 1."""
    percent = round(100 * min(max(share, 0.0), 1.0))
    return (
        f'<div class="bar" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><span style="width: {max(percent, 2)}%"></span></div>'
    )


def _outcome(line: FileLine) -> str:
    hint = f' <span class="hint">{escape_html(line.hint)}</span>' if line.hint else ""
    warnings = "".join(f'<span class="file-warning">{escape_html(warning)}</span>' for warning in line.warnings)
    return (
        f'<li class="outcome {line.status}"><span class="sign" aria-hidden="true">{_SIGNS.get(line.status, "•")}'
        f"</span> <b>{escape_html(line.name)}</b> {line.status}: {escape_html(line.detail)}{hint}{warnings}</li>"
    )


def documents_html(documents: Sequence[DocumentSummary], *, read_only: str = "") -> str:
    """The table of documents, or what to do when there is none."""
    if not documents:
        return (
            '<div class="empty"><p><b>Your library is empty.</b></p><p>Add a paper or your own notes above. '
            "Each page is cut into passages; answers quote them and link to the page.</p></div>"
        )
    pages = sum(document.pages for document in documents)
    rows = "".join(_document(document, deletable=not read_only) for document in documents)
    return (
        f'<p class="library-size">{len(documents):,} documents, {pages:,} pages</p>'
        '<div class="table-frame" tabindex="0" role="group" aria-label="Documents"><table class="documents"><thead><tr>'
        "<th>Title</th><th>Kind</th><th>Pages</th><th>Passages</th><th>arXiv</th><th>Added</th>"
        '<th><span class="for-reader">Actions</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _document(document: DocumentSummary, *, deletable: bool) -> str:
    title = escape_html(document.title)
    first_page = PassageReference.of(document.id, 1, 0, 0, "").as_text()
    delete = (
        f'<button type="button" class="quiet-button study-action" name="delete_document" '
        f'value="{escape_html(document.id)}" data-confirm="Take “{title}” out of the library?" data-verb="Delete" '
        f'aria-label="Delete {title}" title="Delete">✕</button>'
    )
    warnings = "".join(f'<span class="file-warning">{escape_html(warning)}</span>' for warning in document.warnings)
    details = escape_html(document.authors or document.source_name)
    return (
        f'<tr><td><button type="button" class="link-button study-action" name="open_source" value="{first_page}">'
        f'{title}</button><span class="document-details">{details}</span>{warnings}</td>'
        f"<td>{document.kind}</td><td>{document.pages:,}</td><td>{document.chunks:,}</td>"
        f"<td>{escape_html(document.arxiv_id or '')}</td><td>{document.added_at:%Y-%m-%d}</td>"
        f"<td>{delete if deletable else ''}</td></tr>"
    )


def passages_html(query: str, passages: Sequence[Passage], emptied_by: str = "") -> str:
    """Found passages, each a button that opens its page; a sentence when there is none.

    `emptied_by` says which filter left nothing, if one did.
    """
    if not query.strip():
        return ""
    if emptied_by:
        return f'<p class="empty">{escape_html(emptied_by)}</p>'
    if not passages:
        return f'<p class="empty">Nothing in the library fits “{escape_html(shorten(query, 80))}”.</p>'
    return f'<div class="found">{"".join(_passage(passage) for passage in passages)}</div>'


def _passage(passage: Passage) -> str:
    value = PassageReference.of(
        passage.document_id, passage.page_number, passage.start, passage.end, passage.text
    ).as_text()
    section = f" · {escape_html(shorten(passage.section, 80))}" if passage.section else ""
    return (
        f'<button type="button" class="source-row study-action" name="open_source" value="{value}">'
        f'<span class="source-text"><b>{escape_html(passage.title)}</b> · p. {passage.page_number}{section}'
        f'<span class="source-quote">{escape_html(shorten(passage.text, 320))}</span></span></button>'
    )


def undo_html(title: str, token: str) -> str:
    """A line that says what was deleted, with a way back."""
    return (
        f'<div class="undo" role="status">“{escape_html(title)}” was deleted. <button type="button" '
        f'class="link-button study-action" name="undo_delete" value="{escape_html(token)}">Undo</button></div>'
    )


def _seconds(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"
