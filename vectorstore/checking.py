"""A look over the whole library: is every part there, and do the parts agree."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from errors import LibraryError
from vectorstore.catalogue import Catalogue
from vectorstore.database import plain_faults
from vectorstore.dense_index import DenseIndex
from vectorstore.embedder import Embedder
from vectorstore.files import FileStore
from vectorstore.keyword_index import KeywordIndex
from vectorstore.reembedding import reembed_all
from vectorstore.reports import CheckReport

LOOKED_OVER_BYTES = 64_000_000
"""A larger catalogue's content is compared only when a check is asked for; its structure always."""


@dataclass
class Findings:
    """Faults, and those of them that were put right."""

    repair: bool
    faults: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)

    def note(self, sentence: str, cure: Callable[[], object] | None = None) -> None:
        """Note a fault, and cure it where that is asked and possible."""
        self.faults.append(sentence)
        if self.repair and cure is not None:
            cure()
            self.repaired.append(sentence)


def must_be_whole(catalogue: Catalogue) -> None:
    """Compare what is kept twice, and read what has a checksum, in a catalogue of usual size: 40 ms for 400 pages.

    Raises:
        LibraryError: a page that was half written has other content now; the catalogue is closed.
    """
    if catalogue.path.stat().st_size > LOOKED_OVER_BYTES:
        return
    fault = _content_fault(catalogue)
    if fault:
        catalogue.close()
        with plain_faults(catalogue.path):
            raise sqlite3.DatabaseError(f"database disk image is malformed: {fault}")


def check_library(
    catalogue: Catalogue,
    files: FileStore,
    dense: DenseIndex | None,
    keyword: KeywordIndex,
    embedder: Embedder,
    rebuild_catalogue: Callable[[], None],
    *,
    repair: bool,
) -> CheckReport:
    """The faults found, and what of them was repaired; `dense` is None in a read-only library."""
    findings = Findings(repair)
    if not _is_readable(catalogue, findings, rebuild_catalogue):
        return CheckReport(0, 0, 0, 0, tuple(findings.faults), ())
    _check_rows(catalogue, findings)
    _check_vectors(catalogue, embedder, findings)
    _check_files(catalogue, files, findings)
    if dense is not None:
        for sentence in dense.faults():
            findings.note(sentence, dense.repair)
    if keyword.size() != catalogue.counts()["chunks"]:
        findings.note("The keyword index does not have all chunks.", keyword.forget)
    counts = catalogue.counts()
    return CheckReport(
        counts["documents"],
        counts["pages"],
        counts["chunks"],
        counts["embeddings"],
        tuple(findings.faults),
        tuple(findings.repaired),
    )


def _is_readable(catalogue: Catalogue, findings: Findings, rebuild: Callable[[], None]) -> bool:
    """False when the catalogue is damaged and stays so."""
    try:
        found = [str(row[0]) for row in catalogue.database.rows("PRAGMA integrity_check(20)")]
        if found == ["ok"] and (fault := _content_fault(catalogue)):
            found = [fault]
    except LibraryError as error:
        found = [error.message]
    if found == ["ok"]:
        return True
    findings.note(f"The catalogue is damaged: {'; '.join(found)}", rebuild)
    return findings.repair


def _content_fault(catalogue: Catalogue) -> str:
    """What is not as it was written, although the file's structure is whole; empty when nothing is found."""
    torn = catalogue.database.value(
        "SELECT chunks.id FROM chunks JOIN pages"
        " ON pages.document_id = chunks.document_id AND pages.number = chunks.page_number"
        ' WHERE substr(pages.text, start + 1, "end" - start) <> chunks.text LIMIT 1'
    )
    if torn is not None:
        return f"chunk {torn} is not what stands on its page"
    for document_id, number, words, headings in catalogue.database.rows(
        "SELECT document_id, number, words, headings FROM pages"
    ):
        try:
            for packed in filter(None, (words, headings)):
                zlib.decompress(packed)  # its checksum is at its end
        except (zlib.error, TypeError):
            return f"page {number} of {document_id} cannot be unpacked"
    return ""


def _check_rows(catalogue: Catalogue, findings: Findings) -> None:
    for row in catalogue.database.rows("PRAGMA foreign_key_check"):
        findings.note(f"The catalogue has rows of {row[0]} that belong to no document.")
    wrong = catalogue.database.rows(
        "SELECT title FROM documents"
        " WHERE page_count <> (SELECT count(*) FROM pages WHERE document_id = documents.id)"
        " OR chunk_count <> (SELECT count(*) FROM chunks WHERE document_id = documents.id)"
    )
    for (title,) in wrong:
        findings.note(f"{title!r} does not have all its pages or chunks; delete it and add it again.")


def _check_vectors(catalogue: Catalogue, embedder: Embedder, findings: Findings) -> None:
    name = catalogue.embedder_name()
    missing = catalogue.database.value(
        "SELECT count(*) FROM chunks WHERE kind <> 'reference' AND NOT EXISTS"
        " (SELECT 1 FROM embeddings WHERE embeddings.text_hash = chunks.text_hash AND embedder = ?)",
        (name,),
    )
    if missing:
        can_embed = name == embedder.name
        cure = (lambda: reembed_all(catalogue, embedder)) if can_embed else None
        findings.note(f"{missing} chunks have no embedding.", cure)
    orphans = catalogue.database.value(
        "SELECT count(*) FROM embeddings WHERE text_hash NOT IN (SELECT text_hash FROM chunks)"
    )
    if orphans and findings.repair:  # no fault: a file whose adding was stopped goes on with them
        findings.note(f"{orphans} embeddings belong to no chunk.", catalogue.drop_orphans)


def _check_files(catalogue: Catalogue, files: FileStore, findings: Findings) -> None:
    names = catalogue.file_names()
    for document_id, name in names.items():
        if not files.path(name).is_file():
            title = catalogue.document(document_id).title
            findings.note(f"The copy of {title!r} is missing; its text is kept, its pages cannot be shown.")
    strays = files.strays(names.values())
    if strays:
        findings.note(f"{len(strays)} files belong to no document.", lambda: files.sweep(names.values()))
