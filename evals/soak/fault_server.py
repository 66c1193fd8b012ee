"""A model's server on the loopback interface that fails as it is told to: Ollama's protocol and OpenAI's.

The wire formats are those of https://github.com/ollama/ollama/blob/main/docs/api.md and
https://platform.openai.com/docs/api-reference/chat, as far as the tutor's providers use them.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

MODEL = "faulty:1b"
Kind = Literal[
    "",
    "refused",
    "missing",
    "status-500",
    "status-429",
    "stall-before",
    "cut-before",
    "stall-within",
    "cut-json",
    "wrong-arguments",
    "unknown-tool",
    "tool-loop",
    "empty",
    "refusal",
    "overlong",
    "endless",
]
HEALTHY = "All is well again."
REFUSED = "I'm sorry, but I can't help with that."
STALL_SECONDS = 60.0
TRICKLE_SECONDS = 0.05
GOOD_CALL = ("search_library", {"query": "the fox"})
OVERLONG = (
    "the input length exceeds the context length",
    "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens.",
    "the request exceeds the available context size, try increasing it",
)
WRONG_ARGUMENTS: tuple[dict[str, Any], ...] = (
    {},
    {"words": "fox"},
    {"query": {"deep": ["fox"]}},
    {"query": None},
    {"query": "fox", "limit": "many"},
)
OPENAI_RUBBISH = (
    b'data: {"choices":[{"del',
    b'data: {"',
    b"data: \xff\xfe not even text\n\n",
    b'data: {"choices": null}\n\n',
    b'data: "words"\n\n',
    b"<html><body>Bad gateway</body></html>\n\n",
)
OLLAMA_RUBBISH = (
    b'{"model":"faulty","message":{"ro',
    b'{"',
    b"\xff\xfe not even text\n",
    b'{"message": "words"}\n',
    b'"words"\n',
    b"<html><body>Bad gateway</body></html>\n",
)
"""What a stream breaks off with: half an object, no text at all, JSON of another form, a web page."""
UNKNOWN_TOOLS = ("search_the_web", "", "python", "SEARCH-LIBRARY", "write_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What the next calls of the model come to."""

    kind: Kind = ""
    after: int = 0
    """So many calls before it are answered well, with a call of a tool."""
    times: int = 1_000_000
    """So many calls are spoiled; then all is well."""
    is_loading: bool = False
    """Spoils what Ollama is asked about the model, with which a turn begins, in place of the calls."""
    variant: int = 0
    """Chooses the words, arguments and headers of the fault."""


