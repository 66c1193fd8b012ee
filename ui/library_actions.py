"""What the library tab does: adds, cancels, deletes, undoes and searches; no layout."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from ingestion.document import DocumentId
from ui.adding import Adding, FileLine
from ui.library_view import adding_html, documents_html, passages_html, undo_html
from ui.markup import escape_html
from ui.messages import failure_markdown
from vectorstore.typed_filters import read_filters

if TYPE_CHECKING:
    from ui.services import Services
    from vectorstore.library import Library

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.3
"""How often a page that follows the adding is told of it."""
FOUND_PASSAGES = 8


@dataclass(frozen=True, slots=True)
class LibraryView:
    """What the library tab shows now; None leaves a part as it is."""

    adding: str | None = None
    documents: str | None = None
    undo: str | None = None
    busy: bool | None = None


@dataclass(frozen=True, slots=True)
class _Deleted:
    token: str
    title: str
    copy: Path


@dataclass
class LibraryActions:
    """The tab's actions over the services."""

    services: Services
    adding: Adding = field(init=False)
    _deleted: _Deleted | None = None
    """The last deletion, until the next one."""

    def __post_init__(self) -> None:
        self.adding = Adding(self._library)

    async def show(self) -> AsyncIterator[LibraryView]:
        """The tab as soon as the library is open, then the adding that goes on."""
        if self.services.state == "loading":
            yield LibraryView(documents='<p class="empty">The library is opening …</p>')
        yield LibraryView(documents=await asyncio.to_thread(self.documents))
        async for view in self.follow():
            yield view

    async def add(self, paths: Sequence[str]) -> AsyncIterator[LibraryView]:
        """Queue uploaded files and follow them until they are done."""
        if rooms_fault := await asyncio.to_thread(self._write_fault):
            yield LibraryView(adding=rooms_fault)
            return
        self.adding.add([Path(path) for path in paths])
        async for view in self.follow():
            yield view

    async def follow(self) -> AsyncIterator[LibraryView]:
        """The progress until nothing is being added; the table whenever it changed."""
        shown = self.adding.status()
        was_running = shown.running
        while shown.running:
            yield LibraryView(adding=adding_html(shown), busy=True)
            await asyncio.sleep(POLL_SECONDS)
            version, shown = shown.version, self.adding.status()
            if shown.version != version and shown.running:
                yield LibraryView(documents=await asyncio.to_thread(self.documents))
        if was_running or shown.outcomes:
            documents = await asyncio.to_thread(self.documents)
            yield LibraryView(adding=adding_html(shown), documents=documents, busy=False)

    def cancel(self) -> LibraryView:
        """Ask the adding to stop."""
        self.adding.cancel()
        return LibraryView(adding=adding_html(self.adding.status()))

    def documents(self) -> str:
        """The table of documents, or a sentence."""
        try:
            rooms = self.services.rooms()
            note = (
                f'<p class="read-only">{escape_html(read_only_sentence(rooms.read_only))}</p>'
                if rooms.read_only
                else ""
            )
            if self.services.renewal:
                note += f'<p class="hint" role="status">{escape_html(self.services.renewal)}</p>'
            return note + documents_html(rooms.library.documents(), read_only=rooms.read_only)
        except StudyError as error:
            return failure_markdown(error.message, error.hint)

    def delete(self, document_id: str) -> LibraryView:
        """Take a document out, keeping a copy of its file for `undo`."""
        try:
            library = self._library()
            document = library.find_document(document_id)
            copy = self._keep(library.file_path(DocumentId(document.id)), document.source_name)
            library.delete(DocumentId(document.id))
        except StudyError as error:
            return LibraryView(undo=failure_markdown(error.message, error.hint))
        except OSError as error:
            logger.exception("A document was not deleted")
            return LibraryView(undo=failure_markdown(f"The document was not deleted: {error.strerror}.", ""))
        self._deleted = _Deleted(secrets.token_urlsafe(8), document.title, copy)
        return LibraryView(documents=self.documents(), undo=undo_html(self._deleted.title, self._deleted.token))

    async def undo(self, token: str) -> AsyncIterator[LibraryView]:
        """Add the last deleted document again."""
        deleted, self._deleted = self._deleted, None
        if deleted is None or deleted.token != token or not deleted.copy.is_file():
            self._deleted = deleted
            yield LibraryView(undo=failure_markdown("This can no longer be undone.", "Add the file again."))
            return
        yield LibraryView(undo="")
        async for view in self.add([str(deleted.copy)]):
            yield view

    def search(self, query: str) -> str:
        """The passages that fit, as HTML; filters may be typed among the words, e.g. `topic:rlhf year:2020-`."""
        if not query.strip():
            return ""
        try:
            words, filters = read_filters(query)
            library = self.services.rooms(timeout_seconds=60).library
            passages = library.search(words, limit=FOUND_PASSAGES, filters=filters)
            return passages_html(query, passages, "" if passages or not filters else library.emptied_by(filters))
        except StudyError as error:
            return failure_markdown(error.message, error.hint)

    def reject(self, name: str, message: str) -> None:
        """Note a file that never reached the library."""
        self.adding.note(FileLine(name, "failed", message))

    def _library(self) -> Library:
        return self.services.rooms().library

    def _write_fault(self) -> str:
        try:
            read_only = self.services.rooms().read_only
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return failure_markdown(read_only_sentence(read_only), "") if read_only else ""

    def _keep(self, source: Path, name: str) -> Path:
        folder = self.services.home / "undo"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        kept = folder / Path(name).name
        shutil.copyfile(source, kept)
        return kept


def read_only_sentence(reason: str) -> str:
    """What a reader is told when another process holds the library."""
    return f"{reason} Until it ends, documents can be read and asked about here, but not added or deleted."
