"""The source panel: the page a citation stands on, with the passage marked."""

from __future__ import annotations

import base64
import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from errors import StudyError
from ingestion.document import Box, DocumentId, Page
from ingestion.spans import boxes_for_span
from ui.document_files import pdf_address
from ui.markup import escape_html
from ui.note_view import note_html
from ui.page_equations import PageEquation, equations_html, equations_on_page
from ui.reference import PassageReference
from ui.translation import _

if TYPE_CHECKING:
    import gradio as gr

    from ui.services import Services
    from vectorstore.library import Library
    from vectorstore.reports import DocumentSummary

_SCALE = 2.0
"""Pixels of the page picture for each PDF point: 144 dots an inch, legible when zoomed."""

_openings = itertools.count(1)


@dataclass(frozen=True, slots=True)
class PageView:
    """What the panel shows."""

    document: DocumentSummary
    page: Page
    page_count: int
    reference: PassageReference
    quote: str
    """Empty when the passage is not found in the page's text."""
    boxes: tuple[Box, ...]
    picture: bytes
    """PNG of the page; empty for notes, notebooks and HTML."""
    equations: tuple[PageEquation, ...] = ()


def build_source_panel() -> gr.HTML:
    """The panel's component; empty until a citation is clicked."""
    import gradio as gr

    return gr.HTML("", elem_id="source-panel", apply_default_css=False)


def open_source(services: Services, value: str) -> str:
    """The panel's HTML for a clicked reference; a sentence when it cannot be shown."""
    try:
        reference = PassageReference.parse(value)
        return view_html(find_view(services.rooms(timeout_seconds=60).library, reference))
    except StudyError as error:
        return message_html(error.message, error.hint)


def find_view(library: Library, reference: PassageReference) -> PageView:
    """The page a reference shows, with the boxes of its passage when that is on this page."""
    document_id = DocumentId(reference.document_id)
    document = library.find_document(reference.document_id)
    page_count = library.page_count(document_id)
    reference = reference.showing(min(max(reference.shown_page, 1), page_count))
    page = library.page(document_id, reference.shown_page)
    cited_page = page
    if reference.shown_page != reference.page_number:
        cited_page = library.page(document_id, min(reference.page_number, page_count))
    quote = cited_page.text[reference.start : reference.end]
    if not reference.fits(quote):
        quote = ""
    here = reference.shown_page == reference.page_number
    boxes: Sequence[Box] = boxes_for_span(page.words, reference.start, reference.end) if quote and here else ()
    picture = b""
    if document.kind == "pdf":
        picture = library.render_page(document_id, page.number, marks=boxes, scale=_SCALE)
    equations = equations_on_page(document, page)
    return PageView(document, page, page_count, reference, quote, tuple(boxes), picture, equations)


def view_html(view: PageView, *, about: str = "") -> str:
    """The panel: heading, what is told `about` the document, page buttons, quote, and the page as picture or text."""
    body = _picture(view) if view.picture else _note(view)
    return (
        f'<section class="source-view" data-opening="{next(_openings)}" aria-label="{_("Source")}">'
        f"{_heading(view)}{about}{_pager(view)}{_quote(view)}{equations_html(view.equations)}{body}</section>"
    )


def message_html(message: str, hint: str) -> str:
    """The panel with one sentence instead of a page."""
    sentence = f'<p class="failure">{escape_html(message)} <span class="hint">{escape_html(hint)}</span></p>'
    return frame_html(_("Source"), "", sentence)


def frame_html(title: str, details: str, body: str) -> str:
    """The panel with a title, a line below it, and HTML of ours."""
    line = f'<p class="source-details">{escape_html(details)}</p>' if details else ""
    return (
        f'<section class="source-view" data-opening="{next(_openings)}" aria-label="{_("Source")}">'
        f'<header class="source-heading"><div><h2 tabindex="-1">{escape_html(title)}</h2>{line}</div>'
        f"{_close()}</header>{body}</section>"
    )


def _close() -> str:
    return f'<button type="button" class="quiet-button close-source" aria-label="{_("Close the source")}">✕</button>'


def _heading(view: PageView) -> str:
    document = view.document
    details = [document.authors, str(document.year or ""), f"arXiv {document.arxiv_id}" if document.arxiv_id else ""]
    line = " · ".join(escape_html(detail) for detail in details if detail)
    return (
        f'<header class="source-heading"><div><h2 tabindex="-1">{escape_html(document.title)}</h2>'
        f'<p class="source-details">{line}</p></div>{_close()}</header>'
    )


