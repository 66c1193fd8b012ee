"""Which streamed text is the answer: what a model says beside a tool call is not."""

from __future__ import annotations

import re

HOLD_CHARACTERS = 60
"""Text is held back until it is longer than most remarks before a tool call ("Let me look that up")."""

_CITES = re.compile(r"\[\d")


class AnswerStream:
    """Takes the pieces of model messages and gives out the answer's text as soon as it is one.

    What was given out is never taken back, and its concatenation (`text`) is the answer: when a long text
    turns out to stand before a tool call after all, it stays as the answer's first paragraph.
    """

    def __init__(self, given: str = "") -> None:
        self._given: list[str] = [given] if given else []
        self._held = ""
        self._shown = ""
        """What was given out of the present message, with its leading white space."""
        self._ended = False
        self._calls_tools = False

    @property
    def text(self) -> str:
        """All that was given out."""
        return "".join(self._given)

    def feed(self, piece: str, *, calls_tools: bool = False, last: bool = False) -> str:
        """The text to give out now that `piece` of the present message came; may be empty."""
        if self._ended:
            self._begin_message()
        self._ended = last
        self._calls_tools = self._calls_tools or calls_tools
        self._held += piece
        ready = bool(self._shown) or len(self._held) > HOLD_CHARACTERS or bool(_CITES.search(self._held))
        return self._give() if ready and not self._calls_tools else ""

    def finish(self, message: str, *, calls_tools: bool) -> str:
        """The rest to give out when the present message ended as `message`."""
        rest = ""
        if not calls_tools:
            if message.startswith(self._shown):
                self._held = message[len(self._shown) :]
            rest = self._give()
        self._begin_message()
        return rest

    def _begin_message(self) -> None:
        self._held = self._shown = ""
        self._ended = self._calls_tools = False

    def _give(self) -> str:
        """Give out what is held, without leading or (for now) trailing white space."""
        held = self._held.rstrip()
        given = held if self._shown else held.lstrip()
        if not given:
            return ""
        self._held = self._held[len(held) :]
        if not self._shown and self._given:
            given = f"\n\n{given}"
        self._shown += held
        self._given.append(given)
        return given
