"""Runs inside the WebAssembly guest, whose only ways out are its two output streams.

Stream 1 carries what cells print, stream 2 one JSON line for each cell: the answer of guest_cell.py.
"""

from __future__ import annotations

import builtins
import json
import os
import sys
import time
from typing import Any

from sandbox.guest_cell import CellRunner

TEXT_STREAM = 1
ANSWER_STREAM = 2
PROMPT_LINES = 100
HELD_CHARACTERS = 2_000
HELD_SECONDS = 0.1
ERROR_CHARACTERS = 10_000


class TextWriter:
    """Sends text line by line at first, in larger pieces when there is much of it.

    Each piece is a call out of the guest, which takes 0.2 ms; what is held is lost when the guest is ended.
    """

    def __init__(self) -> None:
        self._held: list[str] = []
        self._held_characters = 0
        self._lines = 0
        self._sent_at = 0.0

    def begin(self) -> None:
        """Forget the last cell."""
        self._held, self._held_characters, self._lines = [], 0, 0

    def write(self, text: str) -> None:
        """Send the text, or hold it for a moment."""
        self._held.append(text)
        self._held_characters += len(text)
        if "\n" in text:
            self._lines += 1
            if self._lines <= PROMPT_LINES or time.monotonic() - self._sent_at > HELD_SECONDS:
                self.flush()
        if self._held_characters > HELD_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Send all that is held."""
        text = "".join(self._held)
        self._held, self._held_characters = [], 0
        self._sent_at = time.monotonic()
        send(TEXT_STREAM, text.encode("utf-8", "replace"))


def send(stream: int, data: bytes) -> None:
    """Write all of the data."""
    while data:
        data = data[os.write(stream, data) :]


for name in ("exit", "quit"):
    setattr(builtins, name, sys.exit)  # as elsewhere: the cell ends, the variables stay
TEXT = TextWriter()
RUNNER = CellRunner(TEXT.write)


def turn(code: str, limits: dict[str, Any]) -> None:
    """Run one cell and send its answer."""
    TEXT.begin()
    answer = RUNNER.run(code, limits)
    TEXT.flush()
    answer["error"] = answer["error"][:ERROR_CHARACTERS]
    send(ANSWER_STREAM, b"\n" + json.dumps(answer).encode("utf-8") + b"\n")
