"""Which faults of a model's server pass by themselves, and how long the server asks to be left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from agent.providers.faults import FaultKind, causes, classify, status_of

_PASSING: frozenset[FaultKind] = frozenset({"unreachable", "timeout", "busy", "cut"})
_STATUSES = frozenset({500, 502, 503, 504, 529})
"""529 is what Anthropic answers while it is overloaded."""
_FINAL_CLASSES = frozenset({"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"})
"""Mistakes in an address, which stay."""
_SPENT = "insufficient_quota"
"""OpenAI's word for an account without money; it comes with the status of a busy server."""


@dataclass(frozen=True, slots=True)
class PassingFault:
    """A fault after which it is worth asking again."""

    kind: FaultKind
    asked_seconds: float | None = None
    """What the server's Retry-After asks for; None where it asks for nothing that can be read."""


def passing_fault(error: BaseException, *, now: datetime | None = None) -> PassingFault | None:
    """What the fault is when it may be gone soon; None for all others: not pulled, no key, a wrong request, a defect.

    Whether a part of an answer had come before it is for the caller to know.
    """
    kind = classify(error)
    if kind is None or any(_is_final(link) for link in causes(error)):
        return None
    if kind not in _PASSING and not (kind == "server" and status_of(error) in _STATUSES):
        return None
    return PassingFault(kind, _asked_seconds(error, now or datetime.now(UTC)))


def _is_final(error: BaseException) -> bool:
    return type(error).__name__ in _FINAL_CLASSES or getattr(error, "code", None) == _SPENT


def _asked_seconds(error: BaseException, now: datetime) -> float | None:
    """Retry-After as seconds from now (RFC 9110, section 10.2.3: a count of seconds or a date)."""
    text = next((found for link in causes(error) if (found := _header(link))), "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without its zone
        return None


def _header(error: BaseException) -> str:
    """Ollama's client keeps no headers; they are with the error that it made its own from."""
    for link in (error, error.__context__):
        headers = getattr(getattr(link, "response", None), "headers", None)
        if headers is not None and (found := headers.get("retry-after")):
            return str(found).strip()
    return ""
