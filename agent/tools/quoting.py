"""Passages as a model reads them: numbered, between marks that say "quoted material", within a budget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from agent.sources import SourceRegistry
from vectorstore.passage import Passage

BEGIN = "⟦quoted material⟧"
END = "⟦end of quoted material⟧"

_BIBLIOGRAPHY = re.compile(r"\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")


def defused(text: str) -> str:
    """The text without what could pass for our own marks: fences, invisible characters, citation numbers."""
    return _BIBLIOGRAPHY.sub(r"[ref \1]", contained(text))


def contained(text: str) -> str:
    """The text without fences and invisible characters, its brackets as they are: what a program printed."""
    return _INVISIBLE.sub("", text).replace("⟦", "[[").replace("⟧", "]]")


def fenced(text: str) -> str:
    """The text between the marks of quoted material."""
    return f"{BEGIN}\n{text}\n{END}"


def heading(number: int, passage: Passage) -> str:
    """The first line of a passage block: `[n] Title (arXiv id), p. 3, Section`."""
    parts = [passage.title + (f" (arXiv {passage.arxiv_id})" if passage.arxiv_id else "")]
    if passage.document_kind == "pdf":
        parts.append(f"p. {passage.page_number}")
    if passage.section:
        parts.append(passage.section)
    return f"[{number}] {defused(', '.join(parts))}"


def quote_passages(passages: Sequence[Passage], sources: SourceRegistry, *, budget_characters: int) -> tuple[str, int]:
    """The blocks that fit the budget, fenced, and how many passages are shown.

    The first passage is always shown, cut at the budget if it must be.
    """
    blocks: list[str] = []
    used = 0
    for passage in passages:
        block = f"{heading(sources.number(passage), passage)}\n{defused(passage.text)}"
        if blocks and used + len(block) > budget_characters:
            break
        blocks.append(block[:budget_characters])
        used += len(block) + 2
    return fenced("\n\n".join(blocks)), len(blocks)


def passages_artifact(query: str, passages: Sequence[Passage], sources: SourceRegistry) -> dict[str, Any]:
    """The passages with their numbers as plain values, for the checker, the page and the checkpoint."""
    return {
        "kind": "passages",
        "query": query,
        "passages": [{"number": sources.number(passage), **passage.to_dict()} for passage in passages],
    }
