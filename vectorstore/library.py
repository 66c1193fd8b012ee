"""The library: add, search, list and delete documents. The facade over catalogue, indexes and files."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace as with_changes
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from errors import HomeError, LibraryError
from ingestion.document import Document, DocumentId
from ingestion.limits import ReadLimits
from vectorstore.adding import AddRun
from vectorstore.catalogue import Catalogue, DocumentRecord
from vectorstore.checking import check_library
from vectorstore.clean_end import note_end, put_stale_log_aside
from vectorstore.embedder import Embedder
from vectorstore.facts import DocumentFacts
from vectorstore.filters import Subject
from vectorstore.lock import WriterLock, take_folder
from vectorstore.reading import LibraryOptions, LibraryReading
from vectorstore.reembedding import reembed_all
from vectorstore.reports import AddProgress, AddReport, CheckReport, DocumentSummary, FileOutcome
from vectorstore.reranker import Reranker
from vectorstore.rereading import FOLDER as REREADING
from vectorstore.rereading import Kept, RereadRun, clear, complete, record_of
from vectorstore.salvage import CATALOGUE_NAME, Remains, open_catalogue, set_aside, under_own_names
from vectorstore.tally import Tally

__all__ = ["CATALOGUE_NAME", "DocumentSummary", "Library"]

DEFAULT_LIMITS = ReadLimits()
NOTHING: Mapping[str, str] = MappingProxyType({})
NO_FACTS: Mapping[Path, DocumentFacts] = MappingProxyType({})

log = logging.getLogger(__name__)


class Library(LibraryReading):
    """An open library. All methods may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        catalogue: Catalogue,
        options: LibraryOptions,
        *,
        lock: WriterLock | None,
    ) -> None:
        super().__init__(folder, embedder, catalogue, options, read_only=lock is None)
        self._lock = lock
        self._adding = threading.RLock()
        self._committing = threading.RLock()
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
        subjects: Sequence[Subject] = (),
        reranker: Reranker | None = None,
        former_embedder: Callable[[str], Embedder] | None = None,
        chroma_url: str = "",
    ) -> Library:
        """The library in `folder`, made if it is not there; it is checked, and repaired where need be.

        With `read_only` it reads beside a writer, never touches Chroma and ranks exactly. The other
        arguments are those of `LibraryOptions`.

        Raises:
            HomeBusyError: another process writes to this folder.
            HomeError: the folder cannot be made or written.
            LibraryError: there is nothing to read, or a newer version wrote it.
        """
        options = LibraryOptions(
            limits=limits,
            expansions=expansions,
            aliases=aliases,
            subjects=subjects,
            reranker=reranker,
            former_embedder=former_embedder,
            chroma_url=chroma_url,
        )
        if read_only:
            return cls(folder, embedder, Catalogue(folder / CATALOGUE_NAME, read_only=True), options, lock=None)
        lock = take_folder(folder)
        try:
            put_stale_log_aside(folder / CATALOGUE_NAME)
            catalogue, remains = open_catalogue(folder)
        except BaseException:
            lock.release()
            raise
        library = cls(folder, embedder, catalogue, options, lock=lock)
        try:
            library._make_ready(remains)
        except BaseException:
            library.close()
            raise
        return library

    def close(self) -> None:
        """Give everything back; a second call does nothing."""
        with self._committing:
            if self._closed:
                return
            self._closed = True
            self._keyword.save()
            self._dense.close()
            if self._pdf_process is not None:
                self._pdf_process.close()
            self._close_catalogue()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Writing

    @property
    def read_only(self) -> bool:
        """True when another process writes, so that nothing can be added or deleted here."""
        return self._lock is None

    def add(
        self,
        paths: Sequence[Path],
        *,
        progress: Callable[[AddProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        replace: bool = False,
        facts: Mapping[Path, DocumentFacts] = NO_FACTS,
        ended: Callable[[FileOutcome], None] | None = None,
        in_turn: bool = False,
    ) -> AddReport:
        """Take files, and the files in folders, into the library; one report line for each.

        Every document is searchable the moment it is written. `cancelled` is asked between batches;
        finished documents stay. With `replace`, a document of the same file name makes room. `facts` are
        believed more than what the file itself says about its title and authors. `ended` is told of each file
        that is done. `in_turn` writes on this thread, for a caller that holds what a writing thread would wait for.

        Raises:
            HomeError: the library is open for reading only.
        """
        from ingestion.load import load_document
        from ingestion.pdf_pool import PdfPool

        self._must_write()
        with self._adding, PdfPool(self._options.limits) as reader:

            def read(path: Path) -> Document:
                document = load_document(path, reader=reader, limits=self._options.limits)
                return facts[path].applied_to(document) if path in facts else document

            def write(path: Path, record: DocumentRecord, replaces: Sequence[DocumentId] = ()) -> bool:
                record = with_changes(record, facts=facts.get(path, record.facts))
                with self._committing:
                    complete_record = with_changes(record, vectors=complete(record, self._catalogue, self.embedder))
                    return self.add_document(path, complete_record, replaces)

            run = AddRun(
                self._catalogue,
                self.embedder,
                read=read,
                readers=reader.threads,
                write=write,
                tally=Tally(progress),
                replace=replace,
                cancelled=cancelled,
                in_turn=in_turn,
                ended=ended,
            )
            return run.run(paths, file_megabytes=self._options.limits.file_megabytes)

    def add_now(self, path: Path, *, instead_of: DocumentId | None = None) -> DocumentSummary:
        """Take one small file in at once, even while others are being added; `instead_of` makes room for it.

        Raises:
            DocumentError: the file cannot be read.
            EmbeddingError: the model failed.
            HomeError: the library is open for reading only.
        """
        from ingestion.load import load_document

        self._must_write()
        record = record_of(load_document(path, limits=self._options.limits), self._catalogue, self.embedder)
        with self._committing:
            record = with_changes(record, vectors=complete(record, self._catalogue, self.embedder))
            self.add_document(path, record, [] if instead_of is None else [instead_of])
            return self._catalogue.document(record.document.id)

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
            with self._exchanges.one() if replaces else nullcontext():
                try:
                    self._forget(replaces, lambda: self._catalogue.insert(record, name, replaces=replaces))
                except BaseException:
                    self._files.remove(name)
                    raise
                self._dense.add(document_id)
                self._keyword.follow()
            return True

    def reread(
        self,
        document_ids: Sequence[DocumentId] | None = None,
        *,
        progress: Callable[[AddProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        ended: Callable[[FileOutcome], None] | None = None,
    ) -> AddReport:
        """Read documents again from the library's copies of their files, all of them unless some are named.

        Each stays searchable as it was until its new reading is there, and only texts that changed are embedded.
        `ended` is told of each one that is done; a cancelled run leaves the rest as they were.

        Raises:
            DocumentNotFoundError: one of them is not there; none is read then.
            HomeError: the library is open for reading only.
            LibraryError: it is being embedded with another model.
        """
        from ingestion.load import load_document
        from ingestion.pdf_pool import PdfPool

        self._must_write()
        if self.needs_reembedding:
            raise LibraryError("The library is embedded with another model just now.", hint="Do it when that is done.")
        names = self._catalogue.file_names()
        wanted = list(names) if document_ids is None else document_ids
        known = [self._catalogue.document(document_id) for document_id in wanted]
        with PdfPool(self._options.limits) as reader:
            run = RereadRun(
                self._catalogue,
                self.embedder,
                self.folder / REREADING,
                read=lambda path: load_document(path, reader=reader, limits=self._options.limits),
                readers=reader.threads,
                rewrite=self._rewrite,
                tally=Tally(progress),
                cancelled=cancelled,
                ended=ended,
            )
            return run.run([Kept(summary, self._files.path(names[summary.id])) for summary in known])

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
        with self._adding if repair else nullcontext(), self._committing:
            return check_library(
                self._catalogue,
                self._files,
                self._dense if self._lock is not None else None,
                self._keyword,
                self.embedder,
                self._rebuild_catalogue,
                repair=repair,
            )

    # Inside

    def _rewrite(self, record: DocumentRecord) -> None:
        """Put a new reading in the place of the former one."""
        with self._committing:
            self._must_write()
            record = with_changes(record, vectors=complete(record, self._catalogue, self.embedder))
            gone = [chunk.id for chunk in self._catalogue.chunks(record.document.id)]
            with self._exchanges.one():
                self._dense.exchange(record.document.id, gone, lambda: self._catalogue.rewrite(record))
                self._keyword.follow()

    def _make_ready(self, remains: Remains | None) -> None:
        clear(self.folder / REREADING)
        if self._catalogue.embedder_name() != self.embedder.name and not self._catalogue.counts()["documents"]:
            self._catalogue.switch_embedder(self.embedder.name)
        if remains is not None:
            self._restore(remains)
        if strays := self._files.sweep(self._catalogue.file_names().values()):
            log.info("Removed %d files that belong to no document.", len(strays))
        self._dense.open(self._keyword.follow)

    def _restore(self, remains: Remains) -> None:
        """Take all files into a new catalogue, with what vectors can be read of the old one."""
        log.warning("The catalogue was lost or damaged and is built again from the files.")
        for vectors in remains.vectors(self.embedder.name):
            self._catalogue.store_vectors(self.embedder.name, vectors)
        with under_own_names(self.folder, remains) as paths:
            known = {path: facts for path, facts in paths.items() if facts is not None}
            report = self.add(list(paths), facts=known, in_turn=True)
        for outcome in report.with_status("failed"):
            log.warning("%s could not be restored: %s", outcome.path.name, outcome.error)
        self._catalogue.drop_orphans()

    def _close_catalogue(self) -> None:
        generation: int | None = None
        with suppress(LibraryError):
            generation = self._catalogue.generation()
        self._catalogue.close()
        if self._lock is not None and generation is not None:
            note_end(self._catalogue.path, generation)

    def _rebuild_catalogue(self) -> None:
        """Replace a damaged catalogue while the library is open."""
        self._dense.close()
        generation = int(time.time())
        self._catalogue.close()
        remains = set_aside(self.folder)
        self._catalogue.reopen()
        self._catalogue.set_meta("generation", str(generation))
        self._make_ready(remains)

    def _forget(self, document_ids: Sequence[DocumentId], change: Callable[[], object]) -> None:
        """Do `change`, which removes documents from the catalogue, and drop them everywhere else."""
        chunk_ids = [chunk.id for document_id in document_ids for chunk in self._catalogue.chunks(document_id)]
        names = self._catalogue.file_names()
        change()
        self._dense.delete(chunk_ids)
        if document_ids:
            self._keyword.forget()
            self._keyword.follow()
        for document_id in document_ids:
            if document_id in names:
                self._files.remove(names[document_id])

    def _must_write(self) -> None:
        if self._closed:
            raise LibraryError("The library is closed.")
        if self._lock is None:
            raise HomeError(
                "The library is open for reading only.",
                hint="Close the other program that uses it and start again.",
            )
