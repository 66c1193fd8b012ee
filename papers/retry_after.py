"""The Retry-After header: seconds, or the date of the next try (RFC 9110, section 10.2.3)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime


def seconds_of(value: str, *, now: float) -> float | None:
    """Seconds to wait, 0 or more; None when the header is missing or says nothing that can be understood.

    `now` is seconds since 1970.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
