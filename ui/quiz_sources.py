"""The source panel for the passage that an item's key rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errors import DocumentNotFoundError, StudyError
from ingestion.document import DocumentId, Heading, Page
from ui.markup import escape_html
from ui.note_view import note_html
from ui.quiz_text import document_title
from ui.reference import PassageReference
from ui.roadmap_parts import open_button
from ui.roadmap_references import QuoteReference, open_quote
from ui.source_panel import find_view, frame_html, message_html, view_html
from ui.translation import _

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.model import Note
    from curriculum.question_values import Receipt
    from ui.services import Services
    from vectorstore.library import Library


def open_receipt(services: Services, curriculum: Curriculum, receipt: Receipt) -> str:
    """The paper's page, the note or the document, with the quote marked; a sentence when it cannot be shown."""
    try:
        note = next((one for one in curriculum.notes if one.name == receipt.document), None)
        if note is not None:
            return _note(note, receipt.quote)
        if any(paper.id == receipt.document for paper in curriculum.papers):
            return _paper(services, curriculum, receipt)
        return _document(services.rooms(timeout_seconds=60).library, receipt)
    except StudyError as error:
        return message_html(error.message, error.hint)


def _note(note: Note, quote: str) -> str:
    from curriculum.front_matter import split_front_matter
    from curriculum.receipts.quotes import PageText

    try:
        text = split_front_matter(note.path.read_text(encoding="utf-8"))[1]
    except (OSError, ValueError) as error:
        return message_html(
            _("The note {name} cannot be read: {reason}.").format(name=note.path.name, reason=error),
            _("Put the file back."),
        )
    page = Page(1, "1", text, 0.0, 0.0, (), tuple(_headings(text)))
    span = PageText(text).find(quote)
    drawn = note_html(page, span.start, span.end) if span else note_html(page)
    lost = "" if span else f'<p class="failure">{_("The quoted words are no longer in this note.")}</p>'
    whole = f'<div class="pager">{open_button(f"note:{note.name}", _("Read the whole note in the roadmap"))}</div>'
    return frame_html(
        note.title,
        _("Note of ours"),
        f'{lost}{whole}<div class="page-frame note-frame" tabindex="0" role="group" '
        f'aria-label="{_("Text of the note")}">'
        f'<div class="note-text">{drawn}</div></div>',
    )


def _headings(text: str) -> list[Heading]:
    """The headings of Markdown text outside its fences."""
    found, position, fenced = [], 0, False
    for line in text.split("\n"):
        fenced ^= line.lstrip().startswith("```")
        level = len(line) - len(line.lstrip("#"))
        if not fenced and 1 <= level <= 6 and line[level : level + 1] == " ":
            found.append(Heading(position, level, line[level:].strip()))
        position += len(line) + 1
    return found


def _paper(services: Services, curriculum: Curriculum, receipt: Receipt) -> str:
    """The page in the library; where the paper is not there, its quote and a way to its study sheet."""
    library = services.rooms(timeout_seconds=60).library
    paper = next(one for one in curriculum.papers if one.id == receipt.document)
    has_it = any(
        (paper.arxiv_id and one.arxiv_id == paper.arxiv_id) or one.title.casefold() == paper.title.casefold()
        for one in library.documents()
    )
    if has_it:
        return open_quote(services, QuoteReference(receipt.document, receipt.page or 0, receipt.quote).as_text())
    sheet = open_button(f"paper:{paper.id}", _("our study sheet of it"))
    told = _("Add it in the Library tab, under Papers from arXiv, or read {sheet}.").format(sheet=sheet)
    if not paper.arxiv_id:
        told = _("Add it from {url}, or read {sheet}.").format(url=escape_html(paper.url), sheet=sheet)
    return frame_html(
        paper.title,
        _("page {page}").format(page=receipt.page) if receipt.page else "",
        f'<blockquote class="source-quote">{escape_html(receipt.quote)}</blockquote>'
        f'<p class="failure">{_("This paper is not in your library, so its page cannot be shown.")}</p><p>{told}</p>',
    )


def _document(library: Library, receipt: Receipt) -> str:
    """A document of the library that an item was generated from."""
    from curriculum.receipts.quotes import PageText

    document = library.find_document(receipt.document)
    identity = DocumentId(document.id)
    number = min(max(receipt.page or 1, 1), library.page_count(identity))
    text = library.page(identity, number).text
    span = PageText(text).find(receipt.quote)
    start, end = (span.start, span.end) if span else (0, 0)
    return view_html(find_view(library, PassageReference.of(document.id, number, start, end, text[start:end])))


def library_title(services: Services, curriculum: Curriculum, name: str) -> str:
    """The title of whatever document has this name, as far as it is known without waiting."""
    title = document_title(curriculum, name)
    if title != name or services.state != "ready":
        return title
    try:
        return services.rooms().library.find_document(name).title
    except DocumentNotFoundError:
        return name
