"""What stands around a passage: the chunks before and after it, on its page and across, as far as a budget goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingestion.document import Chunk

AROUND_TOKENS = 900
"""About four chunks of the usual size, the passage among them."""


def around(
    chunks: Sequence[Chunk], chunk: Chunk, *, count_tokens: Callable[[str], int], budget_tokens: int
) -> list[Chunk]:
    """The chunk and its nearest neighbours in reading order, one after and one before in turn.

    `chunks` are all of its document in reading order. No chunk is cut, so every span stays exact; the chunk itself is
    there even if it is larger than the budget. Prose is not widened into the list of references.
    """
    first = last = chunks.index(chunk)
    left = budget_tokens - count_tokens(chunk.text)
    open_ends = {1, -1}
    while open_ends:
        for step in sorted(open_ends, reverse=True):
            place = last + 1 if step > 0 else first - 1
            cost = _cost(chunks, place, chunk, count_tokens)
            if cost is None or cost > left:
                open_ends.discard(step)
                continue
            left -= cost
            first, last = min(first, place), max(last, place)
    return list(chunks[first : last + 1])


def _cost(chunks: Sequence[Chunk], place: int, chunk: Chunk, count_tokens: Callable[[str], int]) -> int | None:
    """Tokens of the chunk at the place; None where the widening ends."""
    if not 0 <= place < len(chunks) or (chunks[place].kind == "reference" and chunk.kind != "reference"):
        return None
    return count_tokens(chunks[place].text)