@dataclass
class FaultServer:
    """Listens until it is closed, or refuses connections in between."""

    fault: Fault = field(default_factory=Fault)
    calls: list[float] = field(default_factory=list)
    """When each request for an answer came since the last `arm`, in seconds of `time.monotonic`."""
    asked: int = 0
    """So often Ollama was asked about the model since then."""
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _http: ThreadingHTTPServer | None = None

    def arm(self, fault: Fault) -> None:
        """Fail in this way from now on; what was silent goes on."""
        self.released.set()
        self.released = threading.Event()
        self.fault, self.calls, self.asked = fault, [], 0
        if fault.kind == "refused" and not fault.after:
            self.close()
        else:
            self.listen()

    def heal(self) -> None:
        """Fail no more; what is silent stays so."""
        self.fault = Fault()
        self.listen()

    def listen(self) -> None:
        """Take connections, always at the same port."""
        if self._http is not None:
            return
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), type("Handler", (_Handler,), {"faults": self}))
        self._http.daemon_threads = True
        self.port = int(self._http.server_address[1])
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections; those that are open go on."""
        http, self._http = self._http, None
        if http is not None:
            http.shutdown()
            http.server_close()


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """A server without faults so far."""
    server = FaultServer()
    server.listen()
    try:
        yield server
    finally:
        server.released.set()
        server.close()


class _Handler(BaseHTTPRequestHandler):
    faults: FaultServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer a call of the model, or a question about it."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        try:
            if self.path == "/api/show":
                self._show(body)
            else:
                self._chat(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _show(self, body: Mapping[str, Any]) -> None:
        fault = self.faults.fault
        self.faults.asked += 1
        if fault.is_loading and self.faults.asked <= fault.times:
            self._fail(body, fault)
            return
        if fault.kind == "missing" and not fault.after:
            self._json(404, {"error": f"model '{MODEL}' not found"})
            return
        information = {"general.architecture": "llama", "llama.context_length": 131_072}
        self._json(200, {"capabilities": ["completion", "tools"], "model_info": information, "details": {}})

    def _chat(self, body: Mapping[str, Any]) -> None:
        faults, fault = self.faults, self.faults.fault
        faults.calls.append(time.monotonic())
        place = len(faults.calls) - 1
        if not fault.kind or fault.is_loading or place >= fault.after + fault.times:
            self._say(body, HEALTHY)
        elif place < fault.after:
            if fault.kind == "refused" and place == fault.after - 1:
                faults.close()
            self._say(body, "", GOOD_CALL)
        else:
            self._fail(body, fault)

    def _fail(self, body: Mapping[str, Any], fault: Fault) -> None:
        match fault.kind:
            case "missing":
                self._error(404, f"model '{MODEL}' not found")
            case "status-500":
                self._error((500, 502, 503)[fault.variant % 3], "llama runner process has terminated")
            case "status-429":
                wait = (None, "1", "45", "Wed, 21 Oct 2037 07:28:00 GMT", "soon")[fault.variant % 5]
                self._error(429, "too many requests", {} if wait is None else {"Retry-After": wait})
            case "overlong":
                self._error(400, OVERLONG[fault.variant % len(OVERLONG)])
            case "stall-before":
                self._rest()
            case "cut-before":
                self.close_connection = True
            case "stall-within" | "cut-json" | "endless":
                self._break(body, fault.kind)
            case _:
                self._misbehave(body, fault)

    def _misbehave(self, body: Mapping[str, Any], fault: Fault) -> None:
        """A whole answer that is none."""
        match fault.kind:
            case "wrong-arguments":
                self._say(body, "", ("search_library", WRONG_ARGUMENTS[fault.variant % len(WRONG_ARGUMENTS)]))
            case "unknown-tool":
                self._say(body, "", (UNKNOWN_TOOLS[fault.variant % len(UNKNOWN_TOOLS)], {"query": "fox"}))
            case "tool-loop":
                varied = {"query": f"the fox {len(self.faults.calls) if fault.variant % 2 else ''}"}
                self._say(body, "Let me look." if fault.variant % 3 else "", ("search_library", varied))
            case "refusal":
                self._say(body, REFUSED)
            case _:
                self._say(body, ("", " ", "\n\n", "\u200b")[fault.variant % 4])

    # What goes over the wire

    def _say(self, body: Mapping[str, Any], text: str, call: tuple[str, dict[str, Any]] | None = None) -> None:
        if not body.get("stream", not self._is_openai):
            self._json(200, _openai_whole(text, call) if self._is_openai else _ollama_piece(text, call, done=True))
            return
        self._begin_stream()
        for word in text.split(" ") if text else []:
            self._piece(word + (" " if word else ""))
        self._end_stream(call)

    def _break(self, body: Mapping[str, Any], kind: Kind) -> None:
        """A stream that begins well."""
        self._begin_stream()
        self._piece("The fox ")
        if kind == "stall-within":
            self._rest()
        elif kind == "endless":
            until = time.monotonic() + STALL_SECONDS
            while time.monotonic() < until and not self.faults.released.wait(TRICKLE_SECONDS):
                self._piece("and ")
        else:
            pieces = OPENAI_RUBBISH if self._is_openai else OLLAMA_RUBBISH
            self._chunk(pieces[self.faults.fault.variant % len(pieces)])
            self._chunk(b"")
        self.close_connection = True

    def _rest(self) -> None:
        self.faults.released.wait(STALL_SECONDS)
        self.close_connection = True

    @property
    def _is_openai(self) -> bool:
        return self.path.endswith("/chat/completions")

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if self._is_openai else "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _piece(self, text: str) -> None:
        self._line(_openai_piece({"content": text}) if self._is_openai else _ollama_piece(text, None, done=False))

    def _end_stream(self, call: tuple[str, dict[str, Any]] | None) -> None:
        if not self._is_openai:
            self._line(_ollama_piece("", call, done=True))
        else:
            self._line(_openai_piece({"tool_calls": [{"index": 0, **_openai_call(call)}]} if call else {}))
            self._line(_openai_piece({}, "tool_calls" if call else "stop"))
            self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _line(self, value: Any) -> None:
        text = json.dumps(value).encode()
        self._chunk(b"data: " + text + b"\n\n" if self._is_openai else text + b"\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):X}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _error(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        error: Any = {"message": words, "type": "fault", "code": None} if self._is_openai else words
        self._json(status, {"error": error}, headers)

    def _json(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        for name, content in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, content)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _ollama_piece(text: str, call: tuple[str, dict[str, Any]] | None, *, done: bool) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if call:
        message["tool_calls"] = [{"function": {"name": call[0], "arguments": call[1]}}]
    end = {"done_reason": "stop", "prompt_eval_count": 40, "eval_count": 4} if done else {}
    return {"model": MODEL, "created_at": "2026-01-02T03:04:05.678901Z", "message": message, "done": done, **end}


def _openai_call(call: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    name, arguments = call
    return {"id": "call_1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def _openai_piece(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}


def _openai_whole(text: str, call: tuple[str, dict[str, Any]] | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, **({"tool_calls": [_openai_call(call)]} if call else {})}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]}
