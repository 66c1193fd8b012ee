"""When a login is asked for, and when the page must not be served at all."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from errors import SettingsError
from ui.accounts.users import User

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
HOW_TO_ADD = "Add a user first: python -m ui users add NAME."


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def login_is_on(setting: str, host: str, users: Sequence[User]) -> bool:
    """Whether readers log in: always beyond this machine; here when there are users, or when it is asked for.

    Raises:
        SettingsError: other machines could reach a page without a login, or there is nobody who could log in.
    """
    if not is_loopback(host):
        if setting == "off":
            raise SettingsError(
                f"Without a login the page is not served to other machines (STUDY_HOST={host}, STUDY_LOGIN=off).",
                hint=f"Leave STUDY_LOGIN unset. {'' if users else HOW_TO_ADD}".strip(),
            )
        if not users:
            raise SettingsError(
                f"Nobody could log in, so the page is not served to other machines (STUDY_HOST={host}).",
                hint=f"{HOW_TO_ADD} Or leave STUDY_HOST unset and reach this machine through an SSH tunnel.",
            )
        return True
    if setting == "on" and not users:
        raise SettingsError("Nobody could log in: there are no users (STUDY_LOGIN=on).", hint=HOW_TO_ADD)
    return setting == "on" or (setting == "auto" and bool(users))
