"""An Ollama server on the loopback that answers from a script, for tests.

It follows the wire format of https://github.com/ollama/ollama/blob/main/docs/api.md and, for errors, thinking
and tool calls, docs/api/errors.mdx, docs/capabilities/thinking.mdx and docs/capabilities/tool-calling.mdx of
the same repository: newline-delimited JSON while streaming, a last object with `done`, `done_reason` and
counts, durations in nanoseconds, `{"error": …}` with a status before the stream and as an object in it.

Tool calls are tested against this server alone: the independent server of `test_agent_ollama_independent.py`
drops them.
"""

import json
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CREATED_AT = "2026-01-02T03:04:05.678901Z"


@dataclass
class Pulled:
    """One model as `/api/tags` and `/api/show` describe it."""

    name: str = "llama3.2:3b"
    size: int = 2_019_393_189
    capabilities: tuple[str, ...] | None = ("completion", "tools")
    context_length: int = 131_072
    family: str = "llama"
    parameter_size: str = "3.2B"
    remote_host: str = ""

    @property
    def details(self):
        return {
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": self.parameter_size,
            "quantization_level": "Q4_K_M",
        }

    def as_tag(self):
        remote = {"remote_host": self.remote_host, "remote_model": self.name} if self.remote_host else {}
        return {
            "name": self.name,
            "model": self.name,
            "modified_at": "2026-01-01T00:00:00.277302595-07:00",
            "size": self.size,
            "digest": "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72",
            "details": self.details,
            **remote,
        }

    def as_shown(self):
        shown = {
            "modelfile": f"FROM {self.name}",
            "parameters": 'stop "<|eot_id|>"',
            "template": "{{ .Prompt }}",
            "details": self.details,
            "model_info": {
                "general.architecture": self.family,
                f"{self.family}.context_length": self.context_length,
                f"{self.family}.embedding_length": 3072,
            },
            "modified_at": "2026-01-01T00:00:00.277302595-07:00",
        }
        return shown if self.capabilities is None else {**shown, "capabilities": list(self.capabilities)}


@dataclass
class Reply:
    """One scripted answer to `/api/chat` or `/api/generate`. Only what is set is sent."""

    text: str = ""
    thinking: str = ""
    calls: list[tuple[str, dict]] = field(default_factory=list)
    """Tool calls: name and arguments (an object on the wire, not a string)."""
    status: int = 200
    error: str = ""
    """With a status of 200 it comes as an object in mid-stream, after the text."""
    wait_before: float = 0.0
    """Seconds of silence before the first byte."""
    wait_within: float = 0.0
    """Seconds of silence after the first piece of text."""
    cut: str = ""
    """`json`: the stream ends inside an object; `reset`: the connection dies; `done`: no last object."""
    done_reason: str = "stop"
    prompt_tokens: int | None = None
    """None counts the request's characters by four, as a tokenizer would nearly do."""

    def pieces(self):
        """The message objects of the stream: thoughts, then words, then calls."""
        for word in _words(self.thinking):
            yield {"role": "assistant", "content": "", "thinking": word}
        for word in _words(self.text):
            yield {"role": "assistant", "content": word}
        if self.calls:
            yield {"role": "assistant", "content": "", "tool_calls": self.tool_calls()}

    def tool_calls(self):
        return [
            {"function": {"index": index, "name": name, "arguments": arguments}}
            for index, (name, arguments) in enumerate(self.calls)
        ]

    def whole(self):
        """The one message of an answer that is not streamed."""
        message = {"role": "assistant", "content": self.text}
        if self.thinking:
            message["thinking"] = self.thinking
        if self.calls:
            message["tool_calls"] = self.tool_calls()
        return message


def _words(text):
    """The text in pieces that end with their space, as tokens do."""
    return [word + " " for word in text.split(" ")[:-1]] + [text.split(" ")[-1]] if text else []


