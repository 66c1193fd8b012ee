"""Everything of the learner's: as one file to take along, and its removal."""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from errors import HomeError, StudyError
from ui.translation import _

if TYPE_CHECKING:
    from agent.assemble import Assembly
    from agent.conversations import ConversationStore
    from vectorstore.library import Library

logger = logging.getLogger(__name__)

CONFIRMATION = "delete everything"
LIBRARY = "library"
_LEFT_OUT = frozenset({"users", "users.json", "users.lock", "starter", "uploads", "checkpoints"})
"""Of other people, on their way elsewhere, or the model's own form of what conversations hold."""
_REMADE = frozenset({"chroma", "keyword", "writer.json", "writer.lock"})
"""Of the library: the search indexes, which are made again from the catalogue."""
_NOT_OURS_TO_REMOVE = frozenset(
    {"users", "users.json", "users.lock", "starter", "logs", LIBRARY, "conversations.sqlite"}
)
"""Other people's, or emptied by the part that has it open."""
_SQLITE = re.compile(r"\.sqlite3?$")
_SIDE_FILE = re.compile(r"\.sqlite3?-(?:wal|shm|journal)$")
_README = """Your data from the study assistant, {at:%Y-%m-%d %H:%M} UTC.

conversations/*.md        your conversations, to read
conversations.sqlite      the same with all details, as a SQLite database
learning-record.json      every graded answer and passed check; Review, Import reads it again
library/files             the files of your library, under the ids that library/documents.csv lists
library/catalogue.sqlite3 their text, page by page
page.json                 what you chose in the page
notes                     drafts and earlier texts of the notes that you write in the page
undo                      files of documents that you deleted a short while ago

Left out: the search indexes, which are made again from the catalogue, and files of other users of the program.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed."""

    conversations: int
    documents: int
    acts: int
    kept: Sequence[str] = ()
    """What could not be removed, in one sentence each."""


def write_export(home: Path, rooms: Assembly, path: Path, at: datetime) -> int:
    """Write everything of a data folder to a new ZIP file; its size in bytes.

    Raises:
        StudyError: a part cannot be read.
        HomeError: the file cannot be written.
    """
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            archive.writestr("README.txt", _README.format(at=at))
            for name, text in _readable(rooms, at):
                archive.writestr(name, text)
            for file in _files(home):
                _put(archive, file, str(file.relative_to(home)))
    except (OSError, sqlite3.Error) as error:
        raise HomeError(
            _("Your data cannot be written to a file: {reason}.").format(reason=error),
            hint=_("See that there is free space for it."),
        ) from error
    return path.stat().st_size


def _readable(rooms: Assembly, at: datetime) -> Iterator[tuple[str, str]]:
    from agent.conversation_export import conversation_markdown
    from learner.transfer import export_text

    store = rooms.tutor.conversations
    for conversation in store.list():
        title = re.sub(r"[^\w-]+", "-", conversation.title).strip("-")[:60] or "conversation"
        name = f"conversations/{conversation.created_at:%Y-%m-%d}-{title}-{conversation.id[:8]}.md"
        with suppress(StudyError):  # it was deleted in the meantime
            yield name, conversation_markdown(conversation, store.turns(conversation.id))
    if rooms.record is not None:
        yield "learning-record.json", export_text(rooms.record, at=at)
    rows = [f"{one.id},{_cell(one.title)},{_cell(one.source_name)}" for one in rooms.library.documents()]
    yield f"{LIBRARY}/documents.csv", "\n".join(["id,title,file", *rows]) + "\n"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _files(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        parts = path.relative_to(home).parts
        if parts[0] in _LEFT_OUT or (parts[0] == LIBRARY and len(parts) > 1 and parts[1] in _REMADE):
            continue
        if path.is_file() and not path.is_symlink() and not _SIDE_FILE.search(path.name):
            yield path


def _put(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """A file as it is; of a database a copy of one moment, whoever writes to it meanwhile."""
    if not _SQLITE.search(path.name):
        with suppress(FileNotFoundError):  # a draft, or removed in the meantime
            archive.write(path, name)
        return
    with tempfile.TemporaryDirectory(dir=archive_folder(archive)) as folder:
        copy = Path(folder) / "copy"
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        archive.write(copy, name)


def archive_folder(archive: zipfile.ZipFile) -> str | None:
    """The folder that the archive is written in: there is room where it is."""
    return str(Path(archive.filename).parent) if archive.filename else None


def remove_everything(home: Path, rooms: Assembly) -> Removed:
    """Remove conversations, record, own documents, choices and results; notes of the project stay in the library.

    Raises:
        HomeError: the library is open elsewhere, or the conversations cannot be written.
    """
    if rooms.read_only:
        raise HomeError(
            _("Nothing was removed: {reason}").format(reason=rooms.read_only),
            hint=_("Close the other program that has the library open."),
        )
    acts = len(rooms.record.evidence(limit=1_000_000, include_withdrawn=True)) if rooms.record is not None else 0
    kept: list[str] = []
    conversations = _remove_conversations(rooms)
    documents = _remove_documents(rooms.library, kept)
    for path in sorted(home.iterdir()):
        if path.name in _NOT_OURS_TO_REMOVE or path.name.startswith("conversations.sqlite"):
            continue
        _remove(path, kept)
    _remove_logs(home / "logs", kept)
    _make_again(home, rooms)
    _shrink(home / "conversations.sqlite")
    return Removed(conversations=conversations, documents=documents, acts=acts, kept=kept)


def _remove_conversations(rooms: Assembly) -> int:
    tutor = rooms.tutor
    store: ConversationStore = tutor.conversations
    count = 0
    for conversation in store.list():
        with suppress(StudyError):
            store.delete(conversation.id)
            count += 1
    before, tutor.undo_time = tutor.undo_time, timedelta(seconds=-1)
    try:
        tutor.purge()
    finally:
        tutor.undo_time = before
    return count


def _remove_documents(library: Library, kept: list[str]) -> int:
    """All but the notes that come with the program: they are not the learner's."""
    from agent.first_start import note_ids

    ours = note_ids()
    count = 0
    for document in library.documents():
        if str(document.id) in ours:
            continue
        try:
            library.delete(document.id)
            count += 1
        except StudyError as error:
            kept.append(f"{document.title}: {error.message}")
    return count


def _remove(path: Path, kept: list[str]) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        kept.append(f"{path.name}: {error.strerror or error}")


def _remove_logs(folder: Path, kept: list[str]) -> None:
    """Files that are set aside go; the one that is open is emptied."""
    for path in folder.glob("*"):
        if path.name == "study.log":
            with suppress(OSError):
                path.write_bytes(b"")
        else:
            _remove(path, kept)


def _make_again(home: Path, rooms: Assembly) -> None:
    """What open parts count on being there: an empty record and the folder of the graph's memory."""
    from agent.tutor import CHECKPOINTS
    from learner.store import LearnerStore

    if rooms.record is not None:
        LearnerStore(rooms.record.path)
    (home / CHECKPOINTS).mkdir(exist_ok=True)


def _shrink(path: Path) -> None:
    """Give what was deleted back to the disk, so that it is not left in free pages of the file."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        logger.warning("%s was not shrunk: %s", path, error)
