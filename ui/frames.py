"""How often a growing answer is shown: twenty times a second, and seldom while the process is late with everything."""

from __future__ import annotations

import asyncio

FRAME_SECONDS = 0.05
"""Shortest time between two pictures of a growing answer: 20 a second read as a flow."""
MOST_SECONDS = 1.0
"""Longest time between two pictures of an answer whose text grows."""
CALM = 10.0
"""A picture is followed by a rest of so many times the lateness, so that pictures leave most of the time to others."""


class Frames:
    """Rests between pictures, for all answers that grow in this process.

    How late the event loop comes back from a rest tells how much waits there. Whoever waits for the first word of an
    answer has more of it than who sees one grow, so the pictures of those give way.
    """

    def __init__(self) -> None:
        self.late_seconds = 0.0
        """How late the last rests ended; half of it is what the last one was."""

    @property
    def seconds(self) -> float:
        """The rest between two pictures now."""
        return min(MOST_SECONDS, max(FRAME_SECONDS, CALM * self.late_seconds))

    async def rest(self, news: asyncio.Event | None = None) -> None:
        """Let others have their turn; end early when there is `news` that cannot wait."""
        loop, seconds = asyncio.get_running_loop(), self.seconds
        until = loop.time() + seconds
        if news is None:
            await asyncio.sleep(seconds)
        else:
            await _wait(news, seconds)
            if news.is_set():
                return
        self.late_seconds = (self.late_seconds + max(0.0, loop.time() - until)) / 2


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return