class OllamaServer:
    """The server, its pulled models, the script it answers from, and every request it got."""

    def __init__(self, *models):
        self.models = list(models) or [Pulled()]
        self.script = deque()
        self.requests = []
        """Pairs of path and body, in order of arrival."""
        self._released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"ollama": self}))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def say(self, *replies):
        """Put replies at the end of the script; a string is a reply of that text."""
        self.script.extend(Reply(text=reply) if isinstance(reply, str) else reply for reply in replies)

    def bodies(self, path="/api/chat"):
        """What was sent to one path."""
        return [body for asked, body in self.requests if asked == path]

    def find(self, name):
        """The pulled model of that name; no tag means `latest`."""
        wanted = name if ":" in name else f"{name}:latest"
        return next((model for model in self.models if wanted == model.name), None)

    def wait(self, seconds):
        """Be silent, but not after the test has ended."""
        self._released.wait(seconds)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    ollama: OllamaServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Keep the test's output clean."""

    def do_GET(self):
        self.ollama.requests.append((self.path, None))
        match self.path:
            case "/":
                self._send(200, b"Ollama is running", "text/plain; charset=utf-8")
            case "/api/version":
                self._json({"version": "0.32.9"})
            case "/api/tags":
                self._json({"models": [model.as_tag() for model in self.ollama.models]})
            case _:
                self._send(404, b"404 page not found", "text/plain")

    def do_POST(self):
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        except ValueError as error:
            self._json({"error": str(error)}, 400)
            return
        self.ollama.requests.append((self.path, body))
        answers = {
            "/api/show": self._show,
            "/api/chat": self._chat,
            "/api/generate": self._chat,
            "/api/embed": self._embed,
        }
        if self.path not in answers:
            self._send(404, b"404 page not found", "text/plain")
            return
        model = self.ollama.find(body.get("model") or "")
        if model is None:
            self._json({"error": f"model '{body.get('model')}' not found"}, 404)
            return
        try:
            answers[self.path](model, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _show(self, model, _body):
        self._json(model.as_shown())

    def _embed(self, model, body):
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        rows = [[float(len(text)), 1.0, 0.0] for text in texts]
        self._json({"model": model.name, "embeddings": rows, "total_duration": 14143917, "prompt_eval_count": 8})

    def _chat(self, model, body):
        if body.get("tools") and model.capabilities is not None and "tools" not in model.capabilities:
            self._json({"error": f"registry.ollama.ai/library/{model.name} does not support tools"}, 400)
            return
        if self.path == "/api/chat" and not body.get("messages"):
            message = {"role": "assistant", "content": ""}
            self._json({**self._head(model), "message": message, "done_reason": "load", "done": True})
            return
        reply = self.ollama.script.popleft() if self.ollama.script else Reply(status=500, error="script is over")
        self.ollama.wait(reply.wait_before)
        if reply.status != 200:
            self._json({"error": reply.error}, reply.status)
        elif body.get("stream", True):
            self._stream(model, body, reply)
        else:
            last = {**self._head(model), **self._message(reply.whole()), **self._receipt(body, reply)}
            self._json(last)

    def _stream(self, model, body, reply):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for index, piece in enumerate(reply.pieces()):
            self._line({**self._head(model), **self._message(piece), "done": False})
            if index == 0:
                self.ollama.wait(reply.wait_within)
        if reply.error:
            self._line({"error": reply.error})
        elif reply.cut == "json":
            self._chunk(b'{"model":"' + model.name.encode() + b'","message":{"role":"assi')
        elif reply.cut == "reset":
            self._reset()
            return
        elif reply.cut != "done":
            empty = self._message({"role": "assistant", "content": ""})
            self._line({**self._head(model), **empty, **self._receipt(body, reply)})
        self._chunk(b"")

    def _message(self, message):
        """A chat answer carries a message, a completion carries bare text."""
        return {"message": message} if self.path == "/api/chat" else {"response": message["content"]}

    def _head(self, model):
        return {"model": model.name, "created_at": CREATED_AT}

    def _receipt(self, body, reply):
        """Counts and nanoseconds of the last object. A prompt above the window is halved, as Ollama does."""
        window = body.get("options", {}).get("num_ctx", 4096)
        asked = reply.prompt_tokens or max(1, len(json.dumps(body.get("messages") or body.get("prompt"))) // 4)
        return {
            "done": True,
            "done_reason": reply.done_reason,
            "total_duration": 4883583458,
            "load_duration": 1334875,
            "prompt_eval_count": asked if asked <= window else window // 2 + 2,
            "prompt_eval_duration": 342546000,
            "eval_count": sum(1 for _ in reply.pieces()),
            "eval_duration": 4535599000,
        }

    def _line(self, value):
        self._chunk(json.dumps(value).encode() + b"\n")

    def _chunk(self, data):
        self.wfile.write(f"{len(data):X}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, value, status=200):
        self._send(status, json.dumps(value).encode(), "application/json; charset=utf-8")

    def _send(self, status, data, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _reset(self):
        """Kill the connection as a dying server does: no end of stream, a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RDWR)


def free_port():
    """A port on the loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SilentServer:
    """Takes connections and never says a word."""

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self._socket.close()
