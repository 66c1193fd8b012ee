"""The service over HTTP on this computer: POST /ask, POST /confirm, GET /health, GET /metrics."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from guard import BODY_BYTES
from service import Response, Service


class Server:
    """A service that listens on 127.0.0.1; port 0 takes any free one."""

    def __init__(self, service: Service, port: int = 0) -> None:
        self.service = service
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler_for(service))
        self._server.daemon_threads = False  # closing waits until each answer has been sent
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, such as "http://127.0.0.1:8000"."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Answer requests from now on, in threads of their own."""
        self._thread.start()

    def stop(self, grace_seconds: float = 5.0) -> bool:
        """Let running requests end, then stop listening; whether all ended within the grace."""
        all_ended = self.service.close(grace_seconds)
        self._server.shutdown()
        self._thread.join()
        if all_ended:
            self._server.server_close()
        else:
            self._server.socket.close()
        return all_ended


def handler_for(service: Service) -> type[BaseHTTPRequestHandler]:
    """A handler class that passes requests on to the service; 404, 411 and 413 are decided here."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds a client may take to send its body

        def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
            if self.path == "/health":
                self._send(service.health())
            elif self.path == "/metrics":
                self._send(Response(200, dict(service.metrics.snapshot())))
            else:
                self._send(Response(404, {"error": "There is no such address."}))

        def do_POST(self) -> None:  # noqa: N802
            handle = {"/ask": service.ask, "/confirm": service.confirm}.get(self.path)
            length = self.headers.get("Content-Length", "")
            if handle is None:
                self._send(Response(404, {"error": "There is no such address."}))
            elif not length.isdecimal():
                self._send(Response(411, {"error": "Send a Content-Length."}))
            elif int(length) > BODY_BYTES:
                self._send(Response(413, {"error": f"At most {BODY_BYTES} bytes are allowed."}))
            else:
                self._send(handle(self.rfile.read(int(length))))

        def _send(self, response: Response) -> None:
            data = json.dumps(response.body).encode()
            self.send_response(response.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the service writes its own log."""

    return Handler
