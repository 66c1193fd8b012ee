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
    if message.number != len(earlier) + 1:
        raise ProtocolError(f"Message {message.number} should have the number {len(earlier) + 1}.")
    if not message.text.strip():
        raise ProtocolError(f"Message {message.number} has no text.")
    if message.kind == "task":
        if message.sender != SUPERVISOR or message.receiver not in specialists or message.reply_to is not None:
            raise ProtocolError("A task goes from the supervisor to a specialist and replies to nothing.")
    elif message.kind in ("result", "failure"):
        _check_answer(message, earlier)
    else:
        raise ProtocolError(f"There is no kind of message {message.kind!r}.")


def _check_answer(message: Message, earlier: Sequence[Message]) -> None:
    """Raise ProtocolError unless the answer belongs to an open task of its sender."""
    asked = [other for other in earlier if other.number == message.reply_to and other.kind == "task"]
    if message.receiver != SUPERVISOR or not asked or asked[0].receiver != message.sender:
        raise ProtocolError("A result or failure answers a task that was given to its sender.")
    if any(other.reply_to == message.reply_to for other in earlier):
        raise ProtocolError(f"Task {message.reply_to} has an answer already.")


class Board:
    """What the team has found out: entries by key. The first author of a key owns it."""

    def __init__(self) -> None:
        self._entries: dict[str, list[tuple[str, str]]] = {}

    def write(self, author: str, entries: Mapping[str, str]) -> None:
        """Write all entries, or none: raises ProtocolError when one key is owned by another author."""
        for key in entries:
            owner = self.owner(key)
            if owner not in (None, author):
                raise ProtocolError(f"{author} may not write {key!r}: it belongs to {owner}.")
        for key, value in entries.items():
            self._entries.setdefault(key, []).append((author, value))

    def owner(self, key: str) -> str | None:
        """Who wrote the key first; None when nobody has."""
        return self._entries[key][0][0] if key in self._entries else None

    def history(self, key: str) -> list[str]:
        """All values that a key has had, the newest last."""
        return [value for _, value in self._entries.get(key, [])]

    def snapshot(self) -> dict[str, str]:
        """The newest value of each key, as a copy: changing it does not change the board."""
        return {key: versions[-1][1] for key, versions in self._entries.items()}
