"""Files become documents of the library: read, cut, embedded in windows across files, written one by one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from errors import DamagedDocumentError, EmbeddingError, StudyError
from ingestion.document import Chunk, Document, DocumentId
from vectorstore.catalogue import Catalogue, DocumentRecord
from vectorstore.cutting import chunks_of
from vectorstore.embedder import Embedder, FloatMatrix
from vectorstore.embedding_line import EmbeddingLine, InTurn
from vectorstore.files import document_id_of, expand_paths
from vectorstore.reports import AddReport, DocumentSummary, FileOutcome, FileStatus
from vectorstore.tally import Tally

WINDOW_CHUNKS = 512
"""Chunks that are gathered across files before they are embedded together, sorted by length."""

log = logging.getLogger(__name__)


class Write(Protocol):
    """Writes one document; False when it was there."""

    def __call__(self, path: Path, record: DocumentRecord, replaces: Sequence[DocumentId] = ()) -> bool:
        """Copy the file at `path` and write the record, removing `replaces`."""
        ...


@dataclass
class Reading:
    """A file that was read and waits for its embeddings."""

    index: int
    """Place of the file in the report."""
    path: Path
    document: Document
    chunks: list[Chunk]
    texts: dict[bytes, str]
    """What is embedded, by hash."""
    text_hashes: list[bytes]
    waiting: set[bytes]
    """Hashes that still have no vector."""


class CancelledError(Exception):
    """The caller asked to stop."""


class AddRun:
    """One call of `add`."""

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder,
        *,
        read: Callable[[Path], Document],
        readers: int = 1,
        write: Write,
        tally: Tally,
        replace: bool,
        cancelled: Callable[[], bool] | None,
        in_turn: bool = False,
        ended: Callable[[FileOutcome], None] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._read = read
        self._readers = readers
        self._write_document = write
        self._tally = tally
        self._replace = replace
        self._cancelled = cancelled
        self._ended = ended
        self._outcomes: dict[int, FileOutcome] = {}
        self._window: list[Reading] = []
        self._line = (InTurn if in_turn else EmbeddingLine)(self._embedded, self._written)
        self._broken = False
        """True when the run ends with an error, so that nothing more is embedded."""
        self._in_hand: set[DocumentId] = set()
        self._claimed: set[DocumentId] = set()
        self._claiming = threading.Lock()

    def run(self, paths: Sequence[Path], *, file_megabytes: int) -> AddReport:
        """Add all files; a failed one never stops the rest."""
        from ingestion.pdf_pool import read_ahead

        started = time.monotonic()
        files = expand_paths(paths)
        self._tally.files_total = len(files)
        prepared = read_ahead(
            lambda path: self._prepare(path, file_megabytes),
            files,
            workers=self._readers,
            heard=self._stop_if_cancelled,
        )
        try:
            with self._line, closing(prepared):
                self._take_all(files, prepared)
        except CancelledError:
            log.info("Adding was cancelled.")
        self._tally.tell()
        ended = (
            self._outcomes.get(index) or FileOutcome(path, "cancelled", None, 0, 0, None, ())
            for index, path in enumerate(files)
        )
        return AddReport(tuple(ended), time.monotonic() - started, self._tally.chunks_embedded)

    def _take_all(self, files: Sequence[Path], prepared: Iterator[Future[Document | DocumentId]]) -> None:
        """Take each file as it is read, and wait until all is written."""
        try:
            for index, path in enumerate(files):
                self._stop_if_cancelled()
                self._tally.current = path.name
                self._tally.tell()
                self._take(index, path, next(prepared))
                self._tally.files_read += 1
                if sum(len(reading.waiting) for reading in self._window) >= WINDOW_CHUNKS:
                    self._flush()
            self._flush()
            self._line.finish()
        except BaseException:
            self._broken = True
            raise

    def _prepare(self, path: Path, file_megabytes: int) -> Document | DocumentId:
        """The document in a file, or its id when it is in the library or another path of this run has it."""
        document_id = _identify(path, file_megabytes)
        if document_id is not None:
            with self._claiming:
                if document_id in self._claimed or self._catalogue.has(document_id):
                    return document_id
                self._claimed.add(document_id)
        return self._read(path)

    def _take(self, index: int, path: Path, prepared: Future[Document | DocumentId]) -> None:
        """Take one file into the window, or note why not."""
        try:
            document = prepared.result()
            if isinstance(document, str):
                if self._is_known(document):
                    self._end(index, self._unchanged(path, document))
                    return
                document = self._read(path)
            if self._is_known(document.id):
                self._end(index, self._unchanged(path, document.id))
                return
            reading = self._cut(index, path, document)
        except Exception as error:
            self._fail(index, path, error)
            return
        self._window.append(reading)
        self._in_hand.add(document.id)
        self._tally.read(len(document.pages), len(reading.chunks))

    def _is_known(self, document_id: DocumentId) -> bool:
        return document_id in self._in_hand or self._catalogue.has(document_id)

    def _unchanged(self, path: Path, document_id: DocumentId) -> FileOutcome:
        if document_id in self._in_hand:
            return FileOutcome(path, "unchanged", document_id, 0, 0, None, ())
        summary = self._catalogue.document(document_id)
        return FileOutcome(path, "unchanged", document_id, summary.pages, summary.chunks, None, summary.warnings)

    def _cut(self, index: int, path: Path, document: Document) -> Reading:
        chunks, texts, hashes = chunks_of(document, self._embedder)
        known = self._catalogue.known_vectors(self._embedder.name, list(texts))
        return Reading(index, path, document, chunks, texts, hashes, texts.keys() - known)

    def _flush(self) -> None:
        """Have the window embedded and its documents written, while the next files are read."""
        window, self._window = self._window, []
        self._line.put(window)

    def _embedded(self, window: Sequence[Reading]) -> dict[bytes, FloatMatrix] | EmbeddingError:
        """The vectors that the window waits for, or why there are none."""
        try:
            return self._embed({key: reading.texts[key] for reading in window for key in reading.waiting})
        except EmbeddingError as error:
            return error

    def _written(self, window: Sequence[Reading], vectors: dict[bytes, FloatMatrix] | EmbeddingError) -> None:
        for reading in window:
            if isinstance(vectors, EmbeddingError):
                self._fail(reading.index, reading.path, vectors)
            else:
                self._write(reading, vectors)
            self._in_hand.discard(reading.document.id)
            self._tally.tell()

    def _embed(self, texts: Mapping[bytes, str]) -> dict[bytes, FloatMatrix]:
        """Vectors by hash; a cancelled run stops between two batches.

        Texts of like length go together, and each piece but the last, which is written with its documents, is kept
        at once: a big file whose adding was stopped goes on there.
        """
        vectors: dict[bytes, FloatMatrix] = {}
        keys = sorted(texts, key=lambda key: -len(texts[key]))
        for start in range(0, len(keys), WINDOW_CHUNKS):
            piece = keys[start : start + WINDOW_CHUNKS]
            rows = self._embedder.embed(
                [texts[key] for key in piece], progress=self._tally.listener(self._stop_if_cancelled)
            )
            embedded = dict(zip(piece, rows, strict=True))
            if start + WINDOW_CHUNKS < len(keys):
                self._catalogue.store_vectors(self._embedder.name, embedded)
            vectors |= embedded
        return vectors

    def _write(self, reading: Reading, vectors: Mapping[bytes, FloatMatrix]) -> None:
        document = reading.document
        counts = (len(document.pages), len(reading.chunks))
        try:
            replaces, sentences = relatives(document, self._catalogue.documents(), replace=self._replace)
            record = DocumentRecord(
                document=document,
                chunks=reading.chunks,
                text_hashes=reading.text_hashes,
                vectors={key: vectors[key] for key in reading.waiting},
                embedder_name=self._embedder.name,
            )
            added = self._write_document(reading.path, record, replaces)
        except Exception as error:
            self._fail(reading.index, reading.path, error)
            return
        self._tally.written(*counts)
        status: FileStatus = "added" if added else "unchanged"
        warnings = (*document.warnings, *sentences)
        self._end(reading.index, FileOutcome(reading.path, status, document.id, *counts, None, warnings))

    def _end(self, index: int, outcome: FileOutcome) -> None:
        with self._tally.lock:
            self._outcomes[index] = outcome
            self._tally.files_done = len(self._outcomes)
            if self._ended is not None:
                self._ended(outcome)

    def _fail(self, index: int, path: Path, error: Exception) -> None:
        if not isinstance(error, StudyError):
            log.exception("%s could not be taken in", path, exc_info=error)
            error = DamagedDocumentError(
                f"{path.name} could not be taken in ({type(error).__name__}).",
                hint="The log has the details; please report it.",
            )
        self._end(index, FileOutcome(path, "failed", None, 0, 0, error, ()))

    def _stop_if_cancelled(self) -> None:
        if self._broken or (self._cancelled is not None and self._cancelled()):
            raise CancelledError


def relatives(
    document: Document, others: Sequence[DocumentSummary], *, replace: bool
) -> tuple[list[DocumentId], list[str]]:
    """Documents that this one takes the place of, and a sentence for each one of the same paper or name.

    Another file of the same arXiv paper replaces the one before, unless it has fewer pages. Another
    content under the same file name stands beside it, unless `replace` says otherwise.
    """
    replaced: list[DocumentId] = []
    sentences: list[str] = []
    for other in others:
        same_paper = document.arxiv_id is not None and other.arxiv_id == document.arxiv_id
        same_name = other.source_name == document.source_name
        if same_paper and other.pages > len(document.pages):
            sentences.append(f"The library holds a longer copy of arXiv {other.arxiv_id} ({other.pages} pages).")
        elif same_paper and other.kind == document.kind:
            replaced.append(other.id)
            sentences.append(f"Replaced the earlier copy of arXiv {other.arxiv_id} ({other.source_name}).")
        elif same_name and replace:
            replaced.append(other.id)
            sentences.append(f"Replaced the earlier {other.source_name}.")
        elif same_name:
            sentences.append(f"The library holds another {other.source_name} with other content ({other.id}).")
    return replaced, sentences


def _identify(path: Path, file_megabytes: int) -> DocumentId | None:
    """The file's id, None when it is for the reader to say what is wrong with it."""
    try:
        if not path.is_file() or path.stat().st_size > file_megabytes * 1_000_000:
            return None
        return document_id_of(path)
    except OSError:
        return None
