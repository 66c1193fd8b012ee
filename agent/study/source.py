"""The passage of the library that an item's receipt quotes, so that an answer can cite it and open its page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from curriculum.receipts.quotes import PageText
from errors import StudyError
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from agent.context import LibraryReader
    from curriculum.contents import Contents
    from curriculum.question_values import Receipt
    from ingestion.document import Chunk
    from vectorstore.reports import DocumentSummary


def source_passage(receipt: Receipt, library: LibraryReader, contents: Contents | None) -> Passage | None:
    """The passage with the quote; None where the document is not in the library, or reads otherwise there."""
    document = _document(receipt.document, library, contents)
    if document is None or not receipt.quote:
        return None
    chunks = library.chunks(document.id)
    named = [chunk for chunk in chunks if receipt.page in (None, chunk.page_number)]
    for chunk in (*named, *chunks):
        if PageText(chunk.text).find(receipt.quote) is not None:
            return _passage(chunk, document, library)
    return _across(receipt.quote, named, document, library)


def quoted_in(passage: Passage, quote: str) -> str:
    """The quote as the passage writes it; the quote itself where it is not found."""
    span = PageText(passage.text).find(quote)
    return " ".join(passage.text[span.start : span.end].split()) if span else quote


def _across(quote: str, chunks: list[Chunk], document: DocumentSummary, library: LibraryReader) -> Passage | None:
    """A passage that is exactly the quote, where it begins in one chunk and ends in the next."""
    for number in dict.fromkeys(chunk.page_number for chunk in chunks):
        text = library.page(document.id, number).text
        span = PageText(text).find(quote)
        if span is None:
            continue
        first = next((one for one in chunks if one.page_number == number and one.start <= span.start < one.end), None)
        if first is not None:
            passage = _passage(first, document, library)
            return replace(passage, start=span.start, end=span.end, text=text[span.start : span.end])
    return None


def _passage(chunk: Chunk, document: DocumentSummary, library: LibraryReader) -> Passage:
    return Passage.of(chunk, document, library.page(document.id, chunk.page_number).label)


def _document(name: str, library: LibraryReader, contents: Contents | None) -> DocumentSummary | None:
    documents = library.documents()
    titles = {note.name: note.title for note in contents.notes} if contents else {}
    papers = {str(paper.id): paper.title for paper in contents.papers} if contents else {}
    wanted = (titles.get(name) or papers.get(name) or name).casefold()
    for document in documents:
        if name in (str(document.id), document.arxiv_id) or document.source_name == f"{name}.md":
            return document
    return next((document for document in documents if document.title.casefold() == wanted), None)


def read_source(library: LibraryReader, document_ids: tuple[str, ...]) -> list[Passage]:
    """All passages of these documents in reading order."""
    wanted = set(document_ids)
    found: list[Passage] = []
    for document in library.documents():
        if str(document.id) in wanted:
            try:
                found += [_passage(chunk, document, library) for chunk in library.chunks(document.id)]
            except StudyError:
                continue
    return found
