"""Whether a write-ahead log belongs to the database that it lies beside.

SQLite plays a log into whatever file it lies beside. The marks ("salts") that it checks tell whether the log is whole,
not whose it is: a log of an earlier moment takes the file back in time, one of another file puts that file's pages in
place of its own, and one that follows a newer file than a restored copy breaks it (`tests/test_learner_log_link.py`
shows each). So every transaction leaves a link in the database: a number made by chance, and the number before it. A
log belongs to a file when the file holds the number that the log's first link follows, or one of the log's own, as it
does when a part of the log was moved into the file. File format: https://www.sqlite.org/fileformat2.html, section 4.1.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from learner.sqlite_pages import PAGE_BYTES, rows_of_page

logger = logging.getLogger(__name__)

_MARK = "link of the write-ahead log"
_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_SALTS = slice(16, 24)
_WAIT_SECONDS = 30.0


def add_link(connection: sqlite3.Connection) -> None:
    """A migration: the table of the link."""
    connection.execute(
        "CREATE TABLE log_link (id INTEGER PRIMARY KEY CHECK (id = 1), mark TEXT NOT NULL, number TEXT NOT NULL, "
        "previous TEXT NOT NULL)"
    )
    connection.execute("INSERT INTO log_link VALUES (1, ?, ?, '')", (_MARK, _new_number()))


def write_link(connection: sqlite3.Connection) -> None:
    """Link the transaction that was begun to the one before it."""
    connection.execute("UPDATE log_link SET previous = number, number = ?", (_new_number(),))


def set_foreign_log_aside(path: Path) -> Path | None:
    """Before the database is opened: rename a log that is not its own; where it is now, None when none was renamed.

    A log that may be its own stays: what was acknowledged stands in it. So does one beside a file that is damaged
    without it, which a rescue reads with its log.
    """
    from filelock import FileLock, Timeout

    if _belongs(path):
        return None
    try:
        # Again, with the door closed: another process may have renamed the log, and begun its own.
        with FileLock(path.with_name(f".{path.name}.log.lock"), timeout=_WAIT_SECONDS):
            return None if _belongs(path) else _set_aside(path)
    except (Timeout, OSError) as error:
        logger.warning("The log beside %s is not its own and could not be renamed: %s", path, error)
        return None


def _set_aside(path: Path) -> Path:
    kept = path.with_name(f"{path.name}.foreign-{datetime.now(UTC):%Y%m%dT%H%M%S%f}-wal")
    _log_of(path).rename(kept)
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)  # an index of the log, which SQLite makes again
    logger.warning("The log beside %s is that of another file or moment; it is not used and kept as %s.", path, kept)
    return kept


def _belongs(path: Path) -> bool:
    """Whether the log may be played; also when there is none, or when the files change while they are looked at."""
    log_path = _log_of(path)
    if not log_path.is_file() or log_path.stat().st_size <= _HEADER_BYTES:
        return True
    before = _stamps(path)
    try:
        belongs = path.is_file() and path.stat().st_size > 0 and _fits(path, log_path.read_bytes())
        return belongs or before != _stamps(path) or (path.is_file() and not _is_sound(path))
    except (sqlite3.DatabaseError, OSError):
        return True


def _fits(path: Path, log: bytes) -> bool:
    links = list(_links(log))
    own = _number_in(path)
    if not links:  # of a program before there were links, or of another one
        return _plays_well(path, log, own)
    known = {links[0][1], *(number for number, _ in links)}
    return own in known


def _links(log: bytes) -> Iterator[tuple[str, str]]:
    """Number and previous number of each link in the log's finished transactions, oldest first."""
    if int.from_bytes(log[8:12], "big") != PAGE_BYTES:
        return
    pending: list[tuple[str, str]] = []
    step = _FRAME_HEADER_BYTES + PAGE_BYTES
    for at in range(_HEADER_BYTES, len(log) - step + 1, step):
        if log[at + 8 : at + 16] != log[_SALTS]:  # left over from an earlier round
            return
        page = log[at + _FRAME_HEADER_BYTES : at + step]
        if _MARK.encode() in page:
            values = (row.values for row in rows_of_page(0, page, {}))
            pending += [(str(one[2]), str(one[3])) for one in values if len(one) == 4 and one[1] == _MARK]
        if any(log[at + 4 : at + 8]):  # the last frame of a transaction
            yield from pending
            pending = []


def _number_in(path: Path) -> str:
    """The link in the file without its log; empty where there is none yet.

    Raises:
        sqlite3.DatabaseError: the file cannot be read.
    """
    with closing(_opened_without_log(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'log_link'").fetchone():
            return ""
        row = connection.execute("SELECT number FROM log_link").fetchone()
        return str(row[0]) if row else ""


def _is_sound(path: Path) -> bool:
    if path.stat().st_size == 0:
        return True
    with closing(_opened_without_log(path)) as connection:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))


def _plays_well(path: Path, log: bytes, own: str) -> bool:
    """Whether a copy of the file is sound with the log and keeps its link."""
    with TemporaryDirectory(prefix="log-", dir=path.parent) as folder:
        copy = Path(folder) / path.name
        # Through SQLite: to open and close the file itself would drop the locks that this process has on it.
        with closing(_opened_without_log(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        _log_of(copy).write_bytes(log)
        try:
            with closing(sqlite3.connect(copy)) as connection:
                is_sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
                tables = _tables(connection)
            with closing(_opened_without_log(path)) as connection:
                return is_sound and _tables(connection) <= tables and _number_in(copy) == own
        except sqlite3.DatabaseError:
            return False


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _opened_without_log(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _stamps(path: Path) -> list[tuple[int, int]]:
    found = [one.stat() for one in (path, _log_of(path)) if one.exists()]
    return [(one.st_size, one.st_mtime_ns) for one in found]


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _new_number() -> str:
    return secrets.token_hex(8)
