"""What the notes editor does: opens, keeps drafts, previews, saves, goes back to an earlier text; no layout."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from errors import StudyError
from ingestion.decode import decode
from ingestion.document import DocumentId
from ui.library_desk import LibraryDesk
from ui.library_view import read_only_sentence
from ui.messages import failure_markdown
from ui.note_editor_view import preview_html, state_html, versions_html
from ui.note_files import MOST_CHARACTERS, NEW, NoteText, file_name_for
from ui.translation import _

if TYPE_CHECKING:
    from ui.services import Services
    from vectorstore.library import Library
    from vectorstore.reports import DocumentSummary

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NoteView:
    """What the editor shows now; None leaves a part as it is."""

    document_id: str | None = None
    title: str | None = None
    text: str | None = None
    preview: str | None = None
    state: str | None = None
    versions: str | None = None
    is_open: bool | None = None
    is_unsaved: bool = False
    """Whether there is something to discard."""


@dataclass
class NoteActions:
    """The editor's actions over the services."""

    services: Services

    @property
    def desk(self) -> LibraryDesk:
        """What is kept for this home."""
        return self.services.part(LibraryDesk)

    def restore(self) -> NoteView:
        """The editor when a page is opened: with what was typed last and not saved."""
        drafts = self.desk.notes.drafts()
        if not drafts:
            return NoteView(state=state_html("empty"))
        return self.open(drafts[0].document_id)

    def open(self, document_id: str) -> NoteView:
        """The editor with a note of the library, or with a new one; what was typed before and not saved comes first."""
        desk = self.desk
        draft = desk.notes.draft(document_id)
        if document_id == NEW:
            note = draft.note if draft else NoteText("", "")
            state = state_html("draft", at=draft.at) if draft else state_html("empty")
            return _opened(NEW, note, state, "", is_unsaved=draft is not None)
        try:
            document, saved = self._read(document_id)
        except StudyError as error:
            return self._without_document(document_id, error)
        note = draft.note if draft else saved
        ours = document_id in desk.program_notes
        state = state_html("draft", at=draft.at, ours=ours) if draft else state_html("saved", ours=ours)
        versions = versions_html(desk.notes.versions(document.source_name), document.id)
        return _opened(document.id, note, state, versions, is_unsaved=draft is not None)

    def typed(self, document_id: str, title: str, text: str) -> NoteView:
        """The preview of what is in the editor, which is kept so that a reload does not lose it."""
        note, notes = NoteText(title, text), self.desk.notes
        try:
            if note.is_blank and document_id == NEW:
                notes.drop_draft(NEW)
                return NoteView(preview=preview_html(note), state=state_html("empty"))
            if self._is_saved(document_id, note):
                notes.drop_draft(document_id)
                return NoteView(preview=preview_html(note), state=state_html("saved"))
            draft = notes.keep_draft(document_id, note)
        except StudyError as error:
            return NoteView(preview=preview_html(note), state=failure_markdown(error.message, error.hint))
        return NoteView(preview=preview_html(note), state=state_html("draft", at=draft.at), is_unsaved=True)

    async def save(self, document_id: str, title: str, text: str) -> AsyncIterator[NoteView]:
        """The note in the library, in the place of its former text; only passages that changed are embedded."""
        note = NoteText(title, text).titled()
        if not note.text.strip():
            yield NoteView(state=failure_markdown(_("There is nothing to save yet."), _("Write a few words first.")))
            return
        if len(note.content) > MOST_CHARACTERS:
            sentence = _("The note has {count:,} characters; {most:,} can be kept.").format(
                count=len(note.content), most=MOST_CHARACTERS
            )
            yield NoteView(state=failure_markdown(sentence, _("Split it into several notes.")))
            return
        yield NoteView(state=state_html("saving"))
        try:
            document = await asyncio.to_thread(self._save, document_id, note)
        except StudyError as error:
            told = _("The note is not saved: {reason}").format(reason=error.message)
            yield NoteView(state=failure_markdown(told, error.hint))
            return
        except Exception:
            logger.exception("A note was not saved")
            told, hint = _("The note is not saved."), _("Try again; the log has the details.")
            yield NoteView(state=failure_markdown(told, hint))
            return
        versions = versions_html(self.desk.notes.versions(document.source_name), document.id)
        state = state_html("saved", chunks=document.chunks)
        yield NoteView(document.id, note.title, preview=preview_html(note), state=state, versions=versions)

    def discard(self, document_id: str) -> NoteView:
        """The editor with the saved text; what was typed since is gone."""
        self.desk.notes.drop_draft(document_id)
        return self.open(document_id)

    def version(self, value: str) -> NoteView:
        """The editor with an earlier text, as a draft; `value` is a document id and a time."""
        document_id, stamp = (*value.split("/", 1), "")[:2]
        try:
            document = self._read(document_id)[0]
            note = self.desk.notes.version(document.source_name, stamp)
            if note is None:
                return NoteView(state=failure_markdown(_("This version is not kept any more."), ""))
            draft = self.desk.notes.keep_draft(document_id, note)
        except StudyError as error:
            return NoteView(state=failure_markdown(error.message, error.hint))
        state = state_html("version", at=draft.at)
        return _opened(document_id, note, state, None, is_unsaved=True)

    def _save(self, document_id: str, note: NoteText) -> DocumentSummary:
        rooms = self.services.rooms()
        if rooms.read_only:
            raise StudyError(read_only_sentence(rooms.read_only))
        library, desk = rooms.library, self.desk
        former = self._former(library, document_id)
        taken = {document.source_name for document in library.documents()}
        name = former.source_name if former else file_name_for(note.name, taken)
        if former:
            _, saved = self._read(former.id)
        path = desk.notes.written(name, note.content)
        try:
            document = library.add_now(path, instead_of=DocumentId(former.id) if former else None)
        finally:
            desk.notes.discard(path)
        if former and document.id != former.id:
            desk.notes.keep_version(name, saved.content)
        desk.notes.drop_draft(document_id)
        return document

    def _former(self, library: Library, document_id: str) -> DocumentSummary | None:
        """The document that the note takes the place of; none for a new one, or one that comes with the program."""
        if document_id == NEW or document_id in self.desk.program_notes:
            return None
        return next((document for document in library.documents() if document.id == document_id), None)

    def _read(self, document_id: str) -> tuple[DocumentSummary, NoteText]:
        library = self.services.rooms().library
        document = library.find_document(document_id)
        if document.kind != "markdown":
            told = _("{title} is no note.").format(title=document.title)
            raise StudyError(told, hint=_("Only Markdown can be edited here."))
        try:
            content, _encoding = decode(library.file_path(DocumentId(document.id)).read_bytes())
        except OSError as error:
            told = _("The file of {title} cannot be read ({reason}).")
            raise StudyError(
                told.format(title=document.title, reason=error.strerror), hint=_("Add the file again.")
            ) from error
        return document, NoteText.of(content)

    def _is_saved(self, document_id: str, note: NoteText) -> bool:
        """Whether the library has exactly this text, also when it was saved a moment ago."""
        if document_id == NEW:
            return self.desk.holds(note.content)
        try:
            return self._read(document_id)[1].content == note.content
        except StudyError:
            return False

    def _without_document(self, document_id: str, error: StudyError) -> NoteView:
        """The draft of a note that is not in the library any more becomes a new one."""
        notes = self.desk.notes
        draft = notes.draft(document_id)
        if draft is None:
            return NoteView(state=failure_markdown(error.message, error.hint), is_open=True)
        notes.keep_draft(NEW, draft.note)
        notes.drop_draft(document_id)
        return self.open(NEW)


def _opened(document_id: str, note: NoteText, state: str, versions: str | None, *, is_unsaved: bool) -> NoteView:
    return NoteView(
        document_id=document_id,
        title=note.title,
        text=note.text,
        preview=preview_html(note),
        state=state,
        versions=versions,
        is_open=True,
        is_unsaved=is_unsaved,
    )
