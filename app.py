"""Starts the page: `python app.py`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType

from errors import SettingsError, StudyError
from settings import Settings
from ui.accounts.policy import login_is_on
from ui.accounts.users import UserFile
from ui.launch import check_address, check_home, prepare_environment, serve
from ui.logs import start_log
from ui.services import build_services

logger = logging.getLogger("app")


def main() -> int:
    """0 after a clean end, 2 when the page cannot be started."""
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
    if login_is_on(settings.login, settings.host, UserFile(settings.home).users()):
        raise SettingsError("The login is not served yet.", hint="Set STUDY_LOGIN=off and leave STUDY_HOST unset.")
    check_address(settings.host, settings.port)
    prepare_environment(settings.home)
    services = build_services(settings)
    try:
        page, address = serve(services, settings.host, settings.port, requests_per_minute=settings.requests_per_minute)
        try:
            services.start()
            _say(f"Study assistant: {address}")
            _say(f"Data and log are in {log.parent.parent if log else settings.home}. Ctrl-C ends it.")
            threading.Event().wait()
        finally:
            _say("Closing.")
            page.close(verbose=False)
    finally:
        services.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
