"""An arXiv on the loopback interface that fails as it is told to, and notes what it is asked.

The form of its feeds is that of https://info.arxiv.org/help/api/user-manual.html.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Literal

Kind = Literal[
    "",
    "429",
    "429 with a pause",
    "503",
    "stall",
    "stall in the body",
    "cut",
    "dropped",
    "empty page",
    "malformed",
    "web page",
    "redirect to another host",
    "redirect to loopback",
    "redirect in a circle",
]
STALL_SECONDS = 30.0
PDF_BYTES = 200_000
PAPER = "2401.00001"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    path: str
    at_seconds: float
    """On the clock that the server was given."""
    sent_range: str
    """The header `Range`."""


@dataclass
class FailingArxiv:
    """One paper, its record and its PDF."""

    clock: Callable[[], float] = time.monotonic
    kind: Kind = ""
    times: int = 0
    """So many requests are still spoiled."""
    asked: list[Asked] = field(default_factory=list)
    sent_bytes: int = 0
    """Of PDFs, all together."""
    elsewhere: str = "http://127.0.0.1:9"
    """Where redirects to loopback lead."""
    released: threading.Event = field(default_factory=threading.Event)
    pdf: bytes = b"%PDF-1.7\n" + Random(1).randbytes(PDF_BYTES)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, kind: Kind, times: int) -> None:
        """Spoil the next requests, and forget what was asked so far."""
        self.released.set()
        self.released = threading.Event()
        self.kind, self.times, self.asked, self.sent_bytes = kind, times, [], 0

    def take(self, path: str, sent_range: str) -> Kind:
        """Note a request; what is to be done to it."""
        with self.lock:
            self.asked.append(Asked(path, self.clock(), sent_range))
            if self.times <= 0:
                return ""
            self.times -= 1
            return self.kind


@contextmanager
def failing_arxiv(clock: Callable[[], float] = time.monotonic) -> Iterator[FailingArxiv]:
    """A server without faults so far."""
    arxiv = FailingArxiv(clock)
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"arxiv": arxiv}))
    http.daemon_threads = True
    arxiv.url = f"http://127.0.0.1:{http.server_address[1]}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield arxiv
    finally:
        arxiv.released.set()
        http.shutdown()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    arxiv: FailingArxiv

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer, or fail."""
        kind = self.arxiv.take(self.path, self.headers.get("Range", ""))
        is_feed = self.path.startswith("/api/query")
        try:
            if is_feed and kind in {"", "stall in the body", "cut", "empty page", "malformed"}:
                body = feed(has_entry=kind != "empty page")
                self._send(body[:-60] if kind == "malformed" else body, "application/atom+xml", {}, kind)
            elif not is_feed and kind in {"", "stall in the body", "cut"}:
                self._pdf(kind)
            else:
                self._fail(kind)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _pdf(self, kind: Kind) -> None:
        whole, asked = self.arxiv.pdf, self.headers.get("Range", "")
        begin = int(asked.removeprefix("bytes=").removesuffix("-") or 0) if asked else 0
        headers = {"ETag": '"one"', "Accept-Ranges": "bytes"}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(whole) - 1}/{len(whole)}"
        sent = self._send(whole[begin:], "application/pdf", headers, kind, 206 if begin else 200)
        self.arxiv.sent_bytes += sent

    def _fail(self, kind: Kind) -> None:
        match kind:
            case "429" | "503":
                self._send(b"Not now.", "text/html", {}, "", int(kind))
            case "429 with a pause":
                self._send(b"Not now.", "text/html", {"Retry-After": "20"}, "", 429)
            case "redirect to another host":
                self._send(b"", "text/html", {"Location": "https://arxiv.example/paper.pdf"}, "", 302)
            case "redirect to loopback":
                self._send(b"", "text/html", {"Location": f"{self.arxiv.elsewhere}/secret"}, "", 302)
            case "redirect in a circle":
                self._send(b"", "text/html", {"Location": self.path}, "", 301)
            case "stall":
                self.arxiv.released.wait(STALL_SECONDS)
            case "dropped":
                return
            case _:
                self._send(b"<!DOCTYPE html><html><body>Are you human?</body></html>", "text/html", {}, "")

    def _send(self, body: bytes, kind: str, headers: Mapping[str, str], fault: Kind, status: int = 200) -> int:
        """Send an answer, half of it for some faults; the bytes that went out."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        part = body[: len(body) // 2] if fault in {"stall in the body", "cut"} else body
        self.wfile.write(part)
        self.wfile.flush()
        if fault == "stall in the body":
            self.arxiv.released.wait(STALL_SECONDS)
        return len(part)


def feed(*, has_entry: bool) -> bytes:
    """The answer to every question; arXiv sometimes counts a paper and leaves it out."""
    entry = (
        f"<entry><id>http://arxiv.org/abs/{PAPER}v1</id><title>Small Models</title>"
        "<updated>2024-01-03T12:00:00Z</updated><published>2024-01-03T12:00:00Z</published>"
        "<summary>We study small models.</summary><author><name>Ada Byron</name></author>"
        '<category term="cs.CL"/><arxiv:primary_category term="cs.CL"/></entry>'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        "<id>http://arxiv.org/api/ours</id><title>A feed of our own</title><updated>2026-01-01T00:00:00Z</updated>"
        "<opensearch:totalResults>1</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex>"
        f"<opensearch:itemsPerPage>1</opensearch:itemsPerPage>{entry if has_entry else ''}</feed>"
    ).encode()
