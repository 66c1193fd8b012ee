"""Failed logins are counted, by name and address, and after too many the next one has to wait."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

WINDOW_SECONDS = 900.0
"""A failure counts for so long."""
MOST_OF_PAIR = 5
"""Failures for one name from one address."""
MOST_OF_ADDRESS = 20
"""Failures from one address, whatever the names."""
MOST_OF_NAME = 100
"""Failures for one name, wherever from: high, since a stranger must not lock a user out by guessing."""
MOST_KEYS = 10_000
"""Names and addresses that are remembered at once; beyond that those that failed longest ago are forgotten."""

_Key = tuple[str, ...]


class Attempts:
    """Logins that failed lately. Safe to use from several threads."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failed: OrderedDict[_Key, deque[float]] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Seconds to wait; 0 lets one attempt go on, which counts as failed until `succeeded` is called.

        It counts beforehand, so that many at the same time are no way around the limit.
        """
        at = self._now()
        with self._lock:
            limits = self._limits(name, address)
            wait = max(self._wait(key, most, at) for key, most in limits)
            if wait <= 0:
                for key, most in limits:
                    self._failed.setdefault(key, deque(maxlen=most)).append(at)
                    self._failed.move_to_end(key)
                while len(self._failed) > MOST_KEYS:
                    self._failed.popitem(last=False)
        return max(0.0, wait)

    def succeeded(self, name: str, address: str) -> None:
        """Take the last attempt back, and what failed for this name from this address before."""
        with self._lock:
            pair, *others = (key for key, _ in self._limits(name, address))
            self._failed.pop(pair, None)
            for key in others:
                if times := self._failed.get(key):
                    times.pop()
                    if not times:
                        del self._failed[key]

    def __len__(self) -> int:
        return len(self._failed)

    def _limits(self, name: str, address: str) -> tuple[tuple[_Key, int], ...]:
        name, network = name.strip().lower()[:64], network_of(address)
        return (
            (("pair", name, network), MOST_OF_PAIR),
            (("address", network), MOST_OF_ADDRESS),
            (("name", name), MOST_OF_NAME),
        )

    def _wait(self, key: _Key, most: int, at: float) -> float:
        times = self._failed.get(key, deque())
        while times and times[0] <= at - WINDOW_SECONDS:
            times.popleft()
        return times[0] + WINDOW_SECONDS - at if len(times) >= most else 0.0


def network_of(address: str) -> str:
    """What counts as one address: all of IPv4, the first 64 bits of IPv6, which one household has to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
