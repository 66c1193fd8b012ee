"""The messages of frames.py over pipes, which every system can hand to a child."""

from __future__ import annotations

import json
from typing import IO, Any

from sandbox.frames import HEADER, REQUEST_BYTES, FrameReader


def write_message(pipe: IO[bytes], message: dict[str, Any]) -> None:
    """Send one message."""
    data = json.dumps(message).encode("ascii")
    pipe.write(HEADER.pack(len(data)) + data)
    pipe.flush()


def read_message(pipe: IO[bytes], most_bytes: int = REQUEST_BYTES) -> dict[str, Any]:
    """The next message, waited for.

    Raises:
        EOFError: the other side is gone, or what it sends is no message, or too long.
    """
    reader = FrameReader(most_bytes)
    while True:
        data = pipe.read(reader.wanted)
        if not data:
            raise EOFError("the other side is gone")
        message = reader.feed(data)
        if message is not None:
            return message
