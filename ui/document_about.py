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

if TYPE_CHECKING:
    from ui.services import Services
    from vectorstore.reports import DocumentSummary

MOST_SECTIONS = 80
"""Lines of the outline; the rest is counted."""
_CHUNK_KINDS = {
    "text": "text",
    "table": "tables",
    "equation": "formulas",
    "caption": "captions",
    "code": "code",
    "reference": "references",
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
        f'<details class="about-document" open><summary>About this document</summary><dl>{facts}</dl>{warnings}'
        f"{actions}</details>{_outline(document, chunks)}"
    )


def _facts(document: DocumentSummary, chunks: Sequence[Chunk], model: str, *, is_ours: bool) -> list[tuple[str, str]]:
    kinds = Counter(_CHUNK_KINDS.get(chunk.kind, chunk.kind) for chunk in chunks)
    passages = ", ".join(f"{name} {kinds[name]:,}" for name in _CHUNK_KINDS.values() if kinds[name])
    origin = f"arXiv {document.arxiv_id}, file {document.source_name}" if document.arxiv_id else document.source_name
    if is_ours:
        origin = f"{document.source_name}, comes with the program"
    read = f"{document.read_at:%Y-%m-%d %H:%M} UTC" if document.read_at else ""
    reader = f"version {document.reader_version} of the reader" if document.reader_version else "an early reader"
    state = f"{reader}; the present one is newer" if document.is_outdated else reader
    return [
        ("Kind", KIND_NAMES[document.kind]),
        ("From", origin),
        ("Added", f"{document.added_at:%Y-%m-%d %H:%M} UTC"),
        ("Read", " by ".join(filter(None, [read, state]))),
        ("Pages", f"{document.pages:,}"),
        ("Passages", f"{len(chunks):,}" + (f" ({passages})" if passages else "")),
        ("Embedded by", model or "no model"),
        ("Id", document.id),
    ]


def _actions(document: DocumentSummary) -> str:
    title, value = escape_html(document.title), escape_html(document.id)
    edit = ""
    if document.kind == "markdown":
        edit = f'<button type="button" class="card-button study-action" name="edit_note" value="{value}">Edit</button>'
    return (
        f'<div class="card-buttons">{edit}<button type="button" class="card-button study-action" '
        f'name="reread_document" value="{value}" title="With the present reader, from the kept copy of the file">'
        'Read again</button><button type="button" class="card-button study-action" name="delete_document" '
        f'value="{value}" data-confirm="Take “{title}” out of the library?" data-verb="Delete">Delete</button></div>'
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
        f"{escape_html(shorten(section.split(' > ')[-1], 90))}</button> <span class='hint'>p. {page}</span></li>"
        for section, page in list(first.items())[:MOST_SECTIONS]
    )
    more = len(first) - MOST_SECTIONS
    rest = f'<li class="hint">{more:,} more sections are not listed.</li>' if more > 0 else ""
    return (
        f'<details class="document-outline"><summary>Outline ({len(first):,} sections)</summary><ul>{rows}{rest}</ul>'
        "</details>"
    )
