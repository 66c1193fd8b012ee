"""Documents read again from the library's own copies of their files, by the present reader.

A document stays searchable as it was until its new reading is written in one piece. What did not change keeps its
chunk id and its embedding. A file that cannot be read any more leaves the document as it is.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from errors import DamagedDocumentError, DocumentNotFoundError, StudyError
from ingestion.document import Document
from vectorstore.adding import CancelledError
from vectorstore.catalogue import Catalogue, DocumentRecord
from vectorstore.cutting import chunks_of
from vectorstore.embedder import Embedder, FloatMatrix
from vectorstore.reports import AddReport, DocumentSummary, FileOutcome, FileStatus
from vectorstore.tally import Tally

FOLDER = "rereading"
"""In the library's folder: copies under the names the files were added with. Nothing is left in it afterwards."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A document, and the library's copy of its file."""

    summary: DocumentSummary
    path: Path


@dataclass
class RereadRun:
    """One call of `reread`."""

    catalogue: Catalogue
    embedder: Embedder
    folder: Path
    read: Callable[[Path], Document]
    readers: int
    rewrite: Callable[[DocumentRecord], None]
    """Puts a reading in the place of the former one; its vectors are all in the record or in the catalogue."""
    tally: Tally
    cancelled: Callable[[], bool] | None
    ended: Callable[[FileOutcome], None] | None = None
    """Told of each document when it is done."""

    def run(self, documents: Sequence[Kept]) -> AddReport:
        """Read all of them again; a failed one never stops the rest."""
        from ingestion.pdf_pool import read_ahead

        started = time.monotonic()
        outcomes: list[FileOutcome] = []
        self.tally.files_total = len(documents)
        clear(self.folder)
        try:
            readings = read_ahead(self._read_kept, documents, workers=self.readers, heard=self._stop_if_cancelled)
            with closing(readings):
                for kept in documents:
                    self._stop_if_cancelled()
                    self.tally.current = kept.summary.source_name
                    self.tally.tell()
                    outcomes.append(self._take(kept, next(readings)))
                    self.tally.files_read = self.tally.files_done = len(outcomes)
                    self.tally.tell()
                    if self.ended is not None:
                        self.ended(outcomes[-1])
        except CancelledError:
            log.info("Reading again was cancelled.")
        finally:
            clear(self.folder)
        outcomes += [_outcome(kept.summary, "cancelled") for kept in documents[len(outcomes) :]]
        return AddReport(tuple(outcomes), time.monotonic() - started, self.tally.chunks_embedded)

    def _read_kept(self, kept: Kept) -> Document:
        """The document as the present reader reads it, with the facts that are believed more.

        Raises:
            DamagedDocumentError: the copy is not there, or not as it was.
        """
        summary = kept.summary
        if not kept.path.is_file():
            raise DamagedDocumentError(
                f"The library's copy of {summary.source_name} is missing.", hint="Delete the document and add its file."
            )
        with _under_its_name(kept.path, summary.source_name, self.folder) as path:
            document = self.read(path)
        if document.id != summary.id:
            raise DamagedDocumentError(
                f"The library's copy of {summary.source_name} is not as it was when it was added.",
                hint="Delete the document and add its file.",
            )
        return self.catalogue.facts(summary.id).applied_to(document)

    def _take(self, kept: Kept, reading: Future[Document]) -> FileOutcome:
        summary = kept.summary
        try:
            document = reading.result()
            before = self.catalogue.chunks(summary.id)
            record = record_of(
                document,
                self.catalogue,
                self.embedder,
                cut=self.tally.read,
                embedded=self.tally.listener(self._stop_if_cancelled),
            )
            self.rewrite(record)
        except CancelledError:
            raise
        except Exception as error:
            return _outcome(summary, "failed", self._known(error, summary))
        self.tally.written(len(document.pages), len(record.chunks))
        same = summary.title == document.title and before == list(record.chunks)
        status: FileStatus = "unchanged" if same else "reread"
        counts = (len(document.pages), len(record.chunks))
        return FileOutcome(Path(summary.source_name), status, summary.id, *counts, None, document.warnings)

    def _known(self, error: Exception, summary: DocumentSummary) -> StudyError:
        if not self.catalogue.has(summary.id):
            return DocumentNotFoundError(f"{summary.source_name} was deleted meanwhile.", hint="Nothing is to be done.")
        if isinstance(error, StudyError):
            return error
        log.exception("%s could not be read again", summary.source_name, exc_info=error)
        return DamagedDocumentError(
            f"{summary.source_name} could not be read again ({type(error).__name__}).",
            hint="It stays as it was; the log has the details.",
        )

    def _stop_if_cancelled(self) -> None:
        if self.cancelled is not None and self.cancelled():
            raise CancelledError


def record_of(
    document: Document,
    catalogue: Catalogue,
    embedder: Embedder,
    *,
    cut: Callable[[int, int], None] = lambda pages, chunks: None,
    embedded: Callable[[int], None] = lambda texts: None,
) -> DocumentRecord:
    """The document cut and embedded; only texts that have no vector yet go through the model.

    `cut` is told how many pages and chunks there are, `embedded` how many texts are done.
    """
    chunks, texts, hashes = chunks_of(document, embedder)
    cut(len(document.pages), len(chunks))
    known = catalogue.known_vectors(embedder.name, hashes)
    missing = [key for key in texts if key not in known]
    vectors: dict[bytes, FloatMatrix] = {}
    if missing:
        rows = embedder.embed([texts[key] for key in missing], progress=embedded)
        vectors = dict(zip(missing, rows, strict=True))
    return DocumentRecord(
        document=document, chunks=chunks, text_hashes=hashes, vectors=vectors, embedder_name=embedder.name
    )


def complete(record: DocumentRecord, catalogue: Catalogue, embedder: Embedder) -> dict[bytes, FloatMatrix]:
    """The record's vectors with those that another document took with it when it was deleted meanwhile."""
    from ingestion.chunking import embedding_text, is_embedded

    known = catalogue.known_vectors(embedder.name, record.text_hashes) | record.vectors.keys()
    pairs = zip(record.text_hashes, record.chunks, strict=True)
    lost = [index for index, (key, chunk) in enumerate(pairs) if key not in known and is_embedded(chunk)]
    if not lost:
        return dict(record.vectors)

    rows = embedder.embed([embedding_text(record.document.title, record.chunks[index]) for index in lost])
    return {**record.vectors, **dict(zip([record.text_hashes[index] for index in lost], rows, strict=True))}


def clear(folder: Path) -> None:
    """Remove what a killed process left of its work."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _under_its_name(copy: Path, name: str, folder: Path) -> Iterator[Path]:
    """The file under the name it was added with: readers take the year, arXiv id or title of some from it."""
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        path = Path(place) / (Path(name).name or copy.name)
        with suppress(OSError):
            os.link(copy, path)
        if not path.exists():
            shutil.copyfile(copy, path)
        yield path


def _outcome(summary: DocumentSummary, status: FileStatus, error: StudyError | None = None) -> FileOutcome:
    """One that stays as it was."""
    return FileOutcome(Path(summary.source_name), status, summary.id, summary.pages, summary.chunks, error, ())
