"""One WebAssembly guest in a child process, seen from its supervisor, which believes nothing it hears."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import SandboxError
from sandbox.answers import flood_characters, result_from
from sandbox.process_facts import offer_to_the_killer
from sandbox.values import SESSION_LOST, RunResult, RunStatus, SandboxLimits
from sandbox.webassembly_pipes import read_message, write_message
from sandbox.webassembly_process import end_process, kill_process
from sandbox.webassembly_running import RunningFolder

NAME = "webassembly"
OPEN_SECONDS = 30.0
GRACE_SECONDS = 5.0
"""After its own deadline a child may take so long to answer, then it is killed."""
CODE_CHARACTERS = 400_000
ANSWER_BYTES = 200_000
"""Of an answer, besides its value and figures."""
ENDINGS: dict[str, tuple[RunStatus, str]] = {
    "deadline": ("timeout", "The run was ended after {wall_seconds:g} seconds; the variables are lost."),
    "cancelled": (
        "timeout",
        "The run was ended after {cpu_seconds:g} seconds of processor time; the variables are lost.",
    ),
    "out of file calls": ("error", "The run was ended because it used files too often; the variables are lost."),
    "stack overflow": ("crashed", "The program went too deep for the interpreter. The variables are lost."),
}
"""What the package calls an ending, and what we call it."""
QUIT = "The program ended the interpreter. The variables are lost."
BROKEN = "The program broke the interpreter. The variables are lost."
GONE = "The sandbox's process ended; most likely it needed too much memory. The variables are lost."
NONSENSE = "The program spoke in the sandbox's name and was ended. The variables are lost."
STOPPED = "The run was stopped; the variables are lost."


@dataclass(frozen=True, slots=True)
class Launch:
    """What a session needs to start a child."""

    compiled: Path
    """Folder of the compiled module."""
    running: Path
    """Folder for scratch folders."""
    lock: bool
    """Whether the child locks itself with Landlock and seccomp."""
    start: Callable[[], subprocess.Popen[bytes]]


class UnusableModuleError(SandboxError):
    """The compiled module does not load; it has to be compiled anew."""


class WebAssemblySession:
    """Keeps its variables in one guest. `run` takes turns; `stop` and `close` may come from anywhere."""

    def __init__(self, launch: Launch, limits: SandboxLimits) -> None:
        self._launch = launch
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: RunningFolder | None = None
        self._stopped = False
        self._closed = False
        self._late = False
        self._cells = 0
        self._open(limits)

    @property
    def alive(self) -> bool:
        """Whether the variables of earlier runs are still there."""
        process = self._process
        return process is not None and process.poll() is None

    def run(self, code: str, limits: SandboxLimits) -> RunResult:
        """What the cell gave."""
        if len(code) > CODE_CHARACTERS:
            return RunResult("error", error=f"The code is longer than {CODE_CHARACTERS:,} characters.", wall=NAME)
        began = time.monotonic()
        with self._turn:
            self._stopped = False
            notices: list[str] = []
            try:
                self._renew(limits, notices)
                self._cells += 1
                answer = self._exchange(code, limits)
                return self._result(answer, limits, notices, time.monotonic() - began)
            except (SandboxError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
                return self._failed(error, limits, notices, time.monotonic() - began)

    def stop(self) -> None:
        """End the run of another thread at once."""
        process = self._process
        if process is not None and self._turn.locked():
            self._stopped = True
            kill_process(process)

    def close(self) -> None:
        """End the guest and remove all it left."""
        self._closed = True
        self.stop()
        with self._turn:
            self._end()

    def _renew(self, limits: SandboxLimits, notices: list[str]) -> None:
        """Start another guest where the last one is gone."""
        if self._closed:
            raise SandboxError("The session was closed.")
        if not self.alive:
            self._end()
            if self._cells:
                notices.append(SESSION_LOST)
            self._open(limits)

    def _open(self, limits: SandboxLimits) -> None:
        """Start a child and wait for its guest.

        Raises:
            SandboxError: it does not start.
        """
        self._folder = RunningFolder(self._launch.running)
        self._process = self._launch.start()
        offer_to_the_killer(self._process.pid)
        names = ("memory_megabytes", "scratch_megabytes", "scratch_files")
        settings = {name: getattr(limits, name) for name in names} | {
            "cache": str(self._launch.compiled),
            "scratch": str(self._folder.path),
            "lock": self._launch.lock,
        }
        try:
            answer = self._ask(settings, OPEN_SECONDS, 10_000)
        except (EOFError, OSError) as error:
            self._end()
            raise SandboxError("The WebAssembly sandbox did not start.") from error
        if answer.get("ready") is not True:
            self._end()
            fault = str(answer.get("fault"))[:500]
            kind = UnusableModuleError if "compiled module" in fault else SandboxError
            raise kind(f"The WebAssembly sandbox did not start: {fault}.")

    def _exchange(self, code: str, limits: SandboxLimits) -> dict[str, Any]:
        fields = dataclasses.asdict(limits) | {"flood_characters": flood_characters(limits)}
        most_bytes = limits.figures * (limits.figure_bytes * 4 // 3 + 8) + 8 * limits.value_characters + ANSWER_BYTES
        request = {"code": code, "limits": fields, "most_bytes": most_bytes}
        # The text is sent besides, and what is not ASCII takes up to 6 bytes for each of its own.
        return self._ask(request, limits.wall_seconds + GRACE_SECONDS, 6 * most_bytes + 24 * limits.output_characters)

    def _ask(self, message: dict[str, Any], seconds: float, most_bytes: int) -> dict[str, Any]:
        """What the child answers; it is killed when that takes longer.

        Raises:
            EOFError, OSError: it does not answer.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None or self._stopped:
            raise EOFError
        self._late = False
        timer = threading.Timer(seconds, self._kill_late, [process])
        timer.daemon = True
        timer.start()
        try:
            write_message(process.stdin, message)
            return read_message(process.stdout, most_bytes)
        finally:
            timer.cancel()

    def _kill_late(self, process: subprocess.Popen[bytes]) -> None:
        self._late = True
        kill_process(process)

    def _result(self, answer: dict[str, Any], limits: SandboxLimits, notices: list[str], seconds: float) -> RunResult:
        """The result of a run that the child has answered.

        Raises:
            ValueError, KeyError, TypeError, SandboxError: the answer makes no sense.
        """
        trapped = str(answer["trapped"])
        status: RunStatus | None = None
        if answer["ended"]:
            self._end()
            status, sentence = ENDINGS.get(trapped, ("crashed", BROKEN if trapped else QUIT))
            said: object = {"status": "error", "error": sentence.format(**dataclasses.asdict(limits))}
        else:
            said = _parsed(str(answer["answer"]))
        result = result_from(said, text=str(answer["text"]), seconds=seconds, wall=NAME, limits=limits, notices=notices)
        return result if status is None else dataclasses.replace(result, status=status)

    def _failed(self, error: Exception, limits: SandboxLimits, notices: list[str], seconds: float) -> RunResult:
        """The result of a run whose child is gone or talks nonsense."""
        self._end()
        status: RunStatus = "crashed"
        sentence = GONE if isinstance(error, (EOFError, OSError)) else NONSENSE
        if isinstance(error, SandboxError):
            sentence = error.message
        if self._stopped:
            status, sentence = "stopped", STOPPED
        elif self._late:
            status, sentence = ENDINGS["deadline"]
            sentence = sentence.format(**dataclasses.asdict(limits))
        return RunResult(status, error=sentence, notices=tuple(notices), seconds=seconds, wall=NAME)

    def _end(self) -> None:
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if process is not None:
            end_process(process)
        if folder is not None:
            folder.remove()


def _parsed(answer: str) -> object:
    """The guest's answer.

    Raises:
        ValueError: it is no JSON.
        SandboxError: there is none.
    """
    if not answer.startswith("{"):  # the guest's own complaint, or nothing
        raise SandboxError(BROKEN)
    try:
        return json.loads(answer)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
