"""What a document is and what is in it, above the picture or text of its first page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from errors import StudyError
from ingestion.document import Chunk, DocumentId
from ui.answer import shorten
from ui.library_desk import LibraryDesk
from ui.library_view import KIND_NAMES
from ui.markup import escape_html
from ui.reference import PassageReference
from ui.source_panel import find_view, message_html, view_html
from ui.translation import N_, _, ngettext

if TYPE_CHECKING:
    from ui.services import Services
    from vectorstore.reports import DocumentSummary

MOST_SECTIONS = 80
"""Lines of the outline; the rest is counted."""
_CHUNK_KINDS = {
    "text": N_("text"),
    "table": N_("tables"),
    "equation": N_("formulas"),
    "caption": N_("captions"),
    "code": N_("code"),
    "reference": N_("references"),
}


def open_document(services: Services, document_id: str) -> str:
    """The source panel with a document: what it is, its outline, and its first page with the way to the others."""
    try:
        rooms = services.rooms(timeout_seconds=60)
        view = find_view(rooms.library, PassageReference.of(document_id, 1, 0, 0, ""))
        chunks = rooms.library.chunks(DocumentId(document_id))
        model = rooms.library.embedder_name
    except StudyError as error:
        return message_html(error.message, error.hint)
    is_ours = document_id in services.part(LibraryDesk).program_notes
    about = about_html(view.document, chunks, model, changeable=not rooms.read_only, is_ours=is_ours)
    return view_html(view, about=about)


def about_html(
    document: DocumentSummary, chunks: Sequence[Chunk], model: str, *, changeable: bool, is_ours: bool = False
) -> str:
    """Facts, warnings, what can be done, and the outline."""
    facts = "".join(
        f"<dt>{escape_html(name)}</dt><dd>{escape_html(value)}</dd>"
        for name, value in _facts(document, chunks, model, is_ours=is_ours)
    )
    warnings = "".join(f'<p class="file-warning">⚠ {escape_html(warning)}</p>' for warning in document.warnings)
    actions = _actions(document) if changeable else ""
    return (
        f'<details class="about-document" open><summary>{_("About this document")}</summary><dl>{facts}</dl>{warnings}'
        f"{actions}</details>{_outline(document, chunks)}"
    )


def _facts(document: DocumentSummary, chunks: Sequence[Chunk], model: str, *, is_ours: bool) -> list[tuple[str, str]]:
    kinds = Counter(_CHUNK_KINDS.get(chunk.kind, chunk.kind) for chunk in chunks)
    passages = ", ".join(f"{_(name)} {kinds[name]:,}" for name in _CHUNK_KINDS.values() if kinds[name])
    origin = document.source_name
    if document.arxiv_id:
        origin = _("arXiv {id}, file {name}").format(id=document.arxiv_id, name=document.source_name)
    if is_ours:
        origin = _("{name}, comes with the program").format(name=document.source_name)
    return [
        (_("Kind"), _(KIND_NAMES[document.kind])),
        (_("From"), origin),
        (_("Added"), f"{document.added_at:%Y-%m-%d %H:%M} UTC"),
        (_("Read"), _reading(document)),
        (_("Pages"), f"{document.pages:,}"),
        (_("Passages"), f"{len(chunks):,}" + (f" ({passages})" if passages else "")),
        (_("Embedded by"), model or _("no model")),
        (_("Id"), document.id),
    ]


def _reading(document: DocumentSummary) -> str:
    """When it was read, and by which reader."""
    reader = _("an early reader")
    if document.reader_version:
        reader = _("version {number} of the reader").format(number=document.reader_version)
    if document.is_outdated:
        reader = _("{reader}; the present one is newer").format(reader=reader)
    if not document.read_at:
        return reader
    return _("{time} by {reader}").format(time=f"{document.read_at:%Y-%m-%d %H:%M} UTC", reader=reader)


def _actions(document: DocumentSummary) -> str:
    title, value = escape_html(document.title), escape_html(document.id)
    edit = ""
    if document.kind == "markdown":
        edit = (
            '<button type="button" class="card-button study-action" name="edit_note" '
            f'value="{value}">{_("Edit")}</button>'
        )
    told = _("With the present reader, from the kept copy of the file")
    question = _("Take “{title}” out of the library?").format(title=title)
    return (
        f'<div class="card-buttons">{edit}<button type="button" class="card-button study-action" '
        f'name="reread_document" value="{value}" '
        f'title="{told}">{_("Read again")}</button>'
        '<button type="button" class="card-button study-action" name="delete_document" '
        f'value="{value}" data-confirm="{question}" data-verb="{_("Delete")}">{_("Delete")}</button></div>'
    )


def _outline(document: DocumentSummary, chunks: Sequence[Chunk]) -> str:
    """The sections with the page they begin on, each a button that opens it."""
    first: dict[str, int] = {}
    for chunk in chunks:
        if chunk.section:
            first.setdefault(chunk.section, chunk.page_number)
    if len(first) < 2:
        return ""
    rows = "".join(
        f'<li class="level-{min(section.count(" > "), 3)}"><button type="button" class="link-button study-action" '
        f'name="open_source" value="{PassageReference.of(document.id, page, 0, 0, "").as_text()}">'
        f"{escape_html(shorten(section.split(' > ')[-1], 90))}</button> "
        f'<span class="hint">{_("p. {page}").format(page=page)}</span></li>'
        for section, page in list(first.items())[:MOST_SECTIONS]
    )
    more = len(first) - MOST_SECTIONS
    told = ngettext("{count:,} more section is not listed.", "{count:,} more sections are not listed.", more)
    rest = f'<li class="hint">{told.format(count=more)}</li>' if more > 0 else ""
    title = _("Outline ({count:,} sections)").format(count=len(first))
    return f'<details class="document-outline"><summary>{title}</summary><ul>{rows}{rest}</ul></details>'
