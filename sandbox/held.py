"""A conversation's place in the sandbox: its session, the wall that is behind, and whose turn it is."""

from __future__ import annotations

import threading

from errors import SandboxError
from sandbox.values import RunResult, SandboxLimits
from sandbox.wall import Session, Wall


class Held:
    """One conversation's session, or the want of one."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        """Held while a cell of the conversation runs, or is the next to run."""
        self.in_use = threading.Lock()
        """Held while a cell runs."""
        self.stops = 0
        """How often a stop was asked for: whoever waited meanwhile does not begin."""
        self.wall: Wall | None = None
        self._session: Session | None = None

    @property
    def alive(self) -> bool:
        """Whether there is a session with variables."""
        session = self._session
        return session is not None and session.alive

    def take(self, wall: Wall, session: Session) -> None:
        """Use this session from now on."""
        self.wall, self._session = wall, session

    def run(self, code: str, limits: SandboxLimits) -> RunResult:
        """What the cell gave; the turn must be the caller's.

        Raises:
            SandboxError: the session was closed by another thread.
        """
        session = self._session
        if session is None:
            raise SandboxError("The session was closed before the code could run.")
        return session.run(code, limits)

    def stop(self) -> None:
        """End the cell that runs, and those that wait for it."""
        self.stops += 1
        session = self._session
        if session is not None:
            session.stop()

    def end_session(self) -> None:
        """Forget the variables; the place stays."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def end_if_idle(self) -> bool:
        """Forget the variables unless a cell runs; whether they were forgotten."""
        if not self.in_use.acquire(blocking=False):
            return False
        try:
            self.end_session()
        finally:
            self.in_use.release()
        return True

    def close(self) -> None:
        """End the cell that runs, and forget the variables."""
        self.end_session()
