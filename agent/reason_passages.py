"""The real passages behind the quotes of an explained equation, where its paper is in the library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from errors import LibraryError
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from agent.context import LibraryReader
    from curriculum.equation_values import Reason
    from ingestion.document import Chunk
    from vectorstore.library import DocumentSummary


def passages_of(reasons: Sequence[Reason], document: DocumentSummary, library: LibraryReader) -> list[Passage | None]:
    """For each reason the passage that holds its quote; None where there is no quote, or not in this file."""
    chunks = library.chunks(document.id)
    return [_passage(reason, document, chunks, library) if reason.quote else None for reason in reasons]


def paper_document(arxiv_id: str | None, title: str, library: LibraryReader) -> DocumentSummary | None:
    """The library's document of a paper of the roadmap, or None."""
    try:
        found = library.find_document(arxiv_id or title)
    except LibraryError:
        return None
    return found if not arxiv_id or (found.arxiv_id or "").startswith(arxiv_id) else None


def _passage(
    reason: Reason, document: DocumentSummary, chunks: Sequence[Chunk], library: LibraryReader
) -> Passage | None:
    """The passage of a quote: on its page first; elsewhere too, since the file may be another version."""
    quote = re.compile(r"\s+".join(re.escape(word) for word in reason.quote.split()))
    on_page = [chunk for chunk in chunks if chunk.page_number == reason.page]
    chunk = next((one for one in [*on_page, *chunks] if quote.search(one.text)), None) or _nearest(
        quote, reason.page, on_page, document, library
    )
    if chunk is None:
        return None
    return Passage.of(chunk, document, library.page(document.id, chunk.page_number).label)


def _nearest(
    quote: re.Pattern[str], page: int, chunks: Sequence[Chunk], document: DocumentSummary, library: LibraryReader
) -> Chunk | None:
    """Of a quote that two chunks share, the chunk with the larger part."""
    if not chunks:
        return None
    match = quote.search(library.page(document.id, page).text)
    if match is None:
        return None
    start, end = match.span()
    return max(chunks, key=lambda chunk: min(end, chunk.end) - max(start, chunk.start))
