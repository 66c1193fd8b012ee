"""Answers that grow: each in a task of its own, so that a page may leave, reload or come back while it grows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from agent.events import Event
from errors import StudyError
from ui.frames import Frames
from ui.messages import Message, TurnMessages
from ui.translation import _

logger = logging.getLogger(__name__)

FRAMES = Frames()
"""Of all pages and users of this process."""


class RunningTurn:
    """A turn that grows, whoever looks at it."""

    def __init__(self, turn: TurnMessages, earlier: list[Message], events: AsyncIterator[Event]) -> None:
        self.turn = turn
        self.earlier = earlier
        self.is_over = False
        self._stop = asyncio.Event()
        self._frame = 0
        self._news = asyncio.Event()
        """Set with the next frame, which has another."""
        self._task = asyncio.create_task(self._grow(events), name="growing answer")

    def stop(self) -> None:
        """End the turn."""
        self._stop.set()

    def messages(self) -> list[Message]:
        """The conversation with the turn as far as it is."""
        return [*self.earlier, *self.turn.as_messages()]

    async def watch(self) -> AsyncIterator[None]:
        """Yields whenever the turn has grown, until it is over."""
        seen = -1
        while True:
            is_over, frame, news = self.is_over, self._frame, self._news
            if frame != seen:
                seen = frame
                yield
            elif not is_over:
                await news.wait()
            if is_over:
                return

    async def _grow(self, events: AsyncIterator[Event]) -> None:
        try:
            async for _ in follow(self.turn, events, self._stop):
                self._next()
        finally:
            self.is_over = True
            self._next()

    def _next(self) -> None:
        self._frame += 1
        self._news.set()
        self._news = asyncio.Event()


class RunningTurns:
    """The turns that grow in this process, and which of them each page looks at."""

    def __init__(self) -> None:
        self._turns: set[RunningTurn] = set()
        self._watched: dict[str, RunningTurn] = {}

    def start(self, turn: TurnMessages, earlier: list[Message], events: AsyncIterator[Event]) -> RunningTurn:
        """Begin to read the events of a turn."""
        self._turns = {one for one in self._turns if not one.is_over}
        running = RunningTurn(turn, earlier, events)
        self._turns.add(running)
        return running

    def of_page(self, page: str) -> RunningTurn | None:
        """The turn that a page looks at while it grows."""
        running = self._watched.get(page)
        return None if running is None or running.is_over else running

    def is_answering(self, page: str) -> bool:
        """Whether the turn that a page looks at has no end yet; one whose text is only still being shown has."""
        running = self.of_page(page)
        return running is not None and not running.turn.finished

    def of_conversation(self, conversation_id: str) -> RunningTurn | None:
        """The turn of a conversation while it grows."""
        return next(
            (one for one in self._turns if not one.is_over and one.turn.conversation_id == conversation_id), None
        )

    def leave(self, page: str) -> None:
        """The page looks at something else from now on."""
        self._watched.pop(page, None)

    async def watch(self, running: RunningTurn, page: str) -> AsyncIterator[None]:
        """As `RunningTurn.watch`, as long as the page does not leave."""
        self._watched[page] = running
        try:
            async for _ in running.watch():
                if self._watched.get(page) is not running:
                    return
                yield
        finally:
            if self._watched.get(page) is running:
                del self._watched[page]


async def follow(turn: TurnMessages, events: AsyncIterator[Event], stop: asyncio.Event) -> AsyncIterator[None]:
    """Yields whenever `turn` has grown, until the events or the learner end it; the first words at once.

    What grows after that is shown at most once a frame.
    """
    changed, begun = asyncio.Event(), asyncio.Event()
    reading = asyncio.create_task(_read(turn, events, changed, begun))
    stopping = asyncio.create_task(stop.wait())
    try:
        while not reading.done() and not stop.is_set():
            waiting = asyncio.create_task(changed.wait())
            await asyncio.wait({reading, stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            changed.clear()
            is_begun = begun.is_set()
            turn.reveal()
            yield
            await FRAMES.rest(None if is_begun else begun)
            if not turn.caught_up:
                changed.set()
        while not turn.caught_up and not stop.is_set():
            turn.reveal()
            yield
            await FRAMES.rest()
    finally:
        turn.shown_characters = None
        stopping.cancel()
        if not reading.done():
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
        if not turn.finished:
            turn.stop()


async def _read(turn: TurnMessages, events: AsyncIterator[Event], changed: asyncio.Event, begun: asyncio.Event) -> None:
    try:
        async for event in events:
            turn.apply(event)
            changed.set()
            if turn.text:
                begun.set()
    except StudyError as error:
        turn.fail(error.message, error.hint)
    except Exception:
        logger.exception("A turn failed")
        turn.fail(_("Something went wrong while answering."), _("Ask again; the log has the details."))
    finally:
        changed.set()
        begun.set()
