"""One line about what a tool found, for the step list beside an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SUMMARY_CHARACTERS = 160


def summarise(content: str, artifact: Any, *, failed: bool) -> str:
    """E.g. "6 passages from 2 documents"; the fault's first line when the tool failed."""
    kind = artifact.get("kind") if isinstance(artifact, dict) and not failed else None
    match kind:
        case "passages":
            return _passages(artifact["passages"])
        case "documents":
            return _counted(len(artifact["documents"]), "document")
        case "roadmap":
            topic = artifact["topic"]
            return f'The roadmap about "{topic}"' if topic else "The roadmap's outline"
        case _:
            first = next((line for line in content.splitlines() if line.strip()), "No answer")
            return first if len(first) <= SUMMARY_CHARACTERS else first[: SUMMARY_CHARACTERS - 1] + "…"


def _passages(passages: Sequence[dict[str, Any]]) -> str:
    if not passages:
        return "No passage found"
    documents = {passage["document_id"] for passage in passages}
    return f"{_counted(len(passages), 'passage')} from {_counted(len(documents), 'document')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
