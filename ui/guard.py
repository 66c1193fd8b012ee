"""What every request has to pass before it reaches the page: from where it comes, how many there were, how long it is.

Another page in the reader's browser can send requests here, too. Browsers say so in `Sec-Fetch-Site` and `Origin`
(https://www.w3.org/TR/fetch-metadata/), which no script can forge; programs such as curl send neither and are let
through, since they hold no cookies of others. A name of the web can also be made to point to this machine (DNS
rebinding); then `Host` names it, and without a login only names of this machine count.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ui.accounts.attempts import network_of
from ui.accounts.policy import is_loopback
from ui.content_policy import ContentPolicy
from ui.request_rate import RequestRate
from ui.translation import _

logger = logging.getLogger(__name__)

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MEGABYTE = 1024 * 1024
BODY_BYTES = 32 * MEGABYTE
"""Longest body of a request that is no upload."""
FILES_AT_ONCE = 10
"""An upload of several files may be as long as so many of the largest."""
UPLOAD_PATH = "/gradio_api/upload"
FORM_BYTES = 16 * 1024
"""Longest login: who sends it is not known yet."""
LOGIN_PATH = "/login"
_READING = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"SAMEORIGIN",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """What is let through."""

    rate: RequestRate
    upload_megabytes: int
    """Largest file."""
    own_names_only: bool
    """Refuse a `Host` that is no name of this machine: where nobody logs in."""
    identify: Callable[[Scope], str] = lambda scope: address_of(scope)
    """Who is counted: the user, or the address of one who is not logged in."""


class Guard:
    """The ASGI middleware."""

    def __init__(self, app: Application, rules: GuardRules) -> None:
        self._app = ContentPolicy(app)
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with one sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if refused := self._refused(scope, headers):
            status, sentence = refused
            logger.warning("Refused %s %r with %d", scope["method"], scope["path"][:200], status)  # %r: one line
            await _answer(send, status, sentence)
            return
        wait = self._rules.rate.wait_seconds(self._rules.identify(scope))
        if wait > 0:
            await _answer(send, 429, _("Too many requests; try again in a moment."), retry_after=math.ceil(wait))
            return
        body = _LimitedBody(receive, send, self._most_bytes(scope["path"]))
        if body.is_too_long(headers.get("content-length", "")):
            await _answer(send, 413, body.sentence)
            return
        await self._app(scope, body.receive, body.send)

    def _refused(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        names = sum(name.lower() == b"host" for name, _ in scope["headers"])
        if self._rules.own_names_only and (names > 1 or not is_loopback(_name_in(host))):
            return 400, _("The page is served to this machine only; open it as localhost or 127.0.0.1.")
        if _is_from_elsewhere(scope["method"], host, headers):
            return 403, _("This request comes from another page and is refused.")
        return None

    def _most_bytes(self, path: str) -> int:
        if path.rstrip("/") == UPLOAD_PATH:
            return FILES_AT_ONCE * self._rules.upload_megabytes * MEGABYTE + MEGABYTE
        return FORM_BYTES if path.rstrip("/") == LOGIN_PATH else BODY_BYTES


class _LimitedBody:
    """A request's body up to a length, whatever its header says, and the answer to one that is longer."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._most = receive, send, most
        self._count = 0
        self._has_begun = False
        self._is_answered = False
        self.sentence = _("The request is too long; {size:,.10g} MB are taken.").format(size=most / MEGABYTE)

    def is_too_long(self, told: str) -> bool:
        """By its header; one without a number is found out while it is read."""
        return told.isdigit() and int(told) > self._most

    async def receive(self) -> Message:
        """The next piece; an end of the connection where it would be too much."""
        message = await self._receive()
        self._count += len(message.get("body", b""))
        if self._count <= self._most:
            return message
        if not self._has_begun and not self._is_answered:
            self._is_answered = True
            await _answer(self._send, 413, self.sentence)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass a piece of the answer on, with the headers that every answer has; nothing after our own answer."""
        if self._is_answered:
            return
        if message["type"] == "http.response.start":
            self._has_begun = True
            present = {name.lower() for name, _ in message.get("headers", ())}
            more = [(name, value) for name, value in _HEADERS.items() if name not in present]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await self._send(message)


def address_of(scope: Scope) -> str:
    """The network that a request comes from."""
    client = scope.get("client")
    return f"address {network_of(client[0])}" if client else "address unknown"


def _is_from_elsewhere(method: str, host: str, headers: dict[str, str]) -> bool:
    """Whether a page of another origin sent it; following a link to the page is no such thing."""
    site = headers.get("sec-fetch-site", "")
    if method in _READING and headers.get("sec-fetch-mode") == "navigate" and method != "OPTIONS":
        return site in ("cross-site", "same-site") and headers.get("sec-fetch-dest", "document") != "document"
    if site:  # the browser's own word, which also holds behind a proxy that changes Host
        return site not in ("same-origin", "none")
    said = headers.get("origin") or ("" if method in _READING else headers.get("referer", ""))
    return bool(said) and _place(said) != _place(f"//{host}")


def _place(address: str) -> tuple[str, int | None]:
    """Host and port; none for the ports that a browser leaves out."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", None
    return (parts.hostname or "").lower(), None if port in (80, 443) else port


def _name_in(host: str) -> str:
    """The name in a Host header; none where it holds more than a name and a port."""
    return "" if set(host) & set("/?#@\\") else _place(f"//{host}")[0]


async def _answer(send: Send, status: int, sentence: str, *, retry_after: int | None = None) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS.items()]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode("utf-8")})
