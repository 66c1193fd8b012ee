"""What a new home starts with: the project's own teaching notes, so that the first question has an answer."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vectorstore.library import Library
    from vectorstore.reports import AddProgress, AddReport

logger = logging.getLogger(__name__)

ID_DIGITS = 16
"""A document's id is so many hex digits of its file's SHA-256."""


def ensure_notes(
    library: Library,
    memory: Path,
    *,
    progress: Callable[[AddProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> AddReport | None:
    """Add the notes that the library was never given; None when there were none.

    A note that the learner deleted stays deleted, and a newer edition takes the place of the old one.

    Args:
        library: open for writing.
        memory: a small JSON file that remembers which notes were added before.
        progress: told how far the adding has come.
        cancelled: asked between batches; notes that were not reached are added at the next start.
    """
    from curriculum.load import note_paths

    notes = {_document_id(path): path for path in note_paths()}
    known = _remembered(memory) | {str(document.id) for document in library.documents()}
    missing = {identity: path for identity, path in notes.items() if identity not in known}
    paths = list(missing.values())
    report = library.add(paths, progress=progress, cancelled=cancelled, replace=True) if missing else None
    outcomes = report.files if report else ()
    for outcome in outcomes:
        if outcome.error:
            logger.warning("The note %s could not be added", outcome.path.name)
    if missing:
        absent = {outcome.path for outcome in outcomes if outcome.error or outcome.status == "cancelled"}
        kept = [identity for identity, path in notes.items() if path not in absent]
        memory.write_text(json.dumps(sorted(_remembered(memory) | set(kept))), encoding="utf-8")
    return report


def note_ids() -> frozenset[str]:
    """The ids that our notes have in a library: these documents are the program's, not the learner's."""
    from curriculum.load import note_paths

    return frozenset(map(_document_id, note_paths()))


def _document_id(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:ID_DIGITS]


def _remembered(memory: Path) -> set[str]:
    try:
        return {str(identity) for identity in json.loads(memory.read_text(encoding="utf-8"))}
    except (OSError, ValueError, TypeError):
        return set()
