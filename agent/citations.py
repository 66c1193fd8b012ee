"""Checks an answer against the passages it cites. (First form: no sentence is checked yet.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agent.events import Citation, SentenceCheck
from vectorstore.passage import Passage

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""(sentence, others) -> cosine similarity to each, -1 to 1."""


def check_answer(
    text: str, sources: Mapping[int, Passage], *, similarity: Similarity | None = None
) -> tuple[tuple[SentenceCheck, ...], tuple[Citation, ...]]:
    """The checks of all sentences, and one citation per number."""
    return (), ()
