"""Logins that are under way. They live in memory: after a restart of the page everybody logs in again."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ui.accounts.users import User, UserFile

IDLE_SECONDS = 7 * 86_400.0
"""A login that was not used for so long is over."""
LONGEST_SECONDS = 30 * 86_400.0
"""A login is over after so long in any case."""
MOST_SESSIONS = 1_000
MOST_OF_USER = 20
"""Browsers and scripts of one user that are logged in at once; the one idle longest makes room."""


@dataclass(slots=True)
class _Session:
    user: User
    begun_at: float
    used_at: float


class Sessions:
    """Who is logged in. Tokens are kept as hashes only; safe to use from several threads."""

    def __init__(self, users: UserFile, *, now: Callable[[], float] = time.monotonic) -> None:
        self._users = users
        self._now = now
        self._lock = threading.Lock()
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()

    def open(self, user: User) -> str:
        """A new login's token: 256 random bits."""
        token, at = secrets.token_urlsafe(32), self._now()
        with self._lock:
            self._sessions[_digest(token)] = _Session(user, at, at)
            own = [key for key, session in self._sessions.items() if session.user.name == user.name]
            for key in own[: max(0, len(own) - MOST_OF_USER)]:
                del self._sessions[key]
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return token

    def user_of(self, token: str) -> User | None:
        """Whose login it is; None when it is over, the user was removed or has another password since.

        Raises:
            HomeError: the file of users cannot be read.
        """
        key, at = _digest(token), self._now()
        with self._lock:
            session = self._sessions.get(key)
        if session is None:
            return None
        is_over = at - session.used_at > IDLE_SECONDS or at - session.begun_at > LONGEST_SECONDS
        if is_over or self._users.find(session.user.name) != session.user:
            self.close(token)
            return None
        with self._lock:
            session.used_at = at
            if key in self._sessions:
                self._sessions.move_to_end(key)
        return session.user

    def close(self, token: str) -> None:
        """End a login; a second call does nothing."""
        with self._lock:
            self._sessions.pop(_digest(token), None)

    def __len__(self) -> int:
        return len(self._sessions)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
