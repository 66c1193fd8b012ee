"""The library: add, search, list and delete documents. The facade over catalogue, indexes and files."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

from errors import HomeError, LibraryError
from ingestion.document import Box, Chunk, Document, DocumentId, Page
from ingestion.limits import ReadLimits
from vectorstore.adding import AddRun
from vectorstore.catalogue import Catalogue, DocumentRecord
from vectorstore.checking import check_library
from vectorstore.dense_index import DenseIndex
from vectorstore.embedder import Embedder
from vectorstore.files import FileStore
from vectorstore.keyword_index import KeywordIndex
from vectorstore.lock import WriterLock
from vectorstore.passage import Passage
from vectorstore.reembedding import reembed_all
from vectorstore.reports import AddProgress, AddReport, CheckReport, DocumentSummary
from vectorstore.searching import Searcher
from vectorstore.tally import Tally
from vectorstore.titles import find

if TYPE_CHECKING:
    from ingestion.pdf_process import PdfProcess

__all__ = ["DocumentSummary", "Library"]

DEFAULT_LIMITS = ReadLimits()
NOTHING: Mapping[str, str] = MappingProxyType({})

log = logging.getLogger(__name__)


class Library:
    """An open library. All methods may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        catalogue: Catalogue,
        *,
        lock: WriterLock | None,
        limits: ReadLimits,
        expansions: Mapping[str, str],
        aliases: Mapping[str, str],
        former_embedder: Callable[[str], Embedder] | None,
    ) -> None:
        self.folder = folder
        self.embedder = embedder
        self._catalogue = catalogue
        self._lock = lock
        self._limits = limits
        self._aliases = aliases
        self._former_embedder = former_embedder
        self._files = FileStore(folder / "files")
        self._dense = DenseIndex(catalogue, folder / "chroma" if lock else None)
        self._keyword = KeywordIndex(catalogue, folder / "keywords", writable=lock is not None)
        self._searcher = Searcher(catalogue, self._dense, self._keyword, expansions=expansions, aliases=aliases)
        self._adding = threading.Lock()
        self._committing = threading.RLock()
        self._pdf_process: PdfProcess | None = None
        self._closed = False

    @classmethod
    def open(
        cls,
        folder: Path,
        embedder: Embedder,
        *,
        limits: ReadLimits = DEFAULT_LIMITS,
        read_only: bool = False,
        expansions: Mapping[str, str] = NOTHING,
        aliases: Mapping[str, str] = NOTHING,
        former_embedder: Callable[[str], Embedder] | None = None,
    ) -> Library:
        """The library in `folder`, made if it is not there; its indexes are checked and repaired.

        Args:
            folder: Holds catalogue, indexes and the copies of the files.
            embedder: Turns chunks and questions into vectors.
            limits: For reading one file.
            read_only: Reads beside a writer; never touches Chroma, ranks exactly.
            expansions: Acronym to its meaning, added to questions that hold one of them.
            aliases: Other name of a document to its arXiv id or a part of its title.
            former_embedder: Opens the embedder of a stored name, so that an old index serves
                until `reembed` is done; without it search goes by keywords meanwhile.

        Raises:
            HomeBusyError: another process writes to this folder.
            HomeError: the folder cannot be made or written.
            LibraryError: the catalogue cannot be used.
        """
        lock = None if read_only else _take_folder(folder)
        catalogue: Catalogue | None = None
        try:
            catalogue = Catalogue(folder / "catalogue.sqlite3", read_only=read_only)
            library = cls(
                folder,
                embedder,
                catalogue,
                lock=lock,
                limits=limits,
                expansions=expansions,
                aliases=aliases,
                former_embedder=former_embedder,
            )
            if lock is not None:
                library._make_ready()
        except BaseException:
            if catalogue is not None:
                catalogue.close()
            if lock is not None:
                lock.release()
            raise
        return library

    def close(self) -> None:
        """Give everything back; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._dense.close()
        if self._pdf_process is not None:
            self._pdf_process.close()
        self._catalogue.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Writing

    def add(
        self,
        paths: Sequence[Path],
        *,
        progress: Callable[[AddProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        replace: bool = False,
    ) -> AddReport:
        """Take files, and the files in folders, into the library; one report line for each.

        Every document is searchable the moment it is written. `cancelled` is asked between batches;
        finished documents stay. With `replace`, a document of the same file name makes room.

        Raises:
            HomeError: the library is open for reading only.
        """
        from ingestion.load import load_document
        from ingestion.pdf_process import PdfProcess

        self._must_write()
        with self._adding, PdfProcess(self._limits) as reader:

            def read(path: Path) -> Document:
                return load_document(path, reader=reader, limits=self._limits)

            run = AddRun(
                self._catalogue,
                self.embedder,
                read=read,
                write=self.add_document,
                tally=Tally(progress),
                replace=replace,
                cancelled=cancelled,
            )
            return run.run(paths, file_megabytes=self._limits.file_megabytes)

    def add_document(self, path: Path, record: DocumentRecord, replaces: Sequence[DocumentId] = ()) -> bool:
        """Write one document that is already read, cut and embedded; False when it is there.

        `path` is its file, which is copied. When this returns, the document survives a crash.
        """
        self._must_write()
        with self._committing:
            document_id = record.document.id
            if self._catalogue.has(document_id):
                return False
            name = self._files.keep(path, document_id)
            try:
                self._forget(replaces, lambda: self._catalogue.insert(record, name, replaces=replaces))
            except BaseException:
                self._files.remove(name)
                raise
            self._dense.add(document_id)
            return True

    def delete(self, document_id: DocumentId) -> DocumentSummary:
        """Remove every trace of a document: catalogue, indexes and file; returns what it was.

        Raises:
            DocumentNotFoundError: it is not there.
            HomeError: the library is open for reading only.
        """
        self._must_write()
        with self._committing:
            summary = self._catalogue.document(document_id)
            self._forget([document_id], lambda: self._catalogue.delete(document_id))
            return summary

    @property
    def needs_reembedding(self) -> bool:
        """True while the vectors that are searched come from another model than `embedder`."""
        return self._catalogue.embedder_name() not in (None, self.embedder.name)

    def reembed(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Embed all chunks with the present model, then switch to it; returns the number embedded.

        The old index serves until the switch; `progress` hears chunks done and chunks in all. What was
        embedded before an interruption is kept.

        Raises:
            EmbeddingError: the model failed; the old index goes on serving.
        """
        self._must_write()
        if not self.needs_reembedding:
            return 0
        embedded = reembed_all(self._catalogue, self.embedder, progress)
        with self._committing:
            embedded += reembed_all(self._catalogue, self.embedder, None)  # added in the meantime
            self._catalogue.switch_embedder(self.embedder.name)
            self._dense.rebuild()
        return embedded

    def check(self, repair: bool = False) -> CheckReport:
        """What is wrong with catalogue, indexes and files; put right where asked."""
        if repair:
            self._must_write()
        with self._committing:
            return check_library(
                self._catalogue,
                self._files,
                self._dense if self._lock is not None else None,
                self._keyword,
                self.embedder,
                repair=repair,
            )

    # Reading

    def search(self, query: str, *, limit: int = 8, document_ids: Sequence[DocumentId] | None = None) -> list[Passage]:
        """The passages that fit best, best first; only from `document_ids` where given.

        Raises:
            EmbeddingError: the embedding model cannot be loaded.
        """
        return self._searcher.search(query, self._query_embedder(), limit=limit, document_ids=document_ids)

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
        return find(reference, self._catalogue.documents(), self._aliases)

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

    # Inside

    def _make_ready(self) -> None:
        name = self._catalogue.embedder_name()
        if name != self.embedder.name and not self._catalogue.counts()["documents"]:
            self._catalogue.switch_embedder(self.embedder.name)
        if strays := self._files.sweep(self._catalogue.file_names().values()):
            log.info("Removed %d files that belong to no document.", len(strays))
        self._dense.open()

    def _forget(self, document_ids: Sequence[DocumentId], change: Callable[[], object]) -> None:
        """Do `change`, which removes documents from the catalogue, and drop them everywhere else."""
        chunk_ids = [chunk.id for document_id in document_ids for chunk in self._catalogue.chunks(document_id)]
        names = self._catalogue.file_names()
        change()
        self._dense.delete(chunk_ids)
        if document_ids:
            self._keyword.forget()
        for document_id in document_ids:
            if document_id in names:
                self._files.remove(names[document_id])

    def _query_embedder(self) -> Embedder | None:
        """The embedder whose vectors are searched; None when there is none to be had."""
        name = self._catalogue.embedder_name()
        if name is None or name == self.embedder.name:
            return self.embedder
        return self._former(name)

    def _former(self, name: str) -> Embedder | None:
        if self._former_embedder is None:
            return None
        try:
            former = self._former_embedder(name)
        except Exception as error:
            log.warning("The former embedding model %s cannot be opened (%s); search goes by keywords.", name, error)
            self._former_embedder = None
            return None
        self._former_embedder = lambda _: former
        return former if former.name == name else None

    def _renderer(self) -> PdfProcess:
        from ingestion.pdf_process import PdfProcess

        with self._committing:
            if self._pdf_process is None:
                self._pdf_process = PdfProcess(self._limits)
            return self._pdf_process

    def _must_write(self) -> None:
        if self._closed:
            raise LibraryError("The library is closed.")
        if self._lock is None:
            raise HomeError(
                "The library is open for reading only.",
                hint="Close the other program that uses it and start again.",
            )


def _take_folder(folder: Path) -> WriterLock:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HomeError(
            f"The library folder {folder} cannot be made ({error.strerror}).",
            hint="Check the permissions, or set STUDY_HOME to another folder.",
        ) from error
    lock = WriterLock(folder)
    lock.acquire()
    return lock
