"""Results as programs take them: typed values, and a text in which all that documents say stands between marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

from pydantic import BaseModel

from agent.programs.values import Quote
from agent.sources import SourceRegistry
from agent.tools.quoting import quote_passages
from vectorstore.passage import Passage

Values = TypeVar("Values", bound=BaseModel)
TEXT_CHARACTERS = 24_000
"""Most characters of passages in one result."""


@dataclass(frozen=True, slots=True)
class Told(Generic[Values]):
    """Typed values, and the same in words for programs that read only text."""

    values: Values
    text: str


def told(values: Values, blocks: Iterable[str]) -> Told[Values]:
    """The values and their text, an empty line between its blocks; empty blocks are left out."""
    return Told(values, "\n\n".join(block for block in blocks if block))


def fitting(passages: Sequence[Passage]) -> list[Passage]:
    """The first passages that fit a result; one at least."""
    ends = list(accumulate(len(passage.text) for passage in passages))
    return [passage for place, passage in enumerate(passages) if place == 0 or ends[place] <= TEXT_CHARACTERS]


def passages_text(passages: Sequence[Passage], sources: SourceRegistry) -> str:
    """The passages, numbered, between the marks of quoted material; empty without any."""
    if not passages:
        return ""
    return quote_passages(passages, sources, budget_characters=2 * TEXT_CHARACTERS)[0]


def quotes(passages: Sequence[Passage], sources: SourceRegistry, *, searched: bool) -> list[Quote]:
    """The passages as values; `searched` says whether they were compared with a query.

    A similarity of exactly 0 is one that was not computed: the library's vectors are of another embedding model, so
    that it was searched by words alone.
    """
    return [
        Quote(
            number=sources.number(passage),
            document=passage.title,
            document_id=passage.document_id,
            arxiv_id=passage.arxiv_id,
            page=passage.page_number,
            section=passage.section,
            quote=passage.text,
            similarity=round(passage.similarity, 4) if searched and passage.similarity else None,
        )
        for passage in passages
    ]
