"""Summaries: sentences taken as they are, and sentences said in fewer words."""

from __future__ import annotations

TOO_ALIKE = 0.6
"""Of two sentences whose cosine is above this, a summary holds only one."""


def extract(text: str, *, limit_words: int) -> list[str]:
    """The most central sentences as they stand in the text and in its order, together at most `limit_words` words."""
    raise NotImplementedError("Choose, then keep the order of the text.")


def summarize(text: str, *, limit_words: int) -> str:
    """A summary of at most `limit_words` words: sentences are compressed, then chosen, then fused where they can be.

    Whole sentences or nothing: it is empty when not even one fits.
    """
    raise NotImplementedError("Compress, choose, fuse.")
