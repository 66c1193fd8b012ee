"""What the library holds of arXiv: is a paper there, in which version, and whose file is it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from errors import HomeError
from papers.fitting import same_title
from papers.shelf import FetchedPaper, Shelf
from papers.values import ArxivId

if TYPE_CHECKING:
    from vectorstore.library import Library
    from vectorstore.reports import DocumentSummary

VERSION_IN_NAME = re.compile(r"\d{4}\.\d{4,5}v(\d+)|/\d{7}v(\d+)|_\d{7}v(\d+)")


@dataclass(frozen=True, slots=True)
class Held:
    """A document of the library that is a paper of arXiv."""

    document: DocumentSummary
    version: int | None
    """None when it is a file of the learner's that does not tell."""
    fetched: FetchedPaper | None
    """The record, when this room fetched it."""


class Holdings:
    """Looks papers up in the library and in the records of what was fetched."""

    def __init__(self, library: Library, shelf: Shelf, kept: Path) -> None:
        self._library = library
        self._shelf = shelf
        self._kept = kept

    def find(self, paper: ArxivId) -> Held | None:
        """The library's copy of a paper in any version; the longest where there are several."""
        copies = [
            Held(document, self._version(document), self._shelf.of_document(document.id))
            for document in self._library.documents()
            if document.arxiv_id == paper.number and document.kind == "pdf"
        ]
        wanted = [copy for copy in copies if paper.version is not None and copy.version == paper.version]
        return max(wanted or copies, key=lambda copy: copy.document.pages, default=None)

    def with_bytes(self, document_id: str) -> DocumentSummary | None:
        """The document that was made of the same bytes."""
        return next((document for document in self._library.documents() if document.id == document_id), None)

    def with_title(self, title: str) -> DocumentSummary | None:
        """A document of that title; case and punctuation do not count."""
        wanted = same_title(title)
        return next((each for each in self._library.documents() if same_title(each.title) == wanted), None)

    def keep_file(self, document: DocumentSummary) -> Path:
        """Put a copy of a document's file aside before another takes its place, and return where it is.

        Raises:
            HomeError: it cannot be copied.
        """
        name = re.sub(r"[^\w.-]+", "_", Path(document.source_name).name) or "document"
        target = self._kept / f"{document.id}-{name}"
        unfinished = target.with_name(target.name + ".part")
        try:
            self._kept.mkdir(parents=True, exist_ok=True)
            if not target.is_file():
                shutil.copyfile(self._library.file_path(document.id), unfinished)
                unfinished.replace(target)
        except OSError as error:
            raise HomeError(
                f"{document.source_name} cannot be kept before its newer version comes ({error.strerror}).",
                hint="Check the free space and the permissions of STUDY_HOME.",
            ) from error
        return target

    def _version(self, document: DocumentSummary) -> int | None:
        fetched = self._shelf.of_document(document.id)
        if fetched is not None:
            return fetched.record.version
        match = VERSION_IN_NAME.search(document.source_name)
        return int(next(filter(None, match.groups()))) if match else None
