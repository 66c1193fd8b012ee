"""Messages between a supervisor and its guest: a length, then that many bytes of JSON.

Needs the standard library alone: both sides load it.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

HEADER = struct.Struct(">I")
REQUEST_BYTES = 4_000_000
"""No code is longer."""


def send(channel: socket.socket, message: dict[str, Any]) -> None:
    """Send one message."""
    data = json.dumps(message).encode("ascii")
    channel.sendall(HEADER.pack(len(data)) + data)


def receive(channel: socket.socket, most_bytes: int = REQUEST_BYTES, *, begun: bytes = b"") -> dict[str, Any]:
    """The next message, waited for; `begun` are bytes of it that were read already.

    Raises:
        EOFError: the other side is gone, or what it sends is no message.
    """
    reader = FrameReader(most_bytes)
    if begun:
        reader.feed(begun)
    while True:
        data = channel.recv(reader.wanted)
        if not data:
            raise EOFError("the other side is gone")
        message = reader.feed(data)
        if message is not None:
            return message


class FrameReader:
    """Puts one message together from the pieces that arrive."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._data = bytearray()

    @property
    def wanted(self) -> int:
        """How many bytes to read at most; never more than belong to this message."""
        have = len(self._data)
        if have < HEADER.size:
            return HEADER.size - have
        (length,) = HEADER.unpack_from(self._data)
        return min(HEADER.size + int(length) - have, 1 << 20)

    def feed(self, data: bytes) -> dict[str, Any] | None:
        """The message, once it is whole.

        Raises:
            EOFError: it is too long, or no JSON object.
        """
        self._data += data
        if len(self._data) < HEADER.size:
            return None
        (length,) = HEADER.unpack_from(self._data)
        if not 2 <= length <= self._most_bytes:
            raise EOFError(f"a message of {length} bytes")
        if len(self._data) < HEADER.size + length:
            return None
        try:
            message = json.loads(self._data[HEADER.size :])
        except (ValueError, RecursionError) as error:
            raise EOFError("a message that is no JSON") from error
        if not isinstance(message, dict):
            raise EOFError("a message that is no object")
        return message
