"""One browser page without a browser: Gradio's own requests for any event of the page, and what the page then shows.

The first picture of an event is sent whole, later ones as what changed of it; see `evals.bench.page_session`.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from evals.bench.page_session import after_changes

if TYPE_CHECKING:
    import httpx

API = "/gradio_api"
SKIP = {"__type__": "update"}
"""An output that stays as it is."""
EVENT_SECONDS = 300.0
_BUTTON = re.compile(r"<button\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')


class PageError(Exception):
    """The page answered with an error."""


@dataclass(eq=False)
class Seen:
    """What one event has sent so far."""

    pictures: int = 0
    sent: list[Any] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    """The last value of each output; None for one that stayed as it was."""

    def take(self, data: Sequence[Any], *, is_whole: bool) -> None:
        """A picture: whole, or as changes of the one before."""
        if is_whole:
            self.sent = list(data)
        else:
            self.sent = [after_changes(one, changes) for one, changes in zip(self.sent, data, strict=True)]
        self.shown = self.shown or [None] * len(self.sent)
        for place, value in enumerate(self.sent):
            if value != SKIP:
                self.shown[place] = value
        self.pictures += 1

    @property
    def text(self) -> str:
        """All that is shown, with the quotation marks of its HTML as they are."""
        return " ".join(_texts(self.shown))


class Tab:
    """A page that is open in a browser. Its events are asked for one after another, `stop` beside them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._session = uuid4().hex[:11]
        self._events: dict[tuple[str, str], dict[str, Any]] = {}
        self._loads: list[dict[str, Any]] = []
        self._alive: asyncio.Task[None] | None = None

    async def open(self, conversation: str = "") -> Seen:
        """Load the page, with a conversation where its address names one; what it shows of that.

        Raises:
            PageError: something of it was answered with an error.
        """
        query = {"conversation": conversation} if conversation else {}
        good(await self._client.get("/", params=query, headers={"Accept": "text/html"}))
        config = good(await self._client.get("/config")).json()
        names = {one["id"]: one["props"].get("elem_id") or "" for one in config["components"]}
        for event in config["dependencies"]:
            for target, trigger in event["targets"]:
                self._events[names.get(target, ""), trigger] = event
            if any(trigger == "load" for _, trigger in event["targets"]):
                self._loads.append(event)
        self._alive = asyncio.create_task(self._stay())
        asked = {await self._join(event, [None] * len(event["inputs"]), None, query): Seen() for event in self._loads}
        async with aclosing(self._pictures(asked)) as pictures:
            async for _ in pictures:
                pass
        return max(asked.values(), key=lambda seen: len(seen.text) if conversation in seen.text else 0)

    async def close(self) -> None:
        """Leave the page, as a browser does that closes it or loads it anew."""
        if self._alive is not None:
            self._alive.cancel()
            with suppress(asyncio.CancelledError):
                await self._alive

    async def do(
        self, where: str, trigger: str, data: Sequence[Any] = (), *, leave_after: int = 0, stop_after: int = 0
    ) -> Seen:
        """An event of the component with that id, to its end.

        With `leave_after` the connection is dropped after so many pictures; with `stop_after` Stop is pressed then.

        Raises:
            PageError: it was answered with an error.
        """
        return await self._run(self._events[where, trigger], list(data), None, leave_after, stop_after)

    async def click(
        self,
        action: str,
        value: str = "",
        data: Sequence[Any] = (),
        *,
        answer: str = "",
    ) -> Seen:
        """A press of one of the page's own buttons.

        Raises:
            PageError: it was answered with an error.
        """
        return await self._run(self._events["bridge", action], list(data), {"value": value, "answer": answer}, 0, 0)

    async def _run(
        self, event: dict[str, Any], data: list[Any], event_data: Any, leave_after: int, stop_after: int
    ) -> Seen:
        if not event["queue"]:
            seen = Seen()
            body = self._body(event, data, event_data)
            answer = good(await self._client.post(f"{API}/run/predict", json=body, timeout=EVENT_SECONDS))
            seen.take(answer.json()["data"], is_whole=True)
            return seen
        asked = {await self._join(event, data, event_data, {}): Seen()}
        (seen,) = asked.values()
        async with aclosing(self._pictures(asked)) as pictures:
            async for _ in pictures:
                if leave_after and seen.pictures >= leave_after:
                    break
                if stop_after and seen.pictures == stop_after:
                    await self.do("stop", "click")
        return seen

    async def _join(self, event: dict[str, Any], data: list[Any], event_data: Any, query: dict[str, str]) -> str:
        """The id of an event that waits in the queue."""
        body = self._body(event, data, event_data)
        return str(good(await self._client.post(f"{API}/queue/join", json=body, params=query)).json()["event_id"])

    def _body(self, event: dict[str, Any], data: list[Any], event_data: Any) -> dict[str, Any]:
        whole = data + [None] * (len(event["inputs"]) - len(data))
        return {
            "data": whole,
            "fn_index": event["id"],
            "session_hash": self._session,
            "event_data": event_data,
            "trigger_id": None,
        }

    async def _pictures(self, asked: dict[str, Seen]) -> AsyncGenerator[None, None]:
        """Yields at each picture of these events until all have ended."""
        waiting, query = set(asked), {"session_hash": self._session}
        async with self._client.stream("GET", f"{API}/queue/data", params=query, timeout=EVENT_SECONDS) as answer:
            good(answer)
            async for line in answer.aiter_lines():
                if not line.startswith("data: "):
                    continue
                message = json.loads(line[len("data: ") :])
                event = message.get("event_id")
                match message["msg"]:
                    case "process_generating" if event in asked:
                        asked[event].take(message["output"]["data"], is_whole=not asked[event].pictures)
                    case "process_completed" if event in asked:
                        waiting.discard(event)
                        if not message["success"]:
                            raise PageError(str(message["output"])[:300])
                        if not asked[event].pictures:
                            asked[event].take(message["output"]["data"], is_whole=True)
                    case "unexpected_error":
                        raise PageError(str(message)[:300])
                    case "close_stream":
                        break
                    case _:
                        continue
                yield
        if waiting:
            raise PageError("The stream ended before its events.")

    async def _stay(self) -> None:
        """The connection by which the server knows that the page is open."""
        path = f"{API}/heartbeat/{self._session}"
        async with self._client.stream("GET", path, timeout=None) as answer:
            async for _ in answer.aiter_bytes():
                pass


def good(answer: httpx.Response) -> httpx.Response:
    """The answer itself.

    Raises:
        PageError: its status is an error.
    """
    if answer.status_code >= 400:
        raise PageError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
    return answer


def buttons(text: str, name: str) -> list[str]:
    """The values of the buttons of that name, in order."""
    found = []
    for tag in _BUTTON.findall(text):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if attributes.get("name") == name:
            found.append(html.unescape(attributes.get("value", "")))
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for one in values for text in _texts(one)]
