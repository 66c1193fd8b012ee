"""Serves the page to several users, each logged in and kept apart from the others."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import PortInUseError
from ui.accounts.users import HOMES, UserFile
from ui.front import Front
from ui.garbage import leave_out_what_stays, look_everywhere
from ui.guard import Guard, GuardRules
from ui.households import Households
from ui.launch import REQUESTS_PER_MINUTE
from ui.login_door import LoginDoor
from ui.no_fetching import keep_from_fetching
from ui.own_tasks import keep_tasks_apart
from ui.request_rate import RequestRate
from ui.upload_folders import keep_uploads_apart

if TYPE_CHECKING:
    from ui.accounts.users import User
    from ui.health import Health
    from ui.services import Services

logger = logging.getLogger(__name__)

START_SECONDS = 30.0
GRACE_SECONDS = 2
"""At the end, answers that are still growing get so long."""
END_SECONDS = 25.0
NOBODY = "nobody"
"""Folder below those of the users; never made, so a request without a user finds no uploads."""


class ServedUsers:
    """The running server."""

    def __init__(self, server: Any, thread: threading.Thread) -> None:
        self._server = server
        self._thread = thread

    def close(self) -> None:
        """End the server, and close what is open of every user."""
        self._server.should_exit = True
        self._thread.join(END_SECONDS)


def serve_users(
    users: UserFile,
    home: Path,
    open_services: Callable[[User, Path], Services],
    host: str,
    port: int,
    *,
    upload_megabytes: int,
    open_users: int,
    health: Callable[[], Health],
    requests_per_minute: int = REQUESTS_PER_MINUTE,
) -> tuple[ServedUsers, str]:
    """The server and its address; returns as soon as it can be opened. `open_services` is called in a thread.

    Raises:
        PortInUseError: another program took the port in the meantime.
    """
    from ui.user_page import build_user_page

    keep_from_fetching()
    keep_uploads_apart(home / HOMES / NOBODY)
    keep_tasks_apart()
    households = Households(
        open_services,
        build_user_page,
        users.home_of,
        most_open=open_users,
        after_open=leave_out_what_stays,
        after_close=look_everywhere,
    )
    front = Front(LoginDoor(users, port), households, health)
    rules = GuardRules(
        rate=RequestRate(requests_per_minute),
        upload_megabytes=upload_megabytes,
        own_names_only=False,  # a name that points here by deceit has no cookie of ours, and gets the form
        identify=front.identify,
    )
    shown = f"[{host}]" if ":" in host else host
    return _run(Guard(front, rules), host, port), f"http://{shown}:{port}/"


def _run(app: Any, host: str, port: int) -> ServedUsers:
    """The server in a thread of its own; uvicorn believes `X-Forwarded-…` of a proxy on this machine only."""
    import uvicorn

    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()
    ends_at = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > ends_at:
            raise PortInUseError(f"Port {port} cannot be used.", hint="Choose another port with STUDY_PORT.")
        time.sleep(0.01)
    return ServedUsers(server, thread)
