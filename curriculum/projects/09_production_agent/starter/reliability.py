"""What keeps a service up: retries, time limits, a cache, a rate limit. Clock, sleep and chance come from outside."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


class TransientError(Exception):
    """A fault that may be gone at the next try, such as an overloaded model."""


def retry(
    call: Callable[[], Value],
    *,
    sleep: Callable[[float], None],
    chance: Callable[[], float],
    tries: int = 3,
    base_seconds: float = 0.5,
) -> Value:
    """The value of the call, tried again after a TransientError, `tries` times in all; then the error is raised.

    Before try n + 1 it sleeps base_seconds * 2 ** (n - 1) * (0.5 + chance() / 2): twice as long each time, and never
    all callers at the same moment. Every other exception is raised at once.
    """
    raise NotImplementedError


def within(call: Callable[[], Value], seconds: float) -> Value:
    """The value of the call, or TimeoutError once the time is over; an exception of the call is raised here.

    The call runs in a thread of its own. Python cannot end a thread: after the time it is left alone, and its value is
    thrown away.
    """
    raise NotImplementedError


class Cache:
    """Values by key: at most `size`, the one not used for longest goes first, none older than its lifetime."""

    def __init__(self, size: int, lifetime_seconds: float, clock: Callable[[], float]) -> None:
        self.size, self.lifetime_seconds, self.clock = size, lifetime_seconds, clock
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any | None:
        """The value of the key; None when there is none or it is too old."""
        raise NotImplementedError

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value from now on."""
        raise NotImplementedError


class RateLimiter:
    """A bucket of tokens for each user: `burst` at most, refilled by `per_second`."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float]) -> None:
        self.burst, self.per_second, self.clock = burst, per_second, clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, user: str) -> float:
        """0 and a token is taken, or the seconds until there is one."""
        raise NotImplementedError
