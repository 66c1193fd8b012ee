"""How many requests one user or address may send: a bucket of tokens for each, which fills by the second."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_KEYS = 4_096
"""Users and addresses that are remembered at once; a forgotten one begins with a full bucket."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RequestRate:
    """Token buckets of one minute's size. Safe to use from several threads."""

    def __init__(self, per_minute: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = float(per_minute)
        self._now = now
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_seconds(self, key: str) -> float:
        """0 lets one request go on; else so many seconds until there is room for one."""
        at, per_second = self._now(), self._per_minute / 60
        with self._lock:
            bucket = self._buckets.setdefault(key, _Bucket(self._per_minute, at))
            self._buckets.move_to_end(key)
            if len(self._buckets) > MOST_KEYS:
                self._buckets.popitem(last=False)
            bucket.tokens = min(self._per_minute, bucket.tokens + (at - bucket.filled_at) * per_second)
            bucket.filled_at = at
            if bucket.tokens < 1:
                return (1 - bucket.tokens) / per_second
            bucket.tokens -= 1
            return 0.0

    def __len__(self) -> int:
        return len(self._buckets)
