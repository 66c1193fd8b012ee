"""What a library answers: search, documents, pages, chunks, pictures of pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from errors import DocumentNotFoundError, LibraryError
from ingestion.document import Box, Chunk, ChunkId, DocumentId, Page
from ingestion.limits import ReadLimits
from vectorstore.catalogue import Catalogue
from vectorstore.chroma_choice import dense_index
from vectorstore.embedder import Embedder
from vectorstore.exchanges import Exchanges
from vectorstore.facts import DocumentFacts
from vectorstore.files import FileStore
from vectorstore.filters import SearchFilters, Subject
from vectorstore.keyword_index import KeywordIndex
from vectorstore.narrowing import Narrowing
from vectorstore.neighbours import AROUND_TOKENS, around
from vectorstore.passage import Passage
from vectorstore.relevance import can_judge, worth_showing
from vectorstore.reports import DocumentSummary
from vectorstore.reranker import RERANKED, Reranker, rerank
from vectorstore.scope import Scope
from vectorstore.searching import Searcher
from vectorstore.titles import find, mentioned_documents

if TYPE_CHECKING:
    from ingestion.pdf_process import PdfProcess

log = logging.getLogger(__name__)

DRAWER_IDLE_SECONDS = 60.0
"""The process that draws pages ends when nobody looked at one for so long: each open library has one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryOptions:
    """How a library reads files and understands questions."""

    limits: ReadLimits = field(default_factory=ReadLimits)
    """For reading one file."""
    expansions: Mapping[str, str] = field(default_factory=dict)
    """Acronym to its meaning; a question with one of them is searched with both."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other name of a document to its arXiv id or a part of its title."""
    reranker: Reranker | None = None
    """Orders anew what a search found."""
    subjects: Sequence[Subject] = ()
    """Parts and topics of the roadmap with the names of their documents, to filter by."""
    former_embedder: Callable[[str], Embedder] | None = None
    """Opens the embedder of a stored name, so that an old index serves until `reembed` is done."""
    chroma_url: str = ""
    """Address of a Chroma server; empty for the embedded one in the library's folder."""


