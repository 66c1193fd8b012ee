"""What passes between supervisor, specialists and the graph, and what a run leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from protocol import Board, Message  # noqa: F401


@dataclass(frozen=True)
class Assignment:
    """A task for a specialist, to be begun when all keys that it needs stand on the board."""

    receiver: str
    task: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What the supervisor wants: more work, or to end with an answer; and what the deciding cost."""

    assignments: tuple[Assignment, ...] = ()
    answer: str = ""
    tokens: int = 0


@dataclass(frozen=True)
class Work:
    """What a specialist made: words for the supervisor, entries for the board, and the cost."""

    text: str
    entries: Mapping[str, str] = field(default_factory=dict)
    tokens: int = 0


@dataclass(frozen=True)
class View:
    """What the supervisor sees before it decides."""

    task: str
    turn: int
    messages: tuple[Message, ...]
    board: dict[str, str]
    available: tuple[str, ...]
    """Specialists that have not failed too often."""
    refused: tuple[str, ...]
    """Why assignments of the last decision were not given out, one sentence each."""


@dataclass(frozen=True)
class Span:
    """One line of the trace: who did what in which turn, what it cost, and whether it worked."""

    turn: int
    agent: str
    kind: Literal["decide", "work"]
    tokens: int
    seconds: float
    worked: bool


@dataclass(frozen=True)
class Limits:
    """When the team stops by itself."""

    turns: int = 8
    """How often the supervisor may decide."""
    failures: int = 2
    """After so many failures a specialist gets no more tasks."""
    idle_turns: int = 2
    """So many turns in a row without anything new end the work."""
    tokens: int = 100_000
    """Once so many are spent, nobody is asked any more."""


@dataclass
class Outcome:
    """What came of a task; `stopped` says why it ended."""

    answer: str = ""
    stopped: Literal["answer", "turns", "idle", "tokens"] = "turns"
    messages: list[Message] = field(default_factory=list)
    board: Board = field(default_factory=Board)
    trace: list[Span] = field(default_factory=list)

    @property
    def tokens(self) -> dict[str, int]:
        """What each agent has cost, added up over the trace."""
        raise NotImplementedError


Supervisor = Callable[[View], Decision]
Specialist = Callable[[str, Mapping[str, str]], Work]
"""From a task and the board to work; may raise anything."""
