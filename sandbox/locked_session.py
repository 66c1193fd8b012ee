"""A conversation with one locked child: gives it cells, watches it, and starts another when it had to be ended."""

from __future__ import annotations

import dataclasses
import os
import secrets
import select
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from errors import SandboxError
from sandbox.answers import clean_text, flood_characters, memory_notice, output_notice, result_from
from sandbox.frames import FrameReader, send
from sandbox.locked_guest import LockedGuest
from sandbox.process_facts import cpu_seconds, own_megabytes
from sandbox.scratch import usage
from sandbox.values import SESSION_LOST, RunResult, RunStatus, SandboxLimits

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 0.5
BYTES_BEFORE_THE_END = 5 << 18
"""For each megabyte of scratch; the quarter more lets a single large file fail with an error of its own."""
CODE_CHARACTERS = 400_000
ANSWER_BYTES = 200_000
"""Of an answer, besides its value and figures."""
MEMORY_SLACK, MEMORY_SLACK_MEGABYTES = 1.1, 32
"""The kernel holds the limit itself; beyond this somebody has found a way around it."""
OUTPUT_FLOOD = 6
"""Bytes read of the output for each character that a cell may print before it ends itself."""


class _Ended(Exception):  # noqa: N818 - an outcome, not a fault
    """The run has to end, or has ended."""

    def __init__(self, status: RunStatus, reason: str) -> None:
        super().__init__(reason)
        self.status: RunStatus = status
        self.reason = reason


class LockedSession:
    """Keeps its variables in one locked child. `run` takes turns; `stop` and `close` may come from anywhere."""

    def __init__(self, start: Callable[[], LockedGuest], wall: str) -> None:
        self._start = start
        self._wall = wall
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._closed = False
        self._guest: LockedGuest | None = start()
        self._cells = 0

    @property
    def alive(self) -> bool:
        """Whether the variables of earlier runs are still there."""
        guest = self._guest
        return guest is not None and guest.alive

    def run(self, code: str, limits: SandboxLimits) -> RunResult:
        """What the cell gave."""
        began = time.monotonic()
        with self._turn:
            self._stopping.clear()
            if len(code) > CODE_CHARACTERS:
                return RunResult("error", error=f"The code is longer than {CODE_CHARACTERS:,} characters.")
            notices: list[str] = []
            try:
                guest = self._ready_guest(notices)
                run = _Run(guest, limits, self._stopping)
            except (SandboxError, OSError) as error:
                return RunResult("crashed", error=f"The sandbox did not start: {error}", wall=self._wall)
            self._cells += 1
            return self._finish(run, code, began, notices)

    def _ready_guest(self, notices: list[str]) -> LockedGuest:
        """The guest of the last run, or another with a notice that the variables are gone."""
        if self._closed:
            raise SandboxError("The session was closed.")
        if self._guest is not None and (not self._guest.alive or _has_spoken(self._guest)):
            self._guest.close()
            self._guest = None
        if self._guest is None:
            if self._cells:
                notices.append(SESSION_LOST)
            self._guest = self._start()
        return self._guest

    def _finish(self, run: _Run, code: str, began: float, notices: list[str]) -> RunResult:
        limits = run.limits
        try:
            answer = run.until_answer(code)
            seconds = time.monotonic() - began
            result = result_from(
                answer, text=run.text, seconds=seconds, wall=self._wall, limits=limits, notices=notices
            )
        except _Ended as end:
            return self._ended(run, end, began, notices)
        except SandboxError as error:
            return self._ended(run, _Ended("crashed", error.message), began, notices)
        run.guest.signal_all(signal.SIGSTOP)  # what it left running waits for the next cell
        if self._closed:
            run.guest.close()
        return result

    def _ended(self, run: _Run, end: _Ended, began: float, notices: list[str]) -> RunResult:
        """The result of a run that did not come to its own end."""
        code = run.guest.close(patience_seconds=PATIENCE_SECONDS if end.status == "crashed" else 0.0)
        self._guest = None
        status, reason = end.status, end.reason
        if self._stopping.is_set():
            status, reason = "stopped", "The run was stopped; the variables are lost."
        elif status == "crashed":
            reason = f"{reason or _how_it_ended(code)} The variables are lost."
        text, cut = clean_text(run.text, run.limits.output_characters)
        notices = [*notices, *([output_notice(run.limits)] if cut else [])]
        seconds = time.monotonic() - began
        return RunResult(status, text, error=reason, notices=tuple(notices), seconds=seconds, wall=self._wall)

    def stop(self) -> None:
        """End the run of another thread at once."""
        guest = self._guest
        if self._turn.locked() and guest is not None:
            self._stopping.set()
            guest.kill()

    def close(self) -> None:
        """End the guest and remove all it left."""
        self._closed = True
        self.stop()
        with self._turn:
            guest, self._guest = self._guest, None
            if guest is not None:
                guest.close()


