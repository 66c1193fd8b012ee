"""The order of parallel tool calls: each may work at once, and numbers what it found when its place has come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


class CallOrder:
    """Knows which calls stand before a call in the model's message, and which of them are over.

    Citation numbers are given in this order, so that the same turn gives the same numbers however long each
    search takes. Used in the event loop of the turn only.
    """

    def __init__(self) -> None:
        self._before: dict[str, tuple[str, ...]] = {}
        self._over: dict[str, asyncio.Event] = {}

    def expect(self, call_ids: Sequence[str]) -> None:
        """Take the calls that run together, in the order of the message; said again, it changes nothing."""
        for place, call_id in enumerate(call_ids):
            self._before.setdefault(call_id, tuple(call_ids[:place]))

    async def turn_of(self, call_id: str | None) -> None:
        """Wait until the calls before this one are over; an unknown call waits for none."""
        for earlier in self._before.get(call_id or "", ()):
            await self._event(earlier).wait()

    def is_over(self, call_id: str) -> None:
        """Let the calls behind this one go on, whatever became of it."""
        self._event(call_id).set()

    def _event(self, call_id: str) -> asyncio.Event:
        return self._over.setdefault(call_id, asyncio.Event())
