"""One locked child process: its start, its channel, its output, its end."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import SandboxError
from sandbox import bubblewrap
from sandbox.frames import receive, send
from sandbox.lockdown import HANDLE_BYTES
from sandbox.process_facts import offer_to_the_killer
from sandbox.reach import DEVICES, has_package, import_folders, interpreter
from sandbox.scratch import Scratch
from sandbox.thread_gate import ThreadGate
from sandbox.values import SandboxLimits

START_SECONDS = 30.0
MATPLOTLIB_FOLDER = ".matplotlib"
END_SECONDS = 5.0
ROOM = Path(__file__).resolve().parent
ADDRESS_MEGABYTES, ADDRESS_MEGABYTES_CUDA = 1_024, 16_384
"""Addresses beyond the memory limit, for libraries and what is reserved but never filled: numpy and matplotlib take
some 150 MB so, torch 500 MB, and torch with the libraries of NVIDIA several GB."""


@dataclass(frozen=True, slots=True)
class Fence:
    """What is the same for all guests of a wall."""

    readable: tuple[Path, ...]
    bubblewrap: str
    """The program, or empty."""
    starter: ThreadPoolExecutor
    """One thread that lives on: the kernel ends a guest together with the thread that started it."""
    seeds: tuple[tuple[str, bytes], ...] = ()
    """Files of our own making that matplotlib finds in its folder: reading all fonts takes 0.15 s."""


class LockedGuest:
    """A child that has locked itself and waits for cells. Not for several threads, but for `kill`."""

    def __init__(self, fence: Fence, limits: SandboxLimits) -> None:
        self._folder = Scratch()
        self.scratch = self._folder.path
        self._killing = threading.Lock()
        self._closed = False
        self.channel, far_end = socket.socketpair()
        self.output, far_output = os.pipe()
        self.process_id = 0
        try:
            (self.scratch / MATPLOTLIB_FOLDER).mkdir()
            for name, data in fence.seeds:
                (self.scratch / MATPLOTLIB_FOLDER / name).write_bytes(data)
            with far_end:
                started = self._submit(fence, far_end.fileno(), far_output)
                self._process, self.process_id = started.result()
            os.close(far_output)
            far_output = -1
            offer_to_the_killer(self.process_id)
            self._greet(_settings(fence, self.scratch, limits), limits)
        except BaseException:
            if far_output >= 0:
                os.close(far_output)
            self.close()
            raise

    def _submit(self, fence: Fence, channel: int, output: int) -> Future[tuple[subprocess.Popen[bytes], int]]:
        try:
            return fence.starter.submit(self._start, fence, channel, output)
        except RuntimeError as error:  # the page, or all of Python, is being closed meanwhile
            raise SandboxError("The sandbox was closed.", hint="Start the assistant again to run code.") from error

    def _start(self, fence: Fence, channel: int, output: int) -> tuple[subprocess.Popen[bytes], int]:
        """The process and the id of the Python in it."""
        line = [str(interpreter()), "-I", "-S", "-B", "-X", "utf8", str(ROOM / "guest.py"), str(channel)]
        if not fence.bubblewrap:
            process = self._popen(line, (channel,), output)
            return process, process.pid
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as information:
            try:
                begin = bubblewrap.command(fence.bubblewrap, (*fence.readable, ROOM), self.scratch, writing)
                process = self._popen([*begin, *line], (channel, writing), output)
            finally:
                os.close(writing)
            told = information.read(10_000)
        try:
            return process, int(json.loads(told)["child-pid"])
        except (ValueError, KeyError):
            return process, process.pid  # it ended; its greeting will not come

    def _popen(self, line: Sequence[str], handles: tuple[int, ...], output: int) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            line,
            env={},
            cwd=self.scratch,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=handles,
            start_new_session=True,
        )
        return self._process

    def _greet(self, settings: dict[str, Any], limits: SandboxLimits) -> None:
        """Tell the child its bounds, take the handle for questions about threads, wait until it is locked."""
        self.channel.settimeout(START_SECONDS)
        try:
            send(self.channel, settings)
            first, handles, _, _ = socket.recv_fds(self.channel, 1, 1)
            if handles:
                ThreadGate(handles[0], limits.threads)
            answer = receive(self.channel, 10_000, begun=b"" if first in HANDLE_BYTES else first)
        except (OSError, EOFError) as error:
            raise SandboxError("The sandbox did not start.", hint=self._last_words()) from error
        if answer.get("ready") is not True:
            raise SandboxError(f"The sandbox could not lock itself: {str(answer.get('fault'))[:500]}.")

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            if select.select([self.output], [], [], 1.0)[0]:
                return os.read(self.output, 2_000).decode("utf-8", "replace").strip()[-500:]
        return ""

    @property
    def alive(self) -> bool:
        """Whether the process is there and was not closed."""
        return not self._closed and self._process.poll() is None

    def signal_all(self, number: int) -> None:
        """Send a signal to the child's whole group; nothing when it is gone."""
        process = getattr(self, "_process", None)
        with self._killing, contextlib.suppress(ProcessLookupError, PermissionError):
            if process is not None and process.poll() is None:  # not reaped: the id is still its own
                os.killpg(process.pid, number)

    def kill(self) -> None:
        """End the child at once; from any thread."""
        self.signal_all(signal.SIGKILL)

    def close(self, *, patience_seconds: float = 0.0) -> int:
        """End the child, wait until all of it is gone, remove its files; how it ended (minus a signal's number).

        A child that is ending by itself is given `patience_seconds`, so that it can be told how it ended.
        """
        if self._closed:
            return 0
        self._closed = True
        process = getattr(self, "_process", None)
        code = 0
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience_seconds)
            self.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(END_SECONDS)
            self._wait_for_the_last()
        self.channel.close()
        os.close(self.output)
        self._folder.remove()
        return int(code)

    def _wait_for_the_last(self) -> None:
        """Read until nobody can write any more: below bubblewrap the child is not ours to wait for."""
        end = time.monotonic() + END_SECONDS
        while time.monotonic() < end and select.select([self.output], [], [], END_SECONDS)[0]:
            if not os.read(self.output, 1 << 16):
                return


def _settings(fence: Fence, scratch: Path, limits: SandboxLimits) -> dict[str, Any]:
    addresses = ADDRESS_MEGABYTES_CUDA if has_package("nvidia") else ADDRESS_MEGABYTES
    return {
        "readable": [str(path) for path in fence.readable],
        "devices": [str(path) for path in DEVICES],
        "import_folders": [str(path) for path in import_folders()],
        "scratch": str(scratch),
        "memory_megabytes": limits.memory_megabytes,
        "address_megabytes": limits.memory_megabytes + addresses,
        "scratch_megabytes": limits.scratch_megabytes,
        "parent": 0 if fence.bubblewrap else os.getpid(),
    }
