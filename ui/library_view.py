"""The library as HTML: the table of documents, deleted ones, found passages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ui.answer import shorten, shorten_whole
from ui.formula import line_html
from ui.library_progress import adding_html, bar_html, outcomes_html, rereading_html
from ui.markup import escape_html
from ui.reference import PassageReference
from ui.translation import N_, _, ngettext

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

KIND_NAMES = {
    "pdf": N_("PDF"),
    "markdown": N_("note"),
    "notebook": N_("notebook"),
    "html": N_("web page"),
    "text": N_("text"),
}
_MANY = {"pdf": N_("PDFs"), "markdown": N_("notes"), "notebook": N_("notebooks"), "html": N_("web pages")}
_COLUMNS = (
    ("title", N_("Title")),
    ("kind", N_("Kind")),
    ("pages", N_("Pages")),
    ("passages", N_("Passages")),
    ("arxiv", N_("arXiv")),
    ("added", N_("Added")),
)
_BADGES = ("outdated", "draft")
_STATES = {
    "own": N_("Added by you"),
    "outdated": N_("Read by an earlier reader"),
    "warned": N_("With a warning"),
    "draft": N_("With unsaved changes"),
}


def _empty() -> str:
    fetch = (
        f'<button type="button" class="link-button open-arxiv">{_("Fetch the roadmap’s papers from arXiv")}</button>'
    )
    write = (
        '<button type="button" class="link-button study-action" name="edit_note" '
        f'value="new">{_("Write a note")}</button>'
    )
    ways = (
        _("Add a paper or your own notes above: drop files, or a whole folder."),
        _("{fetch}, with one button.").format(fetch=fetch),
        _("{write} of what you learnt.").format(write=write),
    )
    told = _("Answers quote what stands here and link to its pages. Three ways to fill it:")
    return (
        f'<div class="empty"><p><b>{_("Your library is empty.")}</b></p><p>{told}</p>'
        f"<ul>{''.join(f'<li>{way}</li>' for way in ways)}</ul></div>"
    )


def filter_html() -> str:
    """The line above the table that narrows it; `assets/library.js` does the work."""
    kinds = "".join(f'<option value="{kind}">{_(name)}</option>' for kind, name in _MANY.items())
    states = "".join(f'<option value="{state}">{_(name)}</option>' for state, name in _STATES.items())
    return (
        f'<div class="documents-tools" role="search" aria-label="{_("Narrow the list")}"><label class="for-reader" '
        f'for="documents-filter">{_("Filter by title, author, file or arXiv id")}</label><input type="search" '
        f'id="documents-filter" placeholder="{_("Filter by title, author, file, arXiv id")}" autocomplete="off">'
        f'<label class="for-reader" for="documents-kind">{_("Which documents")}</label><select id="documents-kind">'
        f'<option value="">{_("All documents")}</option>{kinds}<option value="text">{_("Plain text")}</option>'
        f'{states}</select><button type="button" class="card-button study-action" name="edit_note" value="new">'
        f"{_('Write a note')}</button>"
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
        return _empty()
    pages = sum(document.pages for document in documents)
    changeable = not read_only
    rows = "".join(
        _document(one, place, changeable=changeable, has_draft=one.id in drafts, is_own=one.id not in program_notes)
        for place, one in enumerate(reversed(documents))
    )
    heads = "".join(
        f'<th scope="col" data-column="{column}"><button type="button" class="sort-button" data-column="{column}">'
        f"{_(name)}</button></th>"
        for column, name in _COLUMNS
    )
    return (
        f'<p class="library-size">{_documents(len(documents))}, '
        f"{ngettext('{count:,} page', '{count:,} pages', pages).format(count=pages)}</p>"
        f"{_outdated(documents, changeable=changeable)}"
        f'<div class="table-frame" tabindex="0" role="group" aria-label="{_("Documents")}">'
        f'<table class="documents"><thead><tr>{heads}'
        f'<th scope="col"><span class="for-reader">{_("Actions")}</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _outdated(documents: Sequence[DocumentSummary], *, changeable: bool) -> str:
    """What an earlier reader read, and the offer to read it again."""
    count = sum(document.is_outdated for document in documents)
    if not count or not changeable:
        return ""
    was = ngettext(
        "{count:,} document was read by an earlier reader.",
        "{count:,} documents were read by an earlier reader.",
        count,
    )
    told = _(
        "The present one may find more: headings, tables, formulas. Everything stays searchable meanwhile, and only "
        "passages that change are prepared for the search again."
    )
    return (
        f'<div class="outdated" role="note"><p>{was.format(count=count)} {told}</p>'
        '<button type="button" class="card-button study-action" name="reread_document" value="outdated">'
        f"{ngettext('Read it again', 'Read them again', count)}</button></div>"
    )


def _document(document: DocumentSummary, place: int, *, changeable: bool, has_draft: bool, is_own: bool) -> str:
    title, value = escape_html(document.title), escape_html(document.id)
    holding = {"own": is_own, "outdated": document.is_outdated, "warned": bool(document.warnings), "draft": has_draft}
    states = [name for name, holds in holding.items() if holds]
    badges = "".join(f'<span class="badge {state}">{_(_STATES[state])}</span>' for state in states if state in _BADGES)
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
        f"<td>{_(KIND_NAMES[document.kind])}</td><td>{document.pages:,}</td><td>{document.chunks:,}</td>"
        f"<td>{arxiv_id}</td><td>{document.added_at:%Y-%m-%d}</td>"
        f'<td class="row-actions">{_row_actions(document, title, value) if changeable else ""}</td></tr>'
    )


def _row_actions(document: DocumentSummary, title: str, value: str) -> str:
    edit = ""
    if document.kind == "markdown":
        edit = (
            f'<button type="button" class="quiet-button study-action" name="edit_note" value="{value}" '
            f'aria-label="{_("Edit {title}").format(title=title)}" title="{_("Edit")}">✎</button>'
        )
    return (
        f'{edit}<button type="button" class="quiet-button study-action" name="delete_document" value="{value}" '
        f'data-confirm="{_("Take “{title}” out of the library?").format(title=title)}" data-verb="{_("Delete")}" '
        f'aria-label="{_("Delete {title}").format(title=title)}" title="{_("Delete")}">✕</button>'
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
        told = _("Nothing in the library fits “{query}”.").format(query=escape_html(shorten(query, 80)))
        return f'<p class="empty">{told}</p>'
    return f'<div class="found">{"".join(_passage(passage) for passage in passages)}</div>'


def _passage(passage: Passage) -> str:
    value = PassageReference.of(
        passage.document_id, passage.page_number, passage.start, passage.end, passage.text
    ).as_text()
    section = f" · {escape_html(shorten(passage.section, 80))}" if passage.section else ""
    page = _("p. {page}").format(page=passage.page_number)
    return (
        f'<button type="button" class="source-row study-action" name="open_source" value="{value}">'
        f'<span class="source-text"><b>{escape_html(passage.title)}</b> · {page}{section}'
        f'<span class="source-quote">{line_html(shorten_whole(passage.text, 320))}</span></span></button>'
    )


def undo_html(deleted: Deleted) -> str:
    """A line that says what was deleted, with a way back."""
    return (
        f'<div class="undo" role="status">{_("“{title}” was deleted.").format(title=escape_html(deleted.title))} '
        '<button type="button" class="link-button study-action" name="undo_delete" '
        f'value="{escape_html(deleted.token)}">{_("Undo")}</button>'
        f'<button type="button" class="quiet-button close-undo" aria-label="{_("Close")}">✕</button></div>'
    )


def deleted_html(deleted: Sequence[Deleted], undo_time: timedelta) -> str:
    """Documents that were deleted lately, each with a way back and a way out; empty when there is none."""
    if not deleted:
        return ""
    rows = "".join(map(_deleted, deleted))
    hours = max(1, round(undo_time.total_seconds() / 3600))
    told = ngettext(
        "The library has no passage of them any more; their files are kept here for {count:,} hour, so that they can "
        "come back.",
        "The library has no passage of them any more; their files are kept here for {count:,} hours, so that they can "
        "come back.",
        hours,
    )
    title = _("Deleted lately ({count})").format(count=len(deleted))
    return (
        f'<details class="deleted-documents"><summary>{title}</summary><p class="hint">{told.format(count=hours)}</p>'
        f"<ul>{rows}</ul></details>"
    )


def _deleted(one: Deleted) -> str:
    title, token = escape_html(one.title), escape_html(one.token)
    when = _("{name}, deleted {time}").format(
        name=escape_html(one.source_name), time=f"{one.deleted_at:%Y-%m-%d %H:%M} UTC"
    )
    return (
        f'<li><span><b>{title}</b> <span class="hint">{when}</span></span> '
        f'<button type="button" class="link-button study-action" name="undo_delete" value="{token}" '
        f'aria-label="{_("Bring {title} back").format(title=title)}">{_("Bring back")}</button> '
        f'<button type="button" class="link-button study-action" name="forget_document" value="{token}" '
        f'data-confirm="{_("Remove “{title}” for good?").format(title=title)}" data-verb="{_("Remove")}" '
        f'aria-label="{_("Remove {title} for good").format(title=title)}">{_("Remove for good")}</button></li>'
    )


def read_only_sentence(reason: str) -> str:
    """What a reader is told when another process holds the library."""
    told = _("Until it ends, documents can be read and asked about here, but not added or deleted.")
    return f"{reason} {told}"


def _documents(count: int) -> str:
    return ngettext("{count:,} document", "{count:,} documents", count).format(count=count)
