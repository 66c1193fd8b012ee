"""How long things are kept: what would go now, and its removal at each start and once a day."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from ui.choices import FILE, Choices, ChoiceStore
from ui.library_trash import FOLDER as UNDO
from ui.library_trash import Deleted, Trash

if TYPE_CHECKING:
    from agent.assemble import Assembly
    from agent.conversations import Conversation, ConversationStore
    from ui.services import Services

logger = logging.getLogger(__name__)

DAY_SECONDS = 86_400.0
LOGS, TRACES, UPLOADS = "study.log.*", "traces.jsonl*", "uploads"
"""The log that is being written stays until it is full and set aside; each file goes by the time of its last line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept; 0 days for ever."""

    keep_conversations_days: int = 0
    keep_deleted_hours: int = 1
    keep_logs_days: int = 0
    keep_traces_days: int = 0
    keep_uploads_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What is too old."""

    conversations: Sequence[Conversation] = ()
    deleted: int = 0
    """Conversations that were deleted before, and now go for good."""
    documents: Sequence[Deleted] = ()
    """Documents that were deleted before, whose files now go for good."""
    logs: Sequence[Path] = ()
    traces: Sequence[Path] = ()
    uploads: Sequence[Path] = ()

    @property
    def files(self) -> list[Path]:
        """All files."""
        return [*self.logs, *self.traces, *self.uploads]


RETENTION_NAMES = tuple(one.name for one in fields(Retention))


def retention_of(choices: Choices, otherwise: Retention) -> Retention:
    """What the learner chose, and for the rest what the settings say."""
    chosen = {name: getattr(choices, name) for name in RETENTION_NAMES}
    return Retention(**{name: getattr(otherwise, name) if kept is None else kept for name, kept in chosen.items()})


def find_old(home: Path, store: ConversationStore, retention: Retention, at: datetime) -> Removal:
    """What is older than the retention allows at that time; nothing is changed.

    Raises:
        HomeError: the conversations cannot be read.
    """
    conversations: list[Conversation] = []
    too_old = at - timedelta(hours=retention.keep_deleted_hours)
    if days := retention.keep_conversations_days:
        conversations = [one for one in store.list() if one.updated_at < at - timedelta(days=days)]
    return Removal(
        conversations=conversations,
        deleted=store.count_deleted(before=too_old),
        documents=[one for one in Trash(home / UNDO).all() if one.deleted_at < too_old],
        logs=_old((home / "logs").glob(LOGS), retention.keep_logs_days, at),
        traces=_old((home / "logs").glob(TRACES), retention.keep_traces_days, at),
        uploads=_old((home / UPLOADS).rglob("*"), retention.keep_uploads_days, at),
    )


def remove_old(rooms: Assembly, home: Path, retention: Retention, at: datetime) -> Removal:
    """Remove it; conversations can be brought back as long as any other that was deleted.

    Raises:
        HomeError: the conversations cannot be read or written.
    """
    tutor = rooms.tutor
    tutor.undo_time = timedelta(hours=retention.keep_deleted_hours)
    found = find_old(home, tutor.conversations, retention, at)
    for conversation in found.conversations:
        with suppress(StudyError):  # it was deleted in the meantime
            tutor.delete_conversation(conversation.id)
    tutor.purge()
    for deleted in found.documents:
        Trash(home / UNDO).drop(deleted)
    for path in found.files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s is too old and cannot be removed: %s", path, error)
    for folder in {path.parent for path in found.uploads} - {home / UPLOADS}:
        with suppress(OSError):  # it is not empty
            folder.rmdir()
    return found


def keep_removing(services: Services, rooms: Assembly, seconds: float = DAY_SECONDS) -> None:
    """Remove what is too old now, and again after each day, until the page closes."""
    while True:
        home = services.home
        choices = ChoiceStore(home / FILE, services.fixed).read()
        retention = retention_of(choices, services.retention)
        try:
            found = remove_old(rooms, home, retention, datetime.now(UTC))
        except StudyError as error:
            logger.warning("What is too old was not removed: %s", error.as_text())
        except Exception:
            logger.exception("What is too old was not removed")
        else:
            _tell(found)
        if services.closing.wait(seconds):
            return


def _tell(found: Removal) -> None:
    if found.conversations or found.deleted or found.documents or found.files:
        logger.info(
            "Too old and removed: %d conversations, %d deleted ones and %d deleted documents for good, %d files.",
            len(found.conversations),
            found.deleted,
            len(found.documents),
            len(found.files),
        )


def _old(paths: Iterator[Path], days: int, at: datetime) -> list[Path]:
    if not days:
        return []
    before = (at - timedelta(days=days)).timestamp()
    return sorted(path for path in paths if path.is_file() and path.stat().st_mtime < before)
