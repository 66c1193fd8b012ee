"""What a wall around code offers, whatever it is built of."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sandbox.values import RunResult, SandboxLimits, WallState


class Session(Protocol):
    """One guest that keeps its variables between runs."""

    @property
    def alive(self) -> bool:
        """Whether the variables of earlier runs are still there."""

    def run(self, code: str, limits: SandboxLimits) -> RunResult:
        """What the cell gave. Blocks; never raises for what the code does."""

    def stop(self) -> None:
        """End the run of another thread at once; that run's result has the status "stopped"."""

    def close(self) -> None:
        """End the guest and remove all it left. May be called twice."""


class Wall(Protocol):
    """A way to run code that nobody vouches for."""

    @property
    def name(self) -> str:
        """Name of the wall in results and states."""

    @property
    def has_torch(self) -> bool:
        """Whether `import torch` works behind it."""

    def state(self) -> WallState:
        """Whether it can be used now; quick after the first call."""

    def open_session(self, limits: SandboxLimits) -> Session:
        """A fresh guest.

        Raises:
            SandboxError: this wall cannot be used here or now.
        """


@runtime_checkable
class Prepared(Protocol):
    """A wall that gets ready, or better, in the background."""

    def start(self) -> None:
        """Begin; returns at once. Does nothing when it was called before."""

    def close(self) -> None:
        """End what runs in the background."""
