"""Serves the protocol: over standard input and output, or over HTTP to this machine alone."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

from errors import PortInUseError, SettingsError

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from agent.mcp.rooms import StudyRooms

HOST = "127.0.0.1"
PORT = 7870
PATH = "/mcp"
MOST_BODY_BYTES = 256 * 1024
"""No call of ours is longer: an answer of a quiz has 10,000 characters at most."""


def serve_stdio(rooms: StudyRooms) -> None:
    """Serve one client until it closes our input. Only the protocol is written to standard output.

    Ctrl-C ends the process at once: the thread that waits for the next line could not be woken, and nothing is lost,
    as each answer is on disk when it is acknowledged.
    """
    from agent.mcp.server import build_server

    if sys.stdin.isatty():
        sys.stderr.write("Waiting for a program that speaks MCP on standard input; Ctrl-C ends this.\n")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    rooms.start()
    try:
        build_server(rooms).run("stdio")
    finally:
        rooms.close()


def serve_http(rooms: StudyRooms, host: str = HOST, port: int = PORT) -> None:
    """Serve this machine over streamable HTTP until Ctrl-C; `port` 0 takes a free one. The address is printed.

    Raises:
        SettingsError: the host is open to other machines, or the port cannot be used.
        PortInUseError: another program listens there.
    """
    import uvicorn

    from agent.mcp.server import build_server

    with _listening(host, port) as listener:
        taken = int(listener.getsockname()[1])
        server = uvicorn.Server(
            uvicorn.Config(http_app(build_server(rooms), taken), log_config=None, access_log=False, lifespan="on")
        )
        rooms.start()
        try:
            shown = f"[{host}]" if ":" in host else host
            sys.stdout.write(f"MCP server: http://{shown}:{taken}{PATH}  Ctrl-C ends it.\n")
            sys.stdout.flush()
            server.run(sockets=[listener])
        finally:
            rooms.close()


def http_app(server: MCPServer[Any], port: int) -> Any:
    """The ASGI application.

    A web page in the learner's browser can reach this machine, also by a name of its own that it lets point here. So
    requests count only when they call us by a name of this machine, and come from no page of another origin. Every
    request stands for itself: nothing is kept between two, so no client sees what another did.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    names = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    return server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        max_request_body_size=MOST_BODY_BYTES,
        transport_security=TransportSecuritySettings(
            allowed_hosts=names, allowed_origins=[f"http://{name}" for name in names]
        ),
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    if not is_loopback(host):
        raise SettingsError(
            f"The MCP server has no login, so it is not served to other machines (--host {host}).",
            hint="Leave --host out and reach this machine through an SSH tunnel.",
        )
    if not 0 <= port <= 65535:
        raise SettingsError(f"There is no port {port}.", hint="Choose one below 65536, e.g. --port 7871.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except PermissionError as error:
        raise SettingsError(f"Port {port} needs administrator rights.", hint="Choose one above 1023.") from error
    except OSError as error:
        raise PortInUseError(
            f"Port {port} is in use by another program.", hint=f"Stop it, or choose another: --port {port + 1}."
        ) from error
