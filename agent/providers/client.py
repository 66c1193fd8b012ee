"""How every HTTP client of a model is set up."""

from __future__ import annotations

from typing import Any

from errors import MissingPackageError

CONNECT_SECONDS = 3.0
"""Longest wait for a server to take the connection."""
DETECT_SECONDS = 0.5
"""Longest wait for a server when nobody asked for it by name."""


def client_settings(url: str, timeout_seconds: float) -> dict[str, Any]:
    """Arguments for an httpx client: timeouts, no proxy before this machine itself, no idle connections.

    An idle connection belongs to the event loop it was opened in, and turns may run in different loops.
    """
    import httpx

    host = httpx.URL(url).host
    is_here = host == "localhost" or host == "::1" or host.startswith("127.")
    return {
        "timeout": httpx.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)),
        "trust_env": not is_here,
        "limits": httpx.Limits(max_keepalive_connections=0),
    }


def missing_package(package: str) -> MissingPackageError:
    """The error for a provider whose package is absent."""
    return MissingPackageError(f"The package {package} is not installed.", hint=f"Run: python -m pip install {package}")
