"""What the library tab does: adds, cancels, reads again, deletes, brings back and searches; no layout."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from ingestion.document import DocumentId
from ui.adding import Adding, FileLine
from ui.first_notes import notes_html, notes_of
from ui.library_desk import LibraryDesk
from ui.library_view import (
    adding_html,
    deleted_html,
    documents_html,
    passages_html,
    read_only_sentence,
    rereading_html,
    undo_html,
)
from ui.markup import escape_html
from ui.messages import failure_markdown
from ui.translation import _
from vectorstore.typed_filters import read_filters

if TYPE_CHECKING:
    from ui.library_trash import Deleted
    from ui.rereading import Rereading
    from ui.services import Services
    from vectorstore.library import Library

__all__ = ["LibraryActions", "LibraryView", "read_only_sentence"]

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.3
"""How often a page that follows the adding is told of it."""
TABLE_SECONDS = 2.0
"""How often the table is drawn anew while files come in."""
FOUND_PASSAGES = 8
FRESH_SECONDS = 60.0
"""A page that is opened so soon after a deletion still offers to undo it."""


@dataclass(frozen=True, slots=True)
class LibraryView:
    """What the library tab shows now; None leaves a part as it is."""

    adding: str | None = None
    documents: str | None = None
    undo: str | None = None
    busy: bool | None = None
    rereading: str | None = None
    is_rereading: bool | None = None
    deleted: str | None = None


@dataclass
class LibraryActions:
    """The tab's actions over the services."""

    services: Services

    @property
    def desk(self) -> LibraryDesk:
        """What is kept for this home."""
        return self.services.part(LibraryDesk)

    @property
    def adding(self) -> Adding:
        """The queue of files."""
        return self.desk.adding

    @property
    def rereading(self) -> Rereading:
        """The queue of documents that are read again."""
        return self.desk.rereading

    # What is shown

    async def show(self) -> AsyncIterator[LibraryView]:
        """The tab as soon as the library is open, then the adding that goes on."""
        if self.services.state == "loading":
            yield LibraryView(documents=f'<p class="empty">{_("The library is opening …")}</p>')
        documents = await asyncio.to_thread(self.documents)
        deleted = await asyncio.to_thread(self.deleted)
        yield LibraryView(documents=documents, deleted=deleted, undo=self._fresh_undo())
        async for view in self.follow():
            yield view

    async def show_rereading(self) -> AsyncIterator[LibraryView]:
        """How far the reading again is, when a page is opened."""
        async for view in self.follow_rereading():
            yield view

    async def follow(self) -> AsyncIterator[LibraryView]:
        """The progress until nothing is being added, by the learner or at a first start; the table as it changes."""
        shown, notes = self.adding.status(), notes_of(self.services)
        was_running = shown.running or notes.running
        drawn, drawn_at = (shown.version, notes.done), time.monotonic()
        while shown.running or notes.running:
            yield LibraryView(adding=adding_html(shown) + notes_html(notes), busy=shown.running)
            await asyncio.sleep(POLL_SECONDS)
            shown, notes = self.adding.status(), notes_of(self.services)
            if (shown.version, notes.done) != drawn and time.monotonic() - drawn_at > TABLE_SECONDS:
                drawn, drawn_at = (shown.version, notes.done), time.monotonic()
                yield LibraryView(documents=await asyncio.to_thread(self.documents))
        if was_running or shown.outcomes or notes.failed:
            documents = await asyncio.to_thread(self.documents)
            yield LibraryView(adding=adding_html(shown) + notes_html(notes), documents=documents, busy=False)

    async def follow_rereading(self) -> AsyncIterator[LibraryView]:
        """The progress until nothing is read again any more."""
        shown = self.rereading.status()
        was_running = shown.running
        while shown.running:
            yield LibraryView(rereading=rereading_html(shown), is_rereading=True)
            await asyncio.sleep(POLL_SECONDS)
            shown = self.rereading.status()
        if was_running or shown.outcomes:
            documents = await asyncio.to_thread(self.documents)
            yield LibraryView(rereading=rereading_html(shown), documents=documents, is_rereading=False)

    def documents(self) -> str:
        """The table of documents, or a sentence."""
        try:
            rooms = self.services.rooms()
            documents = rooms.library.documents()
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        note = f'<p class="read-only">{escape_html(read_only_sentence(rooms.read_only))}</p>' if rooms.read_only else ""
        if self.services.renewal:
            note += f'<p class="hint" role="status">{escape_html(self.services.renewal)}</p>'
        if not documents and notes_of(self.services).running:
            return f'{note}<p class="empty">{_("The first notes are on their way …")}</p>'
        drafts = frozenset(draft.document_id for draft in self.desk.notes.drafts())
        ours = self.desk.program_notes
        return note + documents_html(documents, read_only=rooms.read_only, drafts=drafts, program_notes=ours)

    def deleted(self) -> str:
        """Documents that can be brought back; those that are back, or whose time is over, are forgotten first."""
        desk = self.desk
        desk.purge()
        try:
            here = {document.id for document in self._library().documents()}
        except StudyError:
            here = set()
        for deleted in desk.trash.all():
            if deleted.document_id in here:
                desk.trash.settle(deleted, desk.notes.versions_folder(deleted.source_name))
        return deleted_html(desk.trash.all(), desk.undo_time)

    # Adding

    async def add(self, paths: Sequence[str]) -> AsyncIterator[LibraryView]:
        """Queue uploaded files and follow them until they are done."""
        if rooms_fault := await asyncio.to_thread(self.desk.write_fault):
            yield LibraryView(adding=rooms_fault)
            return
        self.adding.add([Path(path) for path in paths])
        async for view in self.follow():
            yield view

    def cancel(self) -> LibraryView:
        """Ask the adding to stop."""
        self.adding.cancel()
        return LibraryView(adding=adding_html(self.adding.status()))

    def leave_out(self, listed: str) -> LibraryView:
        """Note what a dropped folder holds beside documents: a JSON list of pairs, name and reason."""
        try:
            pairs = [(str(name)[:200], str(reason)[:200]) for name, reason in json.loads(listed)]
        except (ValueError, TypeError):
            return LibraryView()
        self.adding.note(*(FileLine(name, "left out", reason) for name, reason in pairs))
        return LibraryView(adding=adding_html(self.adding.status()))

    def reject(self, name: str, message: str) -> None:
        """Note a file that never reached the library."""
        self.adding.note(FileLine(name, "failed", message))

    def clear(self) -> LibraryView:
        """Take the lines about earlier files away."""
        self.adding.clear()
        self.rereading.clear()
        return LibraryView(adding=adding_html(self.adding.status()), rereading=rereading_html(self.rereading.status()))

    # Reading again

    async def reread(self, document_id: str) -> AsyncIterator[LibraryView]:
        """Read one document again; `outdated` stands for those that an earlier reader read, `all` for all."""
        try:
            chosen = await asyncio.to_thread(self._to_reread, document_id)
        except StudyError as error:
            yield LibraryView(rereading=failure_markdown(error.message, error.hint))
            return
        if chosen:
            self.rereading.put(chosen)
        async for view in self.follow_rereading():
            yield view

    def cancel_rereading(self) -> LibraryView:
        """Ask the reading to stop; what was read stays read."""
        self.rereading.cancel()
        return LibraryView(rereading=rereading_html(self.rereading.status()))

    def _to_reread(self, document_id: str) -> tuple[DocumentId, ...]:
        rooms = self.services.rooms()
        if rooms.read_only:
            raise StudyError(read_only_sentence(rooms.read_only))
        documents = rooms.library.documents()
        if document_id == "outdated":
            documents = [one for one in documents if one.is_outdated]
        elif document_id != "all":
            documents = [rooms.library.find_document(document_id)]
        return tuple(one.id for one in documents)

    # Deleting

    def delete(self, document_id: str) -> LibraryView:
        """Take a document out, keeping a copy of its file for `undo`."""
        try:
            library = self._library()
            document = library.find_document(document_id)
            deleted = self._keep(library, document.id)
            library.delete(document.id)
        except StudyError as error:
            return LibraryView(undo=failure_markdown(error.message, error.hint))
        except OSError as error:
            logger.exception("A document was not deleted")
            return LibraryView(
                undo=failure_markdown(_("The document was not deleted: {reason}.").format(reason=error.strerror), "")
            )
        notes = self.desk.notes
        notes.drop_draft(document.id)
        notes.drop_versions(document.source_name)
        return LibraryView(documents=self.documents(), undo=undo_html(deleted), deleted=self.deleted())

    async def undo(self, token: str) -> AsyncIterator[LibraryView]:
        """Add a deleted document again, with its title and earlier versions."""
        if fault := await asyncio.to_thread(self.desk.write_fault):
            yield LibraryView(undo=fault)
            return
        desk, deleted = self.desk, self.desk.trash.find(token)
        if deleted is None:
            yield LibraryView(
                undo=failure_markdown(_("This can no longer be undone."), _("Add the file again.")),
                deleted=self.deleted(),
            )
            return
        try:
            path = await asyncio.to_thread(desk.trash.copy_out, deleted, self.services.home / "restoring")
        except OSError as error:
            logger.exception("A deleted document was not brought back")
            told = _("It was not brought back: {reason}.").format(reason=error.strerror)
            yield LibraryView(undo=failure_markdown(told, _("Try again.")))
            return
        self.adding.add([path], deleted.facts)
        yield LibraryView(undo="")
        async for view in self.follow():
            yield view
        yield LibraryView(deleted=await asyncio.to_thread(self.deleted))

    def forget(self, token: str) -> LibraryView:
        """Remove a deleted document for good."""
        if deleted := self.desk.trash.find(token):
            self.desk.trash.drop(deleted)
        return LibraryView(undo="", deleted=self.deleted())

    def _keep(self, library: Library, document_id: DocumentId) -> Deleted:
        document = library.find_document(document_id)
        versions = self.desk.notes.versions_folder(document.source_name)
        return self.desk.trash.keep(document, library.facts(document_id), library.file_path(document_id), versions)

    def _fresh_undo(self) -> str:
        newest = next(iter(self.desk.trash.all()), None)
        if newest is None or (datetime.now(UTC) - newest.deleted_at).total_seconds() > FRESH_SECONDS:
            return ""
        return undo_html(newest)

    # Searching

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

    def _library(self) -> Library:
        return self.services.rooms().library
