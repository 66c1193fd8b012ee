"""Each user's services and page: opened with the first request, closed when others need the room."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.upload_folders import UPLOADS, uploads_in

if TYPE_CHECKING:
    from ui.accounts.users import User
    from ui.guard import Receive, Scope, Send
    from ui.services import Services

logger = logging.getLogger(__name__)

REST_SECONDS = 600.0
"""Without a request for so long a user is at rest; a page that is open in a browser keeps one going."""


def _nothing() -> None:
    """What is done after opening and closing where nothing is said."""


@dataclass(eq=False, slots=True)
class _Household:
    services: Services
    app: Any
    used_at: float
    requests: int = 0
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    life: asyncio.Task[None] | None = None
    opened: asyncio.Task[None] | None = None
    """Waits for the library, which opens after the page."""


class Households:
    """The open users. Everything here runs on the server's event loop; what takes long goes to threads."""

    def __init__(
        self,
        open_services: Callable[[User, Path], Services],
        build_page: Callable[[Services, str], Any],
        home_of: Callable[[User], Path],
        *,
        most_open: int,
        after_open: Callable[[], None] = _nothing,
        after_close: Callable[[], None] = _nothing,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_services = open_services
        self._build_page = build_page
        self._home_of = home_of
        self._most_open = most_open
        self._after_open = after_open
        self._after_close = after_close
        self._now = now
        self._opening: dict[str, asyncio.Task[_Household]] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}

    async def serve(self, user: User, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of this user from this user's page.

        Raises:
            StudyError: the user's data cannot be opened.
        """
        with uploads_in(self._home_of(user) / UPLOADS):
            household = await self._household(user)
            household.requests += 1
            try:
                await household.app(scope, receive, send)
            finally:
                household.requests -= 1
                household.used_at = self._now()

    async def close(self) -> None:
        """Close all that is open, at the same time."""
        self._after_close = _nothing
        for folder in list(self._opening):
            self._begin_to_close(folder)
        await asyncio.gather(*self._closing.values(), return_exceptions=True)

    @property
    def open_folders(self) -> set[str]:
        """The users who are open or on their way there, by the names of their folders."""
        return set(self._opening)

    async def _household(self, user: User) -> _Household:
        while closing := self._closing.get(user.folder):
            await asyncio.wait([closing])
        task = self._opening.get(user.folder)
        if task is None:
            self._make_room()
            task = self._opening[user.folder] = asyncio.create_task(self._open(user))
        try:
            return await asyncio.shield(task)
        except BaseException:
            if task.done() and (task.cancelled() or task.exception()) and self._opening.get(user.folder) is task:
                del self._opening[user.folder]  # the next request tries again
            raise

    async def _open(self, user: User) -> _Household:
        home = self._home_of(user)
        services = await asyncio.to_thread(self._begin, user, home)
        try:
            app = await asyncio.to_thread(self._build_page, services, user.name)
            household = _Household(services, app, self._now())
            ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            household.life = asyncio.create_task(_live(household, ready))
            await ready
        except BaseException:
            await asyncio.to_thread(services.close)
            raise
        services.start()
        household.opened = asyncio.create_task(self._opened(services))
        logger.info("Opened the data of %s.", user.name)
        return household

    async def _opened(self, services: Services) -> None:
        with suppress(StudyError):
            await services.rooms_soon()
        await asyncio.to_thread(self._after_open)

    def _begin(self, user: User, home: Path) -> Services:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._open_services(user, home)

    def _make_room(self) -> None:
        """Close those longest at rest, so that one more can be open; where nobody is at rest there is one too many."""
        resting = sorted(
            (found for found in self._open_ones() if self._rests(found[1])), key=lambda one: one[1].used_at
        )
        too_many = len(self._opening) + 1 - self._most_open
        for folder, _ in resting[: max(0, too_many)]:
            self._begin_to_close(folder)
        if too_many > len(resting):
            logger.warning("%d users are open; STUDY_OPEN_USERS=%d.", len(self._opening) + 1, self._most_open)

    def _open_ones(self) -> list[tuple[str, _Household]]:
        done = [(folder, task) for folder, task in self._opening.items() if task.done() and not task.cancelled()]
        return [(folder, task.result()) for folder, task in done if task.exception() is None]

    def _rests(self, household: _Household) -> bool:
        return not household.requests and self._now() - household.used_at >= REST_SECONDS

    def _begin_to_close(self, folder: str) -> None:
        task = self._opening.pop(folder)
        closing = self._closing[folder] = asyncio.create_task(self._end(folder, task))
        closing.add_done_callback(lambda _: self._closing.pop(folder, None))

    async def _end(self, folder: str, opening: asyncio.Task[_Household]) -> None:
        try:
            household = await opening
        except Exception as error:
            logger.info("%s was not open: %s", folder, error)
            return
        household.ending.set()
        if household.opened is not None:
            household.opened.cancel()
        await asyncio.to_thread(household.services.close)
        if household.life is not None:
            await asyncio.wait([household.life], timeout=5)
        logger.info("Closed the data in %s.", folder)
        del household, opening
        await asyncio.to_thread(self._after_close)


async def _live(household: _Household, ready: asyncio.Future[None]) -> None:
    """The page's lifespan, begun and ended by one task; its queue works in the user's context."""
    lifespan: AbstractAsyncContextManager[Any] = household.app.router.lifespan_context(household.app)
    try:
        async with lifespan:
            ready.set_result(None)
            await household.ending.wait()
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)
