"""Logging in and out: the form, the cookie, and whose request it is."""

from __future__ import annotations

import asyncio
import logging
import math
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import quote

from ui.accounts.attempts import Attempts
from ui.accounts.passwords import is_password
from ui.accounts.sessions import LONGEST_SECONDS, Sessions
from ui.guard import LOGIN_PATH
from ui.markup import escape_html
from ui.translation import N_, _, chosen_language, counted

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ui.accounts.users import User, UserFile
    from ui.guard import Scope

logger = logging.getLogger(__name__)

LOGIN = LOGIN_PATH
LOGOUT = "/logout"
_FORM = Path(__file__).parent / "assets" / "login.html"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
}
WRONG = N_("Name or password is wrong.")


class LoginDoor:
    """Lets users in. The cookie carries the port, since browsers send it to every port of the machine."""

    def __init__(self, users: UserFile, port: int) -> None:
        self._users = users
        self._sessions = Sessions(users)
        self._attempts = Attempts()
        self._cookie = f"study-session-{port}"

    def user_of(self, scope: Scope) -> User | None:
        """Who sent the request; None for one who is not logged in.

        Raises:
            HomeError: the file of users cannot be read.
        """
        token = self._token(scope)
        return self._sessions.user_of(token) if token else None

    def show(self, request: Request, *, sentence: str = "", status: int = 200) -> Response:
        """The form."""
        from starlette.responses import HTMLResponse

        back = _own_path(request.query_params.get("next", ""))
        action = f"{LOGIN.lstrip('/')}?next={quote(back, safe='')}"
        alert = f'<p role="alert">{escape_html(sentence)}</p>' if sentence else ""
        form = Template(_FORM.read_text(encoding="utf-8")).substitute(
            action=escape_html(action),
            alert=alert,
            language=chosen_language(),
            title=_("Log in: Study assistant"),
            program=_("Study assistant"),
            name=_("Name"),
            password=_("Password"),
            enter=_("Log in"),
        )
        return HTMLResponse(form, status_code=status, headers=_HEADERS)

    async def enter(self, request: Request) -> Response:
        """Check name and password; a browser is led on, a program gets JSON."""
        from starlette.formparsers import MultiPartException
        from starlette.responses import JSONResponse, RedirectResponse

        try:
            form = await request.form(max_files=0, max_fields=10, max_part_size=8192)
        except MultiPartException:
            return self._refuse(request, _("This is no login."), 400)
        name, password = (str(form.get(field, "")) for field in ("username", "password"))
        address = request.client.host if request.client else "unknown"
        wait = self._attempts.begin(name, address)
        if wait > 0:
            logger.warning("Too many failed logins from %s.", address)
            refused = self._refuse(request, _too_many(math.ceil(wait / 60)), 429)
            refused.headers["Retry-After"] = str(math.ceil(wait))
            return refused
        user = await asyncio.to_thread(self._users.find, name)
        if not await asyncio.to_thread(is_password, password, user.password if user else None) or user is None:
            logger.warning("A login from %s failed.", address)  # without the name, which may be a password
            return self._refuse(request, _(WRONG), 401)
        self._attempts.succeeded(name, address)
        if before := self._token(request.scope):
            self._sessions.close(before)
        logger.info("%s logged in from %s.", user.name, address)
        answer: Response = JSONResponse({"success": True})
        if _is_browser(request):
            answer = RedirectResponse(_own_path(request.query_params.get("next", "")), status_code=303)
        answer.set_cookie(
            self._cookie,
            self._sessions.open(user),
            max_age=int(LONGEST_SECONDS),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    def leave(self, request: Request) -> Response:
        """End the login."""
        from starlette.responses import RedirectResponse

        if token := self._token(request.scope):
            self._sessions.close(token)
        answer = RedirectResponse(LOGIN, status_code=303)
        answer.delete_cookie(self._cookie, httponly=True, samesite="lax")
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    def turn_away(self, request: Request) -> Response:
        """Lead a reader to the form; tell a program."""
        from starlette.responses import PlainTextResponse, RedirectResponse

        if request.method in ("GET", "HEAD") and _is_browser(request):
            path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"{LOGIN}?next={quote(_own_path(path), safe='')}", status_code=303)
        return PlainTextResponse(_("Log in first."), status_code=401)

    def _refuse(self, request: Request, sentence: str, status: int) -> Response:
        from starlette.responses import JSONResponse

        if _is_browser(request):
            return self.show(request, sentence=sentence, status=status)
        return JSONResponse({"detail": sentence}, status_code=status)

    def _token(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name.lower() == b"cookie":
                try:
                    found = SimpleCookie(value.decode("latin-1")).get(self._cookie)
                except CookieError:
                    continue
                if found is not None:
                    return found.value
        return ""


def _too_many(minutes: int) -> str:
    return counted(
        "Too many failed logins; try again in {count} minutes.",
        "Too many failed logins; try again in {count} minutes.",
        minutes,
    )


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _own_path(text: str) -> str:
    """A path of this page, so that nobody is led elsewhere."""
    is_own = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_own and not text.startswith((LOGIN, LOGOUT)) else "/"
