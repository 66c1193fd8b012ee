"""Answers and steps as plain values, for SQLite and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.events import Answer, Citation, SentenceCheck


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call of a turn, as it is shown beside the answer."""

    name: str
    arguments: dict[str, Any]
    summary: str
    seconds: float
    failed: bool
    details: dict[str, Any] = field(default_factory=dict)
    """What a door shows beside the line, see `agent.events.ToolFinished`."""


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """The answer as lists, dicts, text and numbers."""
    return asdict(answer)


def answer_from_dict(values: Mapping[str, Any]) -> Answer:
    """The answer that `answer_to_dict` wrote, also after a round trip through JSON."""
    return Answer(
        **{
            **values,
            "sentences": tuple(
                SentenceCheck(**{**sentence, "numbers": tuple(sentence["numbers"])}) for sentence in values["sentences"]
            ),
            "citations": tuple(
                Citation(**{**citation, "sentences": tuple(citation.get("sentences", ()))})
                for citation in values["citations"]
            ),
            "notices": tuple(values["notices"]),
        }
    )
