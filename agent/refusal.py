"""The one sentence that says the library does not hold an answer, for every model."""

from __future__ import annotations

REFUSAL = "Not found in your library"
"""How a refusal begins; the system prompt asks models for exactly these words."""


def is_refusal(text: str) -> bool:
    """Whether an answer says, at its start, that the library does not hold it."""
    return REFUSAL.lower() in text[:200].lower()
