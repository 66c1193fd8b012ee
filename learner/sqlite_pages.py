"""Rows that still stand on the pages of a damaged SQLite file, read without SQLite.

Every page is looked at on its own, so that a lost header, a lost page of the tree or a file that is cut off costs only
what stood there. File format: https://www.sqlite.org/fileformat2.html (sections 1.6, 2.1 and 4.1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PAGE_BYTES = 4096
"""SQLite's default, which the record is made with; the header that says so may be lost."""
_FILE_HEADER_BYTES = 100
_TABLE_LEAF, _INDEX_LEAF = 0x0D, 0x0A
_WAL_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_LARGEST_PAYLOAD = 4_000_000
_INTEGER_BYTES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}

Value = int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, or one entry of an index."""

    row_id: int | None
    """None in an index, and in a table without row ids."""
    values: tuple[Value, ...]


def rows_in(database: bytes, write_ahead_log: bytes = b"") -> Iterator[Row]:
    """Every row on a readable leaf page, the newest first; a row that stands on several pages comes again.

    Frames of the log that bear the marks ("salts") of its head are newer than the file, others are older.
    """
    pages = {number: database[at : at + PAGE_BYTES] for number, at in _places(len(database))}
    frames = list(_frames(write_ahead_log))
    valid, stale = (
        [(n, page) for is_valid, n, page in reversed(frames) if is_valid is wanted] for wanted in (True, False)
    )
    newest = {**dict(reversed(stale)), **pages, **dict(reversed(valid))}
    for number, page in [*valid, *pages.items(), *stale]:
        yield from rows_of_page(number, page, newest)


def _places(size: int) -> Iterator[tuple[int, int]]:
    for number in range(-(-size // PAGE_BYTES)):
        yield number + 1, number * PAGE_BYTES


def _frames(log: bytes) -> Iterator[tuple[bool, int, bytes]]:
    """Of each frame of the write-ahead log, oldest first: whether it has the log's marks, page number and page."""
    step = _FRAME_HEADER_BYTES + PAGE_BYTES
    for at in range(_WAL_HEADER_BYTES, len(log) - step + 1, step):
        number, page = int.from_bytes(log[at : at + 4], "big"), log[at + _FRAME_HEADER_BYTES : at + step]
        yield log[at + 8 : at + 16] == log[16:24], number, page


def rows_of_page(number: int, page: bytes, pages: Mapping[int, bytes]) -> Iterator[Row]:
    """The readable rows of a leaf page; the first page of a file begins with the file's head.

    `pages` are those of the file by number, for what did not fit on the page.
    """
    start = _FILE_HEADER_BYTES if number == 1 else 0
    if len(page) < start + 8 or page[start] not in (_TABLE_LEAF, _INDEX_LEAF):
        return
    cells = int.from_bytes(page[start + 3 : start + 5], "big")
    for place in range(start + 8, min(start + 8 + 2 * cells, len(page) - 1), 2):
        at = int.from_bytes(page[place : place + 2], "big")
        try:
            yield _row_at(page, at, page[start] == _TABLE_LEAF, pages)
        except (IndexError, ValueError, struct.error):  # what the damage left is no row
            continue


def _row_at(page: bytes, at: int, is_table: bool, pages: Mapping[int, bytes]) -> Row:
    size, at = _varint(page, at)
    row_id: int | None = None
    if is_table:
        row_id, at = _varint(page, at)
    return Row(row_id, tuple(_values(_payload(page, at, size, is_table, pages))))


def _payload(page: bytes, at: int, size: int, is_table: bool, pages: Mapping[int, bytes]) -> bytes:
    """A row's bytes, with those that did not fit on its page."""
    if not 0 < size <= _LARGEST_PAYLOAD:
        raise ValueError("no row is of that size")
    most = PAGE_BYTES - 35 if is_table else (PAGE_BYTES - 12) * 64 // 255 - 23
    local = size
    if size > most:
        least = (PAGE_BYTES - 12) * 32 // 255 - 23
        local = least + (size - least) % (PAGE_BYTES - 4)
        local = local if local <= most else least
    payload = page[at : at + local]
    following = int.from_bytes(page[at + local : at + local + 4], "big") if size > local else 0
    while len(payload) < size:
        more = pages.get(following, b"")
        if len(more) < PAGE_BYTES:
            raise ValueError("the rest of the row is lost")
        payload += more[4 : 4 + size - len(payload)]
        following = int.from_bytes(more[:4], "big")
    return payload


def _values(payload: bytes) -> Iterator[Value]:
    header_size, at = _varint(payload, 0)
    types = []
    while at < header_size:
        kind, at = _varint(payload, at)
        types.append(kind)
    if at != header_size:
        raise ValueError("the row's head is damaged")
    for kind in types:
        value, at = _value(payload, at, kind)
        yield value
    if at != len(payload):
        raise ValueError("the row has another length than it says")


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind >= 12:
        size = (kind - 12) // 2
        part = payload[at : at + size]
        if len(part) < size:
            raise ValueError("the row is cut off")
        return (part.decode("utf-8") if kind % 2 else part), at + size
    if kind == 7:
        return struct.unpack(">d", payload[at : at + 8])[0], at + 8
    if kind not in _INTEGER_BYTES:
        raise ValueError("the row has a value of no known type")
    size = _INTEGER_BYTES[kind]
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    return int.from_bytes(payload[at : at + size], "big", signed=True), at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and the place behind it."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    return value << 8 | data[at + 8], at + 9
