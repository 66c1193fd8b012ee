"""How agents talk: messages with rules that a program can check, and a board whose entries have owners."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

SUPERVISOR = "supervisor"


class ProtocolError(Exception):
    """A message or an entry that breaks a rule; the text names the rule."""


@dataclass(frozen=True)
class Message:
    """One agent's words to another. `number` counts from 1; an answer names the task it answers in `reply_to`."""

    number: int
    sender: str
    receiver: str
    kind: Literal["task", "result", "failure"]
    text: str
    reply_to: int | None = None


def check_message(message: Message, earlier: Sequence[Message], specialists: Collection[str]) -> None:
    """Raise ProtocolError unless the message keeps the rules.

    Its number is one more than that of the message before. Its text is not blank. A task goes from the supervisor to a
    known specialist and replies to nothing. A result or failure goes from a specialist to the supervisor, and replies
    to an earlier task that was given to its sender and has no answer yet.
    """
    raise NotImplementedError


class Board:
    """What the team has found out: entries by key. The first author of a key owns it."""

    def __init__(self) -> None:
        self._entries: dict[str, list[tuple[str, str]]] = {}

    def write(self, author: str, entries: Mapping[str, str]) -> None:
        """Write all entries, or none: raises ProtocolError when one key is owned by another author."""
        raise NotImplementedError

    def owner(self, key: str) -> str | None:
        """Who wrote the key first; None when nobody has."""
        raise NotImplementedError

    def history(self, key: str) -> list[str]:
        """All values that a key has had, the newest last."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, str]:
        """The newest value of each key, as a copy: changing it does not change the board."""
        raise NotImplementedError
