"""References in our own texts, made clickable: quotes of a paper's page, and names of papers, notes and lessons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curriculum.receipts.quotes import QUOTE, PageText
from errors import MaterialError, StudyError
from ui.markdown_view import Replacements
from ui.markup import escape_html
from ui.reference import PassageReference
from ui.roadmap_parts import open_button
from ui.source_panel import find_view, message_html, view_html
from ui.translation import _

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.model import Paper
    from ui.services import Services
    from vectorstore.library import Library
    from vectorstore.reports import DocumentSummary

_NAMES = re.compile(r"\b\d{4}\.\d{5}\b|\b\d\d-[a-z][a-z0-9-]+|\b\d\d_[a-z_0-9]+")
_SHAPE = re.compile(r"([\w.]{1,40})\|(\d{0,5})\|(.{1,2000})", re.S)


@dataclass(frozen=True, slots=True)
class QuoteReference:
    """Words that stand in a paper, and on which page."""

    paper_id: str
    page: int
    """1-based physical page; 0 when only the section is known."""
    quote: str

    @classmethod
    def parse(cls, text: str) -> QuoteReference:
        """The reference that `as_text` wrote.

        Raises:
            MaterialError: the text is not one.
        """
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise MaterialError(_("This reference is damaged."), hint=_("Reload the page."))
        return cls(match[1], int(match[2] or 0), match[3])

    def as_text(self) -> str:
        """For a button's value."""
        return f"{self.paper_id}|{self.page or ''}|{self.quote}"


def replacements(curriculum: Curriculum, own_paper: str = "") -> Replacements:
    """What to make clickable in a text; quotes of `own_paper` are shown by their page alone."""
    papers = {str(paper.id): paper for paper in curriculum.papers}
    kinds = {str(paper.id): f"paper:{paper.id}" for paper in curriculum.papers}
    kinds |= {note.name: f"note:{note.name}" for note in curriculum.notes}
    kinds |= {notebook.name: f"lesson:{notebook.name}" for notebook in curriculum.notebooks}

    def quote(match: re.Match[str]) -> str:
        paper, page, section, words = match.groups()
        place = _("p. {page}").format(page=page) if page else _("section {name}").format(name=section)
        if paper not in papers:
            return escape_html(match[0])
        author = "" if paper == own_paper else f"{papers[paper].authors}, {papers[paper].year}, "
        value = QuoteReference(paper, int(page or 0), " ".join(words.split())).as_text()
        return (
            f'<button type="button" class="citation study-action" name="open_quote" value="{escape_html(value)}" '
            f'title="“{escape_html(words)}” ({escape_html(papers[paper].title)}, {place})">'
            f"[{escape_html(author)}{place}]</button>"
        )

    def name(match: re.Match[str]) -> str:
        return open_button(kinds[match[0]], match[0]) if match[0] in kinds else escape_html(match[0])

    return {QUOTE: quote, _NAMES: name}


def open_quote(services: Services, value: str) -> str:
    """The source panel with the quoted page, the words marked; a sentence when the paper is not in the library."""
    from curriculum.load import load_curriculum

    try:
        reference = QuoteReference.parse(value)
        paper = next((one for one in load_curriculum().papers if one.id == reference.paper_id), None)
        if paper is None:
            raise MaterialError(_("The roadmap has no such paper."), hint=_("Reload the page."))
        library = services.rooms(timeout_seconds=60).library
        document = _document_of(library, paper)
        if document is None:
            told = _("“{title}” is not in your library, so its page cannot be shown.").format(title=paper.title)
            hint = _("Add it first: Library tab, Papers from arXiv.")
            if not paper.arxiv_id:
                hint = _("Add it first: its page is {url}.").format(url=paper.url)
            return message_html(told, hint)
        return view_html(find_view(library, _passage(library, document, reference)))
    except StudyError as error:
        return message_html(error.message, error.hint)


def _document_of(library: Library, paper: Paper) -> DocumentSummary | None:
    title = paper.title.casefold()
    for document in library.documents():
        if (paper.arxiv_id and document.arxiv_id == paper.arxiv_id) or document.title.casefold() == title:
            return document
    return None


def _passage(library: Library, document: DocumentSummary, reference: QuoteReference) -> PassageReference:
    """Where the quote stands: on the page it names or, when this copy is paged otherwise, on the first that has it."""
    from ingestion.document import DocumentId

    identity = DocumentId(document.id)
    count = library.page_count(identity)
    named = min(max(reference.page, 1), count)
    for number in dict.fromkeys((named, *range(1, count + 1))):
        text = library.page(identity, number).text
        span = PageText(text).find(reference.quote)
        if span is not None:
            return PassageReference.of(document.id, number, span.start, span.end, text[span.start : span.end])
    return PassageReference.of(document.id, named, 0, 0, "")
