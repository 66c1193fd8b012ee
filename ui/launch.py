"""Serves the page on this machine: address check, Gradio's settings, start and end."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import HomeError, PortInUseError, SettingsError
from ui.accounts.policy import LOOPBACK_NAMES

if TYPE_CHECKING:
    import gradio as gr
    from starlette.routing import Route

    from ui.services import Services

REQUESTS_PER_MINUTE = 6000
MOST_SESSIONS = 100
"""Of one page: Gradio remembers each page that was loaded and each call of an endpoint, by itself 10,000 of them. The
one goes that was longest without a request."""
REMEMBERED_EVENTS = 100
"""Gradio keeps how long each took, for a page of its own that is off."""


def check_home(home: Path) -> None:
    """Make the data folder and write to it once.

    Raises:
        HomeError: it cannot be made or written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".write-test-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise HomeError(
            f"The data folder {home} cannot be used: {error.strerror or error}.",
            hint="Choose another one, e.g. STUDY_HOME=~/study python app.py.",
        ) from error


def check_address(host: str, port: int) -> None:
    """See that the page can be served at this address.

    Raises:
        SettingsError: the host is not of this machine, or no port has that number.
        PortInUseError: another program listens there.
    """
    if port > 65535:
        raise SettingsError(f"There is no port {port}.", hint="Choose one below 65536, e.g. STUDY_PORT=7861.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise SettingsError(
                f"Port {port} needs administrator rights.", hint="Choose one above 1023, e.g. STUDY_PORT=7861."
            ) from error
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise SettingsError(
                    f"This machine has no address {host!r}.", hint="Leave STUDY_HOST unset, or set it to 0.0.0.0."
                ) from error
            raise PortInUseError(
                f"Port {port} is in use by another program.",
                hint=f"Stop it, or choose another port: STUDY_PORT={min(port + 1, 65535)} python app.py.",
            ) from error


def prepare_environment(home: Path) -> None:
    """Keep Gradio at home: no telemetry, uploads in the data folder, this machine reached without a proxy."""
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]  # they would open the page to others, show its code, or keep its start from coming back
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(home / "uploads")
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = str(REMEMBERED_EVENTS)
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)  # else a table of all is summed up after each event
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("MPLBACKEND", "agg")  # else Gradio's first event looks for a window to draw in, for 0.2 s
    for name in ("NO_PROXY", "no_proxy"):
        entries = [entry for entry in os.environ.get(name, "").split(",") if entry]
        os.environ[name] = ",".join(dict.fromkeys([*entries, *LOOPBACK_NAMES]))


def serve(
    services: Services, host: str, port: int, *, requests_per_minute: int = REQUESTS_PER_MINUTE
) -> tuple[gr.Blocks, str]:
    """The page of the one learner of this machine and its address; returns as soon as it can be opened.

    Raises:
        PortInUseError: another program took the port in the meantime.
    """
    from starlette.middleware import Middleware

    from ui.guard import Guard, GuardRules
    from ui.no_fetching import keep_from_fetching
    from ui.page import CONCURRENT_EVENTS, build_page
    from ui.request_rate import RequestRate

    keep_from_fetching()
    page = build_page(services)
    rules = GuardRules(
        rate=RequestRate(requests_per_minute),
        upload_megabytes=services.limits.upload_megabytes,
        own_names_only=True,
    )
    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            share=False,
            inbrowser=False,
            prevent_thread_lock=True,
            quiet=True,
            state_session_capacity=MOST_SESSIONS,
            max_threads=CONCURRENT_EVENTS,
            **gradio_settings(services),
            app_kwargs={"routes": own_routes(services), "middleware": [Middleware(Guard, rules=rules)]},
        )
    except OSError as error:
        raise PortInUseError(
            f"Port {port} cannot be used: {error}.", hint="Choose another port with STUDY_PORT."
        ) from error
    return page, address


def gradio_settings(services: Services) -> dict[str, Any]:
    """How Gradio serves a page, the only one or a user's: nothing of its own that calls out or hands out files."""
    from ui.theme import build_theme, page_head

    return {
        "show_error": True,
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "allowed_paths": [],
        "max_file_size": f"{services.limits.upload_megabytes}mb",
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "theme": build_theme(),
        "head": page_head(),
    }


def own_routes(services: Services) -> list[Route]:
    """The addresses beside Gradio's that belong to one learner's page."""
    from ui.document_files import document_route
    from ui.health import health_of, health_route
    from ui.own_data_file import own_data_route

    return [document_route(services), own_data_route(services), health_route(lambda: health_of(services))]
