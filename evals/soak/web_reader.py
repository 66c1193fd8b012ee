"""A reader of the page over plain HTTP, who can send what no browser would: any path, any header, any event.

Paths go out as they are written, which is why this stands on `http.client`: other clients tidy them up.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from evals.soak.event_stream import answer_of

API = "/gradio_api"
WAIT_SECONDS = 30.0
MOST_LINES = 4_000
"""Read of one stream of events."""
_ENDS = ("process_completed", "close_stream", "unexpected_error")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    text: str
    """The body, byte for byte as Latin-1, so that nothing in it is lost."""


@dataclass
class Heard:
    """Looks for secrets in all that any reader hears."""

    secrets: Sequence[str] = ()
    replies: int = 0
    leaks: list[str] = field(default_factory=list)

    def hear(self, asked: str, text: str) -> None:
        """Note which secret stands in an answer."""
        self.replies += 1
        self.leaks += [f"{secret[:12]}… in the answer to {asked}" for secret in self.secrets if secret in text]


class Reader:
    """One reader with their own cookie; connections are kept as long as they hold."""

    def __init__(self, address: str, heard: Heard) -> None:
        parts = urlsplit(address)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.cookie = ""
        self._heard = heard
        self._connection: http.client.HTTPConnection | None = None
        self._events: dict[tuple[str, str], dict[str, Any]] = {}
        self.endpoints: dict[str, int] = {}
        """The numbers of the named endpoints, once the events are known."""
        self._empty: dict[int, Any] = {}
        """What stands in a component that nobody touched, by its number."""

    @property
    def name(self) -> str:
        """As it stands in a `Host` header."""
        return f"{self.host}:{self.port}"

    def ask(
        self,
        method: str,
        target: str,
        body: bytes | str = b"",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    ) -> Reply:
        """The answer to a request; a header that is named takes the place of the usual one."""
        sent = list(headers.items() if isinstance(headers, Mapping) else headers)
        with self._begun(method, target, body, sent) as response:
            text = response.read().decode("latin-1")
            reply = Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
        self._heard.hear(f"{method} {target[:80]}", text + str(reply.headers))
        return reply

    def get(self, target: str, **headers: str) -> Reply:
        """The answer to a GET."""
        return self.ask("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, target: str, values: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to a POST of JSON."""
        return self.ask("POST", target, json.dumps(values), {**JSON, **(headers or {})})

    def log_in(self, name: str, password: str) -> Reply:
        """Log in, and keep the cookie."""
        reply = self.ask("POST", "/login", urlencode({"username": name, "password": password}), FORM)
        self.cookie = reply.headers.get("set-cookie", "").partition(";")[0]
        return reply

    def upload(self, name: str, content: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to an upload of one file of that name, which stands in the form as it is."""
        body, kind = form_of([(name, content)])
        return self.ask("POST", f"{API}/upload", body, {"Content-Type": kind, **(headers or {})})

    def uploaded(self, name: str, content: bytes) -> str:
        """The path of an upload that is taken."""
        return str(json.loads(self.upload(name, content).text)[0])

    def call(self, endpoint: str, **arguments: Any) -> str:
        """What an endpoint gives, as text."""
        begun = self.post(f"{API}/call/v2/{endpoint}", arguments)
        if begun.status != 200:
            return begun.text
        return self.stream(f"{API}/call/v2/{endpoint}/{json.loads(begun.text)['event_id']}")

    def value_of(self, endpoint: str, **arguments: Any) -> Any:
        """What an endpoint gives, as plain values."""
        return answer_of(self.call(endpoint, **arguments))

    def actions(self) -> list[str]:
        """The names of the page's own buttons."""
        return sorted(trigger for where, trigger in self.events() if where == "bridge")

    def events(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The page's events, by the component's id in the page and what happens to it."""
        if not self._events:
            config = json.loads(self.get("/config").text)
            names = {one["id"]: one["props"].get("elem_id") or "" for one in config["components"]}
            self._empty = {one["id"]: "" if one["type"] == "textbox" else None for one in config["components"]}
            self.endpoints = {one["api_name"]: int(one["id"]) for one in config["dependencies"] if one["api_name"]}
            for event in config["dependencies"]:
                for target, trigger in event["targets"]:
                    self._events[names.get(target, ""), trigger] = event
        return self._events

    def click(self, action: str, value: str, answer: str = "", data: Sequence[Any] = ()) -> str:
        """All that a press of one of the page's own buttons makes the page show."""
        return self.do("bridge", action, data, {"value": value, "answer": answer})

    def do(
        self, where: str, trigger: str, data: Sequence[Any], told: Any = None, query: Mapping[str, str] | None = None
    ) -> str:
        """All that an event makes the page show, as it was sent."""
        event, session = self.events()[where, trigger], uuid4().hex
        body = {
            "data": [*data, *(self._empty.get(one) for one in event["inputs"][len(data) :])],
            "fn_index": event["id"],
            "session_hash": session,
            "event_data": told,
            "trigger_id": None,
        }
        if not event["queue"]:
            return self.post(f"{API}/run/predict", body).text
        joined = self.post(f"{API}/queue/join?{urlencode(query or {})}", body)
        return self.stream(f"{API}/queue/data?session_hash={session}") if joined.status == 200 else joined.text

    def stream(self, target: str) -> str:
        """What a stream of events says until an event in it is completed, it ends, or half a minute is over."""
        lines: list[str] = []
        until = time.monotonic() + WAIT_SECONDS
        with self._begun("GET", target, b"", []) as response, suppress(http.client.HTTPException, OSError):
            for _ in range(MOST_LINES):
                line = response.readline().decode("latin-1")
                lines.append(line)
                is_last = bool(lines[1:]) and lines[-2].startswith(("event: complete", "event: error"))
                if not line or is_last or time.monotonic() > until or any(one in line for one in _ENDS):
                    break
        self.close()  # the rest of it is not read
        self._heard.hear(f"GET {target[:80]}", "".join(lines))
        return "".join(lines)

    def close(self) -> None:
        """Give the connection up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begun(
        self, method: str, target: str, body: bytes | str, headers: list[tuple[str, str]]
    ) -> http.client.HTTPResponse:
        named = {name.lower() for name, _ in headers}
        data = body.encode() if isinstance(body, str) else body
        usual = [("Host", self.name), ("Cookie", self.cookie), ("Content-Length", str(len(data)) if data else "")]
        whole = [*[one for one in usual if one[1] and one[0].lower() not in named], *headers]
        for is_last in (False, True):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self.host, self.port, timeout=WAIT_SECONDS)
            try:
                self._connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in whole:
                    self._connection.putheader(name, value.encode("utf-8"))
                self._connection.endheaders()
                with suppress(BrokenPipeError, ConnectionResetError):  # an answer may come before all of it is sent
                    self._connection.send(data)
                return self._connection.getresponse()
            except (http.client.HTTPException, OSError):
                self.close()
                if is_last:
                    raise
        raise AssertionError("unreachable")


def form_of(files: Sequence[tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form with these files, and its content type; names stand in it as they are."""
    edge = uuid4().hex
    parts = b"".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        "Content-Type: text/markdown\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files
    )
    return parts + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
