"""What every wish of a learner can do: name its tool calls, and tell what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from agent.embedded.compose import Reader
from agent.embedded.turn_view import Done, Memory


class Call(NamedTuple):
    """A tool call to make."""

    name: str
    arguments: Mapping[str, Any]


class Wish(Protocol):
    """One thing that a learner asked for."""

    @property
    def title(self) -> str:
        """A few words for the plan."""
        ...

    @property
    def waits(self) -> bool:
        """Whether it needs what the steps before it bring."""
        ...

    @property
    def subject(self) -> str:
        """What a follow-up question of the learner would mean by "it"; empty when nothing."""
        ...

    @property
    def tools(self) -> frozenset[str]:
        """The tools it cannot do without."""
        ...

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """The calls to make now; none when it is time to answer."""
        ...

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """What came of it, in Markdown."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """Nothing to do: a text that answers at once."""

    text: str
    title: str = "Answer"
    waits: bool = False
    subject: str = ""
    tools: frozenset[str] = field(default_factory=frozenset)

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """No call."""
        return []

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The text."""
        return self.text


def only(name: str, done: Sequence[Done]) -> Done | None:
    """The last result of a tool; None when it was not called."""
    return next((one for one in reversed(done) if one.name == name), None)