class _Run:
    """One cell on its way: reads what comes, and looks at what it takes."""

    def __init__(self, guest: LockedGuest, limits: SandboxLimits, stopping: threading.Event) -> None:
        self.guest = guest
        self.limits = limits
        self._stopping = stopping
        self._token = secrets.token_hex(16)
        self._printed = bytearray()
        self._printed_bytes = 0
        most = limits.figures * (limits.figure_bytes * 4 // 3 + 8) + 8 * limits.value_characters + ANSWER_BYTES
        self._reader = FrameReader(most)
        self._cpu_before = cpu_seconds(guest.process_id)
        self._end = time.monotonic() + limits.wall_seconds

    @property
    def text(self) -> str:
        """What was printed so far; some characters more than will be shown."""
        return self._printed.decode("utf-8", "replace")

    def until_answer(self, code: str) -> object:
        """The guest's answer, of any form.

        Raises:
            _Ended: there will be none.
        """
        self.guest.signal_all(signal.SIGCONT)
        self._ask(code)
        channel, output = self.guest.channel, self.guest.output
        message = None
        while message is None:
            ready, _, _ = select.select([channel.fileno(), output], [], [], LOOK_SECONDS)
            if output in ready:
                self._read_output()
            if channel.fileno() in ready:
                message = self._read_channel()
            self._look()
        if message.get("token") != self._token:
            raise _Ended("crashed", "The program spoke in the sandbox's name and was ended.")
        while select.select([output], [], [], 0)[0]:
            self._read_output()
        return message.get("answer")

    def _ask(self, code: str) -> None:
        fields = dataclasses.asdict(self.limits) | {"flood_characters": flood_characters(self.limits)}
        request = {"token": self._token, "code": code, "limits": fields}
        try:
            send(self.guest.channel, request)
        except OSError as error:
            raise _Ended("crashed", "") from error

    def _read_output(self) -> None:
        data = os.read(self.guest.output, 1 << 16)
        if not data:
            raise _Ended("crashed", "")
        self._printed_bytes += len(data)
        room = 4 * (self.limits.output_characters + 1) - len(self._printed)
        self._printed += data[: max(0, room)]
        if self._printed_bytes > OUTPUT_FLOOD * flood_characters(self.limits):
            raise _Ended("error", "The run was ended because it printed too much; the variables are lost.")

    def _read_channel(self) -> dict[str, Any] | None:
        try:
            data = self.guest.channel.recv(self._reader.wanted)
            if not data:
                raise _Ended("crashed", "")
            return self._reader.feed(data)
        except (OSError, EOFError) as error:
            reason = "The program spoke in the sandbox's name and was ended." if isinstance(error, EOFError) else ""
            raise _Ended("crashed", reason) from error

    def _look(self) -> None:
        """Whether the run has taken more than it may."""
        limits = self.limits
        if self._stopping.is_set():
            raise _Ended("stopped", "")
        if time.monotonic() > self._end:
            raise _Ended("timeout", f"The run was ended after {limits.wall_seconds:g} seconds; the variables are lost.")
        process = self.guest.process_id
        if cpu_seconds(process) - self._cpu_before > limits.cpu_seconds:
            used = f"{limits.cpu_seconds:g} seconds of processor time"
            raise _Ended("timeout", f"The run was ended after {used}; the variables are lost.")
        if own_megabytes(process) > MEMORY_SLACK * limits.memory_megabytes + MEMORY_SLACK_MEGABYTES:
            raise _Ended("memory", f"{memory_notice(limits)} The run was ended; the variables are lost.")
        taken = usage(self.guest.scratch, process, most_files=limits.scratch_files)
        if taken.size_bytes > limits.scratch_megabytes * BYTES_BEFORE_THE_END:
            raise _Ended(
                "error",
                f"The run was ended because its files took more than {limits.scratch_megabytes:,} MB; "
                "the variables are lost.",
            )
        if taken.files > limits.scratch_files:
            raise _Ended(
                "error",
                f"The run was ended because it made more than {limits.scratch_files:,} files; the variables are lost.",
            )


def _has_spoken(guest: LockedGuest) -> bool:
    """Whether a guest that waits has sent anything: only a forger would."""
    return bool(select.select([guest.channel], [], [], 0)[0])


def _how_it_ended(code: int) -> str:
    number = -code if code < 0 else code - 128 if code > 128 else 0
    if number == signal.SIGKILL:
        return "The system ended the program; perhaps the machine ran out of memory."
    if number in set(signal.Signals):
        return f"The program broke the interpreter ({signal.Signals(number).name})."
    return "The program ended the interpreter."
