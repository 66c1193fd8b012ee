"""What can be seen from outside: one JSON line a request, and numbers over all of them."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

from guard import redact


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; 0 for no values."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else 0.0


class Metrics:
    """Counts of all requests so far."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._errors = self._cached = 0
        self._cost = 0.0
        self._lock = threading.Lock()

    def record(self, status: int, seconds: float, *, cost: float = 0.0, cached: bool = False) -> None:
        """Count one request; a status of 500 or more is an error of ours."""
        with self._lock:
            self._seconds.append(seconds)
            self._errors += status >= 500
            self._cached += cached
            self._cost += cost

    def snapshot(self) -> dict[str, float]:
        """requests, error_share, cached_share, p50_seconds, p95_seconds, cost; all 0 before the first request."""
        with self._lock:
            count = len(self._seconds)
            return {
                "requests": count,
                "error_share": self._errors / count if count else 0.0,
                "cached_share": self._cached / count if count else 0.0,
                "p50_seconds": percentile(self._seconds, 0.5),
                "p95_seconds": percentile(self._seconds, 0.95),
                "cost": self._cost,
            }


class Log:
    """Writes one JSON object a line; no secret of ours gets through, in no field."""

    def __init__(self, write: Callable[[str], None], secrets: Sequence[str]) -> None:
        self._write, self._secrets = write, secrets

    def event(self, name: str, **fields: Any) -> None:
        """Write {"event": name, ...} in one line, each text in it redacted."""
        self._write(json.dumps({"event": name, **self._clean(fields)}, ensure_ascii=False))

    def _clean(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._clean(key): self._clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._clean(item) for item in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return redact(str(value), self._secrets)
