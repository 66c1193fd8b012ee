"""Messages between the reading process and its parent: a length, then that many bytes."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

HEADER = struct.Struct(">Q")
MAXIMUM_BYTES = 1 << 30
"""A longer message can only be an error."""


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    """Send one message and make sure it has left."""
    stream.write(HEADER.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes:
    """The next message.

    Raises:
        EOFError: the other side is gone, or what it sends is no message.
    """
    (length,) = HEADER.unpack(_read_exactly(stream, HEADER.size))
    if length > MAXIMUM_BYTES:
        raise EOFError(f"a message of {length} bytes")
    return _read_exactly(stream, length)


def write_json(stream: BinaryIO, value: dict[str, Any]) -> None:
    """Send one JSON object."""
    write_frame(stream, json.dumps(value, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def read_json(stream: BinaryIO) -> dict[str, Any]:
    """The next message as a JSON object; EOFError as in `read_frame`."""
    value = json.loads(read_frame(stream))
    if not isinstance(value, dict):
        raise EOFError("a message that is no object")
    return value


def _read_exactly(stream: BinaryIO, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError("the other side closed the pipe")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
