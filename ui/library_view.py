"""The library as HTML: the table of documents, deleted ones, found passages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ui.answer import shorten
from ui.library_progress import adding_html, bar_html, outcomes_html, rereading_html
from ui.markup import escape_html
from ui.reference import PassageReference

if TYPE_CHECKING:
    from ui.library_trash import Deleted
    from vectorstore.passage import Passage
    from vectorstore.reports import DocumentSummary

__all__ = [
    "KIND_NAMES",
    "adding_html",
    "bar_html",
    "deleted_html",
    "documents_html",
    "filter_html",
    "outcomes_html",
    "passages_html",
    "read_only_sentence",
    "rereading_html",
    "undo_html",
]

KIND_NAMES = {"pdf": "PDF", "markdown": "note", "notebook": "notebook", "html": "web page", "text": "text"}
_COLUMNS = (
    ("title", "Title"),
    ("kind", "Kind"),
    ("pages", "Pages"),
    ("passages", "Passages"),
    ("arxiv", "arXiv"),
    ("added", "Added"),
)
_BADGES = ("outdated", "draft")
_STATES = {
    "own": "Not of the program",
    "outdated": "Read by an earlier reader",
    "warned": "With a warning",
    "draft": "With text not saved",
}
EMPTY = (
    '<div class="empty"><p><b>Your library is empty.</b></p><p>Answers quote what stands here and link to its pages. '
    "Three ways to fill it:</p><ul><li>Add a paper or your own notes above: drop files, or a whole folder.</li>"
    '<li><button type="button" class="link-button open-arxiv">Fetch the roadmap’s papers from arXiv</button>, '
    "with one button.</li>"
    '<li><button type="button" class="link-button study-action" name="edit_note" value="new">Write a note</button> '
    "of what you learnt.</li></ul></div>"
)


def filter_html() -> str:
    """The line above the table that narrows it; `assets/library.js` does the work."""
    kinds = "".join(f'<option value="{kind}">{name}s</option>' for kind, name in KIND_NAMES.items() if kind != "text")
    states = "".join(f'<option value="{state}">{name}</option>' for state, name in _STATES.items())
    return (
        '<div class="documents-tools" role="search" aria-label="Narrow the list"><label class="for-reader" '
        'for="documents-filter">Filter by title, author, file or arXiv id</label><input type="search" '
        'id="documents-filter" placeholder="Filter by title, author, file, arXiv id" autocomplete="off">'
        '<label class="for-reader" for="documents-kind">Which documents</label><select id="documents-kind">'
        f'<option value="">All documents</option>{kinds}<option value="text">Plain text</option>{states}</select>'
        '<button type="button" class="card-button study-action" name="edit_note" value="new">Write a note</button>'
        '<span id="documents-shown" role="status"></span></div>'
    )


def documents_html(
    documents: Sequence[DocumentSummary],
    *,
    read_only: str = "",
    drafts: Collection[str] = frozenset(),
    program_notes: Collection[str] = frozenset(),
) -> str:
    """The table of documents, the last added first, or what to do when there is none.

    `drafts` have text that is not saved; `program_notes` come with the program.
    """
    if not documents:
        return EMPTY
    pages = sum(document.pages for document in documents)
    changeable = not read_only
    rows = "".join(
        _document(one, place, changeable=changeable, has_draft=one.id in drafts, is_own=one.id not in program_notes)
        for place, one in enumerate(reversed(documents))
    )
    heads = "".join(
        f'<th scope="col" data-column="{column}"><button type="button" class="sort-button" data-column="{column}">'
        f"{name}</button></th>"
        for column, name in _COLUMNS
    )
    return (
        f'<p class="library-size">{_count(len(documents), "document")}, {_count(pages, "page")}</p>'
        f"{_outdated(documents, changeable=changeable)}"
        '<div class="table-frame" tabindex="0" role="group" aria-label="Documents"><table class="documents"><thead><tr>'
        f'{heads}<th scope="col"><span class="for-reader">Actions</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _outdated(documents: Sequence[DocumentSummary], *, changeable: bool) -> str:
    """What an earlier reader read, and the offer to read it again."""
    count = sum(document.is_outdated for document in documents)
    if not count or not changeable:
        return ""
    was = "was" if count == 1 else "were"
    again = "it" if count == 1 else "them"
    return (
        f'<div class="outdated" role="note"><p>{_count(count, "document")} {was} read by an earlier reader. The '
        "present one may find more: headings, tables, formulas. Everything stays searchable meanwhile, and only "
        'passages that change are embedded anew.</p><button type="button" class="card-button study-action" '
        f'name="reread_document" value="outdated">Read {again} again</button></div>'
    )


def _document(document: DocumentSummary, place: int, *, changeable: bool, has_draft: bool, is_own: bool) -> str:
    title, value = escape_html(document.title), escape_html(document.id)
    holding = {"own": is_own, "outdated": document.is_outdated, "warned": bool(document.warnings), "draft": has_draft}
    states = [name for name, holds in holding.items() if holds]
    badges = "".join(f'<span class="badge {state}">{_STATES[state]}</span>' for state in states if state in _BADGES)
    warnings = "".join(f'<span class="file-warning">{escape_html(warning)}</span>' for warning in document.warnings)
    details = " · ".join(filter(None, [document.authors, str(document.year or ""), document.source_name]))
    arxiv_id = escape_html(document.arxiv_id or "")
    facts = {
        "place": place,
        "kind": document.kind,
        "states": " ".join(states),
        "title": title.lower(),
        "pages": document.pages,
        "passages": document.chunks,
        "arxiv": arxiv_id,
        "added": document.added_at.isoformat(),
    }
    known = " ".join(f'data-{name}="{fact}"' for name, fact in facts.items())
    return (
        f'<tr {known}><td><button type="button" class="link-button study-action document-title" '
        f'name="open_document" value="{value}">{title}</button>'
        f'<span class="document-details">{escape_html(details)}</span>{badges}{warnings}</td>'
        f"<td>{KIND_NAMES[document.kind]}</td><td>{document.pages:,}</td><td>{document.chunks:,}</td>"
        f"<td>{arxiv_id}</td><td>{document.added_at:%Y-%m-%d}</td>"
        f'<td class="row-actions">{_row_actions(document, title, value) if changeable else ""}</td></tr>'
    )


def _row_actions(document: DocumentSummary, title: str, value: str) -> str:
    edit = ""
    if document.kind == "markdown":
        edit = (
            f'<button type="button" class="quiet-button study-action" name="edit_note" value="{value}" '
            f'aria-label="Edit {title}" title="Edit">✎</button>'
        )
    return (
        f'{edit}<button type="button" class="quiet-button study-action" name="delete_document" value="{value}" '
        f'data-confirm="Take “{title}” out of the library?" data-verb="Delete" '
        f'aria-label="Delete {title}" title="Delete">✕</button>'
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


def undo_html(deleted: Deleted) -> str:
    """A line that says what was deleted, with a way back."""
    return (
        f'<div class="undo" role="status">“{escape_html(deleted.title)}” was deleted. <button type="button" '
        f'class="link-button study-action" name="undo_delete" value="{escape_html(deleted.token)}">Undo</button>'
        '<button type="button" class="quiet-button close-undo" aria-label="Close">✕</button></div>'
    )


def deleted_html(deleted: Sequence[Deleted], undo_time: timedelta) -> str:
    """Documents that were deleted lately, each with a way back and a way out; empty when there is none."""
    if not deleted:
        return ""
    rows = "".join(
        f"<li><span><b>{escape_html(one.title)}</b> <span class='hint'>{escape_html(one.source_name)}, deleted "
        f'{one.deleted_at:%Y-%m-%d %H:%M} UTC</span></span> <button type="button" class="link-button study-action" '
        f'name="undo_delete" value="{escape_html(one.token)}" aria-label="Bring {escape_html(one.title)} back">'
        'Bring back</button> <button type="button" class="link-button study-action" name="forget_document" '
        f'value="{escape_html(one.token)}" data-confirm="Remove “{escape_html(one.title)}” for good?" '
        f'data-verb="Remove" aria-label="Remove {escape_html(one.title)} for good">Remove for good</button></li>'
        for one in deleted
    )
    hours = max(1, round(undo_time.total_seconds() / 3600))
    return (
        f'<details class="deleted-documents"><summary>Deleted lately ({len(deleted)})</summary><p class="hint">The '
        "library has no passage of them any more; their files are kept here for "
        f"{_count(hours, 'hour')}, so that they can come back.</p><ul>{rows}</ul></details>"
    )


def read_only_sentence(reason: str) -> str:
    """What a reader is told when another process holds the library."""
    return f"{reason} Until it ends, documents can be read and asked about here, but not added or deleted."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