def _pager(view: PageView) -> str:
    larger = f'<button type="button" class="quiet-button zoom-page" aria-pressed="false">{_("Zoom")}</button>'
    zoom = f"{_open_pdf(view)}{larger}" if view.picture else ""
    if view.page_count < 2:
        return f'<div class="pager">{zoom}</div>' if zoom else ""
    number, reference = view.page.number, view.reference
    place = _("Page {page} of {all}")
    if view.page.label not in ("", str(number)):
        place = _("Page {page} of {all} (printed {label})")
    shown = place.format(page=number, all=view.page_count, label=escape_html(view.page.label))
    back = ""
    if number != reference.page_number:
        target = reference.showing(reference.page_number).as_text()
        back = _page_button(target, _("Back to page {page}").format(page=reference.page_number), enabled=True)
    return (
        '<div class="pager">'
        + _page_button(reference.showing(number - 1).as_text(), _("‹ Previous"), enabled=number > 1)
        + f'<span class="page-number">{shown}</span>'
        + _page_button(reference.showing(number + 1).as_text(), _("Next ›"), enabled=number < view.page_count)
        + back
        + zoom
        + "</div>"
    )


def _open_pdf(view: PageView) -> str:
    address = pdf_address(view.document.id, view.page.number)
    return (
        f'<a class="quiet-button open-pdf" href="{escape_html(address)}" target="_blank" rel="noopener" '
        f'title="{_("Open the file in a new tab, at this page")}">{_("Open the PDF")}</a>'
    )


def _page_button(value: str, shown: str, *, enabled: bool) -> str:
    return (
        f'<button type="button" class="quiet-button study-action" name="open_source" value="{value}"'
        f"{'' if enabled else ' disabled'}>{shown}</button>"
    )


def _quote(view: PageView) -> str:
    if not view.reference.has_passage:
        return ""
    if not view.quote:
        hint = _("The document may have been read again since; ask the question again.")
        told = _("The passage was not found on this page.")
        return f'<p class="failure">{told} <span class="hint">{hint}</span></p>'
    if view.page.number != view.reference.page_number:
        told = _("The passage is on page {page}.").format(page=view.reference.page_number)
        return f'<p class="source-note">{told}</p>'
    note = ""
    if view.picture and not view.boxes:
        told = _("The place of this passage on the page is not known, so nothing is marked.")
        note = f'<p class="failure">{told}</p>'
    if not view.picture:
        return note
    quote = escape_html(" ".join(view.quote.split()))
    return (
        f'<details class="source-quote-box"><summary>{_("Quoted text")}</summary>'
        f"<blockquote>{quote}</blockquote></details>{note}"
    )


def _picture(view: PageView) -> str:
    width, height = png_size(view.picture)
    top = view.boxes[0].top / view.page.height_points if view.boxes and view.page.height_points else 0.0
    encoded = base64.b64encode(view.picture).decode("ascii")
    named = _("Page {page} of {title}, without a mark")
    if view.boxes:
        named = _("Page {page} of {title}, with the passage marked")
    alternative = named.format(page=view.page.number, title=escape_html(view.document.title))
    return (
        f'<div class="page-frame" data-mark-top="{top:.4f}" tabindex="0" role="group" aria-label="{_("Page picture")}">'
        f'<img class="page-picture" width="{width}" height="{height}" alt="{alternative}" '
        f'src="data:image/png;base64,{encoded}"></div>'
    )


def _note(view: PageView) -> str:
    """The page's text drawn, and the quote marked."""
    reference = view.reference
    here = bool(view.quote) and view.page.number == reference.page_number
    drawn = note_html(view.page, reference.start, reference.end) if here else note_html(view.page)
    return (
        f'<div class="page-frame note-frame" tabindex="0" role="group" aria-label="{_("Text of the note")}">'
        f'<div class="note-text">{drawn}</div></div>'
    )


def png_size(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header of a PNG; (0, 0) for anything else."""
    if len(picture) < 24 or picture[:8] != b"\x89PNG\r\n\x1a\n":
        return 0, 0
    width, height = struct.unpack(">II", picture[16:24])
    return int(width), int(height)
