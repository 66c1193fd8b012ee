"""The application that serves several users: the door first, then the page of the one who is in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from errors import StudyError
from ui.guard import address_of
from ui.health import HEALTH
from ui.login_door import LOGIN, LOGOUT
from ui.translation import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ui.guard import Receive, Scope, Send
    from ui.health import Health
    from ui.households import Households
    from ui.login_door import LoginDoor

logger = logging.getLogger(__name__)


class Front:
    """The ASGI application. Nothing but the form and whether the server is well is answered without a login."""

    def __init__(self, door: LoginDoor, households: Households, health: Callable[[], Health]) -> None:
        self._door = door
        self._households = households
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, self._households.close)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def identify(self, scope: Scope) -> str:
        """Who is counted: the user; the address of one who is not logged in."""
        try:
            user = self._door.user_of(scope)
        except StudyError:
            user = None
        return address_of(scope) if user is None else f"user {user.folder}"

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import Request
        from starlette.responses import PlainTextResponse

        request = Request(scope, receive)
        try:
            response = await self._at_the_door(request)
            if response is None:
                user = self._door.user_of(scope)
                if user is not None:
                    await self._households.serve(user, scope, receive, send)
                    return
                response = self._door.turn_away(request)
        except StudyError as error:
            logger.error("%s", error.as_text())
            response = PlainTextResponse(error.as_text(), status_code=503)
        await response(scope, receive, send)

    async def _at_the_door(self, request: Request) -> Response | None:
        """The answer to what needs no login; None for everything else."""
        from starlette.responses import PlainTextResponse

        match request.method, request.url.path.rstrip("/"):
            case "GET" | "HEAD", path if path == LOGIN:
                return self._door.show(request)
            case "POST", path if path == LOGIN:
                return await self._door.enter(request)
            case "POST", path if path == LOGOUT:
                return self._door.leave(request)
            case _, path if path in (LOGIN, LOGOUT):
                return PlainTextResponse(_("Use the form."), status_code=405)
            case "GET" | "HEAD", path if path == HEALTH:
                return self._health().response()
        return None


async def _lifespan(receive: Receive, send: Send, close: Callable[[], Awaitable[None]]) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    try:
        await close()
    except asyncio.CancelledError:
        raise
    except Exception:
        logger.exception("Not everything could be closed")
    await send({"type": "lifespan.shutdown.complete"})
