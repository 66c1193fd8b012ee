"""Whether the last writer ended in order, so that a log beside the catalogue is known to come from elsewhere.

SQLite plays a write-ahead log into whatever catalogue it lies beside: one of an earlier moment, as a backup or a
synchronised folder may bring it back, would take the library back in time, and what was added since would be gone.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

MARK = "closed.json"

log = logging.getLogger(__name__)


def note_end(catalogue: Path, generation: int) -> None:
    """Remember that the catalogue is complete without a log; not when another process still reads it with one."""
    if not _log_of(catalogue).exists():
        catalogue.with_name(MARK).write_text(json.dumps({"generation": generation}), encoding="utf-8")


def put_stale_log_aside(catalogue: Path) -> None:
    """Before the catalogue is opened for writing: rename a log that came after the last writer's end."""
    mark, stale = catalogue.with_name(MARK), _log_of(catalogue)
    if mark.is_file() and stale.is_file() and stale.stat().st_size and _generation(catalogue) == _noted(mark):
        kept = catalogue.with_name(f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite3-wal")
        stale.rename(kept)
        catalogue.with_name(f"{catalogue.name}-shm").unlink(missing_ok=True)
        log.warning("A log of another moment lay beside the catalogue; it is not used and kept as %s.", kept.name)
    mark.unlink(missing_ok=True)


def _log_of(catalogue: Path) -> Path:
    return catalogue.with_name(f"{catalogue.name}-wal")


def _noted(mark: Path) -> int | None:
    try:
        return int(json.loads(mark.read_text(encoding="utf-8"))["generation"])
    except (ValueError, KeyError, TypeError):
        return None


def _generation(catalogue: Path) -> int | None:
    """The generation in the catalogue's file without its log; None when it cannot be read."""
    try:
        with closing(sqlite3.connect(f"{catalogue.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()
            return None if row is None else int(row[0])
    except (sqlite3.Error, ValueError):
        return None
