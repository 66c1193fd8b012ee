"""What a new home starts with: the project's own teaching notes, so that the first question has an answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.note_filling import FillingStatus
    from vectorstore.library import Library
    from vectorstore.reports import AddReport

NOTES_MEMORY = "notes-added.json"
"""Name of the small file in a home that remembers which notes were added before."""
ID_DIGITS = 16
"""A document's id is so many hex digits of its file's SHA-256."""


def ensure_notes(
    library: Library,
    memory: Path,
    *,
    told: Callable[[FillingStatus], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> AddReport | None:
    """Add the notes that the library was never given, and wait for it; None when there were none.

    A note that the learner deleted stays deleted, and a newer edition takes the place of the old one.

    Args:
        library: open for writing.
        memory: a small JSON file that remembers which notes were added before.
        told: hears how far the adding has come.
        cancelled: asked between batches; notes that were not reached are added at the next start.

    Raises:
        StudyError: the library was closed meanwhile.
    """
    from agent.note_filling import NoteFilling

    return NoteFilling(library, memory, told=told, cancelled=cancelled).run()


def missing_notes(library: Library, memory: Path) -> dict[str, Path]:
    """The notes that the library was never given, by the ids that they will have in it."""
    known = remembered(memory) | {str(document.id) for document in library.documents()}
    return {identity: path for identity, path in notes_by_id().items() if identity not in known}


def was_broken_off(library: Library, memory: Path) -> bool:
    """Whether somebody began to add the notes, or only made the library for them, and was ended before the last."""
    begun = memory.exists() or not library.documents()
    return begun and bool(missing_notes(library, memory))


def note_ids() -> frozenset[str]:
    """The ids that our notes have in a library: these documents are the program's, not the learner's."""
    return frozenset(notes_by_id())


def notes_by_id() -> dict[str, Path]:
    """Our notes in reading order."""
    from curriculum.load import note_paths

    return {hashlib.sha256(path.read_bytes()).hexdigest()[:ID_DIGITS]: path for path in note_paths()}


def remembered(memory: Path) -> set[str]:
    """Ids of the notes that were added before."""
    try:
        return {str(identity) for identity in json.loads(memory.read_text(encoding="utf-8"))}
    except (OSError, ValueError, TypeError):
        return set()


def remember(memory: Path, identities: Iterable[str]) -> None:
    """Keep that these notes were added; the file is written whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = memory.with_name(f".{memory.name}.part")
    unfinished.write_text(json.dumps(sorted(remembered(memory).union(identities))), encoding="utf-8")
    unfinished.replace(memory)
