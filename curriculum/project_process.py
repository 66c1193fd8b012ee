"""A child process that runs checks, seen from the parent: its events in time, its output capped, its end certain."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from curriculum.isolation import isolated_environment

OUTPUT_BYTES = 20_000
"""How much of the end of what the learner's code prints is kept."""
_VARIABLES = {"MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
_BLOCK_BYTES = 65_536


class ChecksProcess:
    """A process that runs the named checks one after the other. Close it, whatever happened."""

    def __init__(self, check_file: Path, folder: Path, names: Sequence[str], scratch: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "curriculum.project_child", str(check_file), str(folder), *names],
            cwd=scratch,
            env={**isolated_environment(scratch), **_VARIABLES},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._output = b""
        self._stray = ""
        self._readers = [
            threading.Thread(target=self._read_output, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_events, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def next_event(self, timeout_seconds: float) -> dict[str, Any] | None:
        """What the child tells next, None when it has ended.

        Raises:
            TimeoutError: it told nothing for that long.
        """
        try:
            return self._events.get(timeout=max(0.0, timeout_seconds))
        except queue.Empty as error:
            raise TimeoutError from error

    def close(self) -> str:
        """The end of what the learner's code printed; the process and those it started are ended."""
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(timeout=5)
        for reader, channel in zip(self._readers, (self._process.stdout, self._process.stderr), strict=True):
            if channel and not reader.is_alive():  # else a process that got away still holds the other end
                channel.close()
        return self._output.decode("utf-8", "replace")

    @property
    def stray(self) -> str:
        """What came on the child's own channel and was no event: a fault of ours, or of Python's start."""
        return self._stray

    def _read_output(self, channel: IO[bytes]) -> None:
        while block := os.read(channel.fileno(), _BLOCK_BYTES):
            self._output = (self._output + block)[-OUTPUT_BYTES:]

    def _read_events(self, channel: IO[bytes]) -> None:
        for line in channel:
            try:
                self._events.put(json.loads(line))
            except ValueError:
                self._stray = (self._stray + line.decode("utf-8", "replace"))[-OUTPUT_BYTES:]
        self._events.put(None)
