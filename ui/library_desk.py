"""What the library tab keeps for one home while pages come and go: its queues, deleted documents, notes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from errors import ArxivError, StudyError
from ui.adding import Adding
from ui.choices import FILE, ChoiceStore
from ui.fetching import Fetching
from ui.library_trash import FOLDER as UNDO
from ui.library_trash import Trash
from ui.library_view import read_only_sentence
from ui.messages import failure_markdown
from ui.note_files import FOLDER as NOTES
from ui.note_files import NoteFiles
from ui.rereading import Rereading
from ui.retention import retention_of
from ui.translation import _

if TYPE_CHECKING:
    from agent.hands import PaperFinder
    from ui.services import Services
    from vectorstore.library import Library


ID_DIGITS = 16
"""A document's id is so many hex digits of its file's SHA-256."""


class LibraryDesk:
    """Made once for the services of a home: `services.part(LibraryDesk)`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        closing = services.closing.is_set
        self.adding = Adding(self._library, closing)
        self.rereading = Rereading(self._library, closing)
        self.fetching = Fetching(self.papers, closing)
        self.trash = Trash(services.home / UNDO)
        self.notes = NoteFiles(services.home / NOTES)

    @property
    def undo_time(self) -> timedelta:
        """How long a deleted document can be brought back."""
        choices = ChoiceStore(self._services.home / FILE, self._services.fixed).read()
        return timedelta(hours=retention_of(choices, self._services.retention).keep_deleted_hours)

    @cached_property
    def program_notes(self) -> frozenset[str]:
        """Ids of the notes that come with the program."""
        from agent.first_start import note_ids

        return note_ids()

    def holds(self, content: str) -> bool:
        """Whether the library has a document of exactly this text."""
        identity = hashlib.sha256(content.encode("utf-8")).hexdigest()[:ID_DIGITS]
        return any(document.id == identity for document in self._library().documents())

    def purge(self) -> None:
        """Remove deleted documents for good whose time is over."""
        self.trash.drop_older(datetime.now(UTC) - self.undo_time)

    def papers(self) -> PaperFinder:
        """Where papers are fetched; waits a minute for the library.

        Raises:
            StudyError: the library does not open, or nothing can be fetched into it.
        """
        rooms = self._services.rooms(timeout_seconds=60)
        if rooms.tutor.papers is None:
            raise ArxivError(_("Papers cannot be fetched here."), hint=rooms.read_only or _("The log says why."))
        return rooms.tutor.papers

    def write_fault(self) -> str:
        """Why nothing can be added, as HTML; empty when it can. Waits for the library."""
        try:
            read_only = self._services.rooms().read_only
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return failure_markdown(read_only_sentence(read_only), "") if read_only else ""

    def _library(self) -> Library:
        return self._services.rooms().library
