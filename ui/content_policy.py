"""What the page may load, run and send, told to the browser with every answer: nothing of another origin.

The second wall behind `ui/markup.py`: should text of a model or a document become HTML after all, then the browser
still fetches nothing from elsewhere, runs no script that is not ours and sends no form away. Gradio writes its start
into the page as scripts without a file and makes functions of text; the first are allowed by the hash of each, the
second ask for `unsafe-eval`. Styles may stand in the page, since formulas and Svelte set them on elements; what they
could load is bound by the rules for pictures and fonts. https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.guard import Application, Message, Receive, Scope, Send

POLICY = b"content-security-policy"
MOST_BYTES = 16 * 1024 * 1024
"""A longer HTML page than this is none of ours and may run no script of its own."""
_SAME = "object-src 'none'; base-uri 'self'; form-action 'self'; frame-src 'none'; frame-ancestors 'none'"
OTHER_POLICY = f"default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; connect-src 'self'; {_SAME}"
"""Of all other answers, such as an uploaded file that is opened by itself: no script runs in them."""
PDF_POLICY = "base-uri 'none'; frame-ancestors 'none'"
"""Of a PDF, which the browser shows by scripts and styles of its own."""
PAGES = ("", "/")
"""Paths of the page; what else is HTML is not ours to vouch for."""


def page_policy(scripts: Iterable[str]) -> str:
    """The policy of an HTML page that holds these scripts without a file."""
    hashes = " ".join(dict.fromkeys(f"'sha256-{_digest(script)}'" for script in scripts))
    return (
        f"default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        f"worker-src 'self' blob:; manifest-src 'self'; {_SAME}"
    )


def scripts_in(page: str) -> list[str]:
    """The texts of the scripts that stand in a page."""
    reader = _Scripts()
    reader.feed(page)
    reader.close()
    return reader.found


class ContentPolicy:
    """The ASGI middleware. A policy that an answer brings itself stays."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer with a policy."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A packed page could not be read for its scripts; only pages are asked for with this word.
        if any(name == b"accept" and b"text/html" in value for name, value in scope["headers"]):
            kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, _Answer(send, is_page=scope["path"] in PAGES).send)


class _Answer:
    """An answer on its way; a page is held back until all of it is known."""

    def __init__(self, send: Send, *, is_page: bool) -> None:
        self._send = send
        self._is_page = is_page
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take the next piece."""
        if message["type"] == "http.response.start":
            headers = {name.lower(): value for name, value in message.get("headers", ())}
            kind = headers.get(b"content-type", b"")
            is_plain = kind.startswith(b"text/html") and b"content-encoding" not in headers
            if self._is_page and is_plain and POLICY not in headers:
                self._start = message
                return
            policy = PDF_POLICY if kind.startswith(b"application/pdf") else OTHER_POLICY
            await self._send(message if POLICY in headers else _with(message, policy))
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False) or len(self._body) > MOST_BYTES:
                await self._let_go(message)

    async def _let_go(self, last: Message) -> None:
        start, self._start = self._start, None
        is_whole = not last.get("more_body", False)
        scripts = scripts_in(self._body.decode("utf-8", "replace")) if is_whole and start else []
        if start:
            await self._send(_with(start, page_policy([*scripts, *_own_scripts()])))
        await self._send({**last, "body": self._body})


def _with(message: Message, policy: str) -> Message:
    return {**message, "headers": [*message.get("headers", ()), (POLICY, policy.encode("ascii"))]}


@lru_cache(maxsize=1)
def _own_scripts() -> tuple[str, ...]:
    """Ours, which Gradio's start puts into the page when it runs."""
    from ui.theme import page_head

    return tuple(scripts_in(page_head()))


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


class _Scripts(HTMLParser):
    """Collects the texts of scripts that name no file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """The text that follows is a script's."""
        if tag == "script" and "src" not in dict(attributes):
            self._inside = True
            self.found.append("")

    def handle_data(self, data: str) -> None:
        """A piece of text."""
        if self._inside:
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        """The script is over."""
        if tag == "script":
            self._inside = False