class LibraryReading:
    """The questions a library answers. All methods may be called from any thread."""

    def __init__(
        self, folder: Path, embedder: Embedder, catalogue: Catalogue, options: LibraryOptions, *, read_only: bool
    ) -> None:
        self.folder = folder
        self.embedder = embedder
        self._catalogue = catalogue
        self._options = options
        self._files = FileStore(folder / "files")
        self._dense = dense_index(catalogue, folder, server_url=options.chroma_url, read_only=read_only)
        self._keyword = KeywordIndex(catalogue, folder / "keywords", writable=not read_only)
        self._searcher = Searcher(
            catalogue, self._dense, self._keyword, expansions=options.expansions, aliases=options.aliases
        )
        self._narrowing = Narrowing(catalogue, subjects=options.subjects, aliases=options.aliases)
        self._former = options.former_embedder
        self._exchanges = Exchanges()
        self._pdf_process: PdfProcess | None = None
        self._starting_pdf_process = threading.Lock()

    def search(
        self,
        query: str,
        *,
        limit: int = 8,
        document_ids: Sequence[DocumentId] | None = None,
        filters: SearchFilters | None = None,
    ) -> list[Passage]:
        """The passages that fit best, best first; only from `document_ids` and what the filters leave where given.

        None when nothing has to do with the question, or when the filters left nothing to search in, which
        `emptied_by` tells. Whoever names a document or section gets the best of it, however far it is.

        Raises:
            EmbeddingError: the embedding model cannot be loaded.
            RerankerError: the reranker cannot be loaded.
            DocumentNotFoundError: a paper of the filters is not in the library.
            FilterError: the roadmap has no such part or topic.
        """
        scope = None if document_ids is None else Scope.of(document_ids)
        if filters:
            scope = self._narrowing.narrow(filters, document_ids).scope
        found = self._exchanges.steady(lambda: self._found(query, limit, scope))
        is_named = document_ids is not None or bool(filters and (filters.papers or filters.section))
        return found if is_named else self._worth_showing(query, found)

    def emptied_by(self, filters: SearchFilters) -> str:
        """Which of the filters leaves nothing of the library, in one sentence; empty when something is left.

        Raises:
            DocumentNotFoundError: a paper of the filters is not in the library.
            FilterError: the roadmap has no such part or topic.
        """
        return self._narrowing.narrow(filters).emptied_by

    def rarity(self, words: Sequence[str]) -> list[float]:
        """How rare each word is in the library: 0 for a stop word, 1 for one that no chunk has."""
        return self._keyword.rarity(words)

    def documents(self) -> list[DocumentSummary]:
        """All documents, oldest first."""
        return self._catalogue.documents()

    def find_document(self, reference: str) -> DocumentSummary:
        """The document of an id, arXiv id, title, file name or alias; nearly a title will do.

        Raises:
            DocumentNotFoundError: none fits; the hint has the nearest titles.
        """
        return find(reference, self._catalogue.documents(), self._options.aliases)

    def page(self, document_id: DocumentId, number: int) -> Page:
        """A page by its 1-based number.

        Raises:
            DocumentNotFoundError: the document or the page is not there.
        """
        return self._catalogue.page(document_id, number)

    def page_count(self, document_id: DocumentId) -> int:
        """Number of the document's pages."""
        return self._catalogue.document(document_id).pages

    def chunks(self, document_id: DocumentId) -> list[Chunk]:
        """The document's chunks in reading order."""
        self._catalogue.document(document_id)
        return self._catalogue.chunks(document_id)

    def facts(self, document_id: DocumentId) -> DocumentFacts:
        """What is believed about a document more than what its file says, e.g. what arXiv said.

        Raises:
            DocumentNotFoundError: it is not there.
        """
        return self._catalogue.facts(document_id)

    @property
    def embedder_name(self) -> str:
        """The embedding model whose vectors are searched, with its revision; empty in a new library."""
        return self._catalogue.embedder_name() or ""

    def around(self, chunk_id: ChunkId, *, budget_tokens: int = AROUND_TOKENS) -> list[Passage]:
        """The passage of a chunk with its neighbours in reading order, on its page and across, within the budget.

        Raises:
            DocumentNotFoundError: the chunk is not there any more.
        """
        chunk = self._catalogue.chunks_by_id([chunk_id]).get(chunk_id)
        if chunk is None:
            raise DocumentNotFoundError("That passage is not in the library any more.", hint="Search for it again.")
        document = self._catalogue.document(chunk.document_id)
        chosen = around(
            self._catalogue.chunks(document.id),
            chunk,
            count_tokens=self.embedder.count_tokens,
            budget_tokens=budget_tokens,
        )
        labels = self._catalogue.page_labels([(document.id, one.page_number) for one in chosen])
        return [Passage.of(one, document, labels[(document.id, one.page_number)]) for one in chosen]

    def file_path(self, document_id: DocumentId) -> Path:
        """The library's own copy of the document's file."""
        self._catalogue.document(document_id)
        return self._files.path(self._catalogue.file_names()[document_id])

    def render_page(
        self, document_id: DocumentId, number: int, *, marks: Sequence[Box] = (), scale: float = 2.0
    ) -> bytes:
        """A PDF's page as PNG, `scale` pixels for each point, with translucent `marks`.

        Raises:
            LibraryError: the document is no PDF.
            DocumentError: the page cannot be drawn.
        """
        summary = self._catalogue.document(document_id)
        if summary.kind != "pdf":
            raise LibraryError(f"{summary.title!r} is no PDF, so its pages have no picture.", hint="Read its text.")
        self._catalogue.page(document_id, number)
        return self._renderer().render(self.file_path(document_id), number, scale=scale, marks=marks)

    def _found(self, query: str, limit: int, scope: Scope | None) -> list[Passage]:
        reranker = self._options.reranker
        if reranker is None:
            return self._searcher.search(query, self._query_embedder(), limit=limit, scope=scope)
        wanted = max(limit, RERANKED) if limit > 0 else 0
        found = self._searcher.search(query, self._query_embedder(), limit=wanted, scope=scope)
        return rerank(query, found, reranker)[:limit]

    def _worth_showing(self, query: str, found: list[Passage]) -> list[Passage]:
        by_keywords_alone = not any(passage.similarity for passage in found)
        if by_keywords_alone or not can_judge(self._catalogue.embedder_name() or ""):
            return found
        if mentioned_documents(query, self._catalogue.documents(), self._options.aliases):
            return found
        return worth_showing(query, found, self._keyword.rarity)

    def _query_embedder(self) -> Embedder | None:
        """The embedder whose vectors are searched; None when there is none to be had."""
        name = self._catalogue.embedder_name()
        if name is None or name == self.embedder.name:
            return self.embedder
        return self._open_former(name)

    def _open_former(self, name: str) -> Embedder | None:
        if self._former is None:
            return None
        try:
            former = self._former(name)
        except Exception as error:
            log.warning("The former embedding model %s cannot be opened (%s); search goes by keywords.", name, error)
            self._former = None
            return None
        self._former = lambda _: former
        return former if former.name == name else None

    def _renderer(self) -> PdfProcess:
        from ingestion.pdf_process import PdfProcess

        with self._starting_pdf_process:
            if self._pdf_process is None:
                self._pdf_process = PdfProcess(self._options.limits, idle_seconds=DRAWER_IDLE_SECONDS)
            return self._pdf_process
