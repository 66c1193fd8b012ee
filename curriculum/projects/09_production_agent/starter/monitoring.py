"""What can be seen from outside: one JSON line a request, and numbers over all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from guard import redact  # noqa: F401


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; 0 for no values."""
    raise NotImplementedError


class Metrics:
    """Counts of all requests so far."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._errors = self._cached = 0
        self._cost = 0.0
        self._lock = threading.Lock()

    def record(self, status: int, seconds: float, *, cost: float = 0.0, cached: bool = False) -> None:
        """Count one request; a status of 500 or more is an error of ours."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, float]:
        """requests, error_share, cached_share, p50_seconds, p95_seconds, cost; all 0 before the first request."""
        raise NotImplementedError


class Log:
    """Writes one JSON object a line; no secret of ours gets through, in no field."""

    def __init__(self, write: Callable[[str], None], secrets: Sequence[str]) -> None:
        self._write, self._secrets = write, secrets

    def event(self, name: str, **fields: Any) -> None:
        """Write {"event": name, ...} in one line, each text in it redacted."""
        raise NotImplementedError
