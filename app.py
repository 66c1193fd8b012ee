"""Starts the page: `python app.py`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

from errors import StudyError
from settings import Settings
from ui.accounts.policy import login_is_on
from ui.accounts.users import UserFile
from ui.garbage import leave_out_what_stays, wait_for_garbage
from ui.health import Health, version
from ui.heap import give_back_for_ever, share_arenas
from ui.launch import check_address, check_home, prepare_environment, serve
from ui.logs import start_log
from ui.serve_users import serve_users
from ui.services import Services, build_services, build_shared
from ui.translation import choose_language

logger = logging.getLogger("app")

ROOMS_SECONDS = 60.0
"""So long at most is waited with looking for garbage until the library is open."""


def main() -> int:
    """0 after a clean end, 2 when the page cannot be started."""
    share_arenas()
    wait_for_garbage()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs begin with SIGINT ignored
        signal.signal(number, _interrupt)
    logging.getLogger().addHandler(logging.NullHandler())  # before there is a log, a fault is one sentence only
    try:
        run(Settings.from_environment())
    except StudyError as error:
        logger.error("The page did not start: %s", error.as_text(), exc_info=True)
        sys.stderr.write(f"{error.as_text()}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def run(settings: Settings) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        StudyError: a setting, the data folder or the address cannot be used.
    """
    check_home(settings.home)
    log = start_log(settings.home / "logs", settings.log_level, as_json=settings.log_format == "json")
    users = UserFile(settings.home)
    with_login = login_is_on(settings.login, settings.host, users.users())
    check_address(settings.host, settings.port)
    choose_language(settings.page_language)
    prepare_environment(settings.home)
    where = log.parent.parent if log else settings.home
    if with_login:
        _serve_users(settings, users, where)
    else:
        _serve_one(settings, where)


def _serve_one(settings: Settings, where: Path) -> None:
    services = build_services(settings)
    try:
        page, address = serve(services, settings.host, settings.port, requests_per_minute=settings.requests_per_minute)
        try:
            services.start()
            _wait(address, where, services)
        finally:
            page.close(verbose=False)
    finally:
        services.close()


def _serve_users(settings: Settings, users: UserFile, where: Path) -> None:
    shared, closing = build_shared(settings), threading.Event()
    if not shared.starter.is_there:  # so that the first user need not wait for it
        threading.Thread(target=shared.starter.prepare, args=[closing.is_set], name="starter", daemon=True).start()
    page, address = serve_users(
        users,
        settings.home,
        lambda user, home: build_services(replace(settings, home=home), shared),
        settings.host,
        settings.port,
        upload_megabytes=settings.upload_megabytes,
        open_users=settings.open_users,
        health=lambda: Health(
            library="ready" if shared.starter.is_there else "loading", model=settings.model, version=version()
        ),
        requests_per_minute=settings.requests_per_minute,
    )
    try:
        _say(f"Readers log in; {len(users.users())} can. More: python -m ui users add NAME.")
        _wait(address, where)
    finally:
        closing.set()
        page.close()


def _wait(address: str, where: Path, services: Services | None = None) -> None:
    """Tell where the page is, and stay until Ctrl-C."""
    _say(f"Study assistant: {address}")
    _say(f"Data and log are in {where}. Ctrl-C ends it.")
    try:
        if services is not None:
            with suppress(StudyError):  # the page tells it
                services.rooms(ROOMS_SECONDS)
        leave_out_what_stays()
        give_back_for_ever()
    finally:
        _say("Closing.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
