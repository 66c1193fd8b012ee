"""The service over HTTP on this computer: POST /ask, POST /confirm, GET /health, GET /metrics."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from guard import BODY_BYTES  # noqa: F401
from service import Response, Service  # noqa: F401


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
        raise NotImplementedError

    def start(self) -> None:
        """Answer requests from now on, in threads of their own."""
        raise NotImplementedError

    def stop(self, grace_seconds: float = 5.0) -> bool:
        """Let running requests end, then stop listening; whether all ended within the grace."""
        raise NotImplementedError


def handler_for(service: Service) -> type[BaseHTTPRequestHandler]:
    """A handler class that passes requests on to the service; 404, 411 and 413 are decided here."""
    raise NotImplementedError
