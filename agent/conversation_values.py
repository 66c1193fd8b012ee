"""A conversation and its turns as values, and how they are read from the rows of the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from agent.answers import Step, answer_from_dict
from agent.events import Answer, ApprovalRequest

TITLE_CHARACTERS = 60

TurnStatus = Literal["running", "waiting", "done", "failed", "stopped"]
"""`waiting`: for the learner's yes or no to what its `requests` ask."""
TurnKind = Literal["question", "code"]
"""`code`: a cell that the learner ran; its question is the code, its one step what came of it."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is listed."""

    id: str
    title: str
    created_at: datetime
    """UTC."""
    updated_at: datetime
    """UTC; when its last turn began or ended, or it was renamed."""
    turn_count: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One question and what came of it."""

    id: str
    conversation_id: str
    position: int
    """0-based place in the conversation."""
    question: str
    status: TurnStatus
    answer: Answer | None
    """The partial text when the turn was stopped or failed after it had begun to answer."""
    steps: tuple[Step, ...]
    error: str
    """One sentence when it failed; empty otherwise."""
    hint: str
    started_at: datetime
    """UTC; when it went on, for a turn that waited."""
    finished_at: datetime | None
    """UTC; None while it runs or waits."""
    kind: TurnKind = "question"
    requests: tuple[ApprovalRequest, ...] = ()
    """What a waiting turn asks the learner; empty otherwise."""
    unfinished: dict[str, Any] = field(default_factory=dict)
    """What a waiting turn needs to go on, see `agent.turn.Turn.unfinished`; empty otherwise."""


Conversations = list[Conversation]
Turns = list[StoredTurn]


def title_for(question: str) -> str:
    """A conversation's title: the first line of its question, cut at a word."""
    line = " ".join(next((line for line in question.splitlines() if line.strip()), "").split())
    if len(line) <= TITLE_CHARACTERS:
        return line or "New conversation"
    return line[:TITLE_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:.-") + "…"


TURN_COLUMNS = (
    "id, conversation_id, position, question, status, answer, steps, error, hint, started_at, finished_at, "
    "kind, requests, unfinished"
)


def turn_of(row: Sequence[Any]) -> StoredTurn:
    """The turn of a row with `TURN_COLUMNS`."""
    return StoredTurn(
        id=row[0],
        conversation_id=row[1],
        position=row[2],
        question=row[3],
        status=row[4],
        answer=answer_from_dict(json.loads(row[5])) if row[5] else None,
        steps=tuple(Step(**step) for step in json.loads(row[6])),
        error=row[7],
        hint=row[8],
        started_at=datetime.fromisoformat(row[9]),
        finished_at=datetime.fromisoformat(row[10]) if row[10] else None,
        kind=row[11],
        requests=tuple(ApprovalRequest(**request) for request in json.loads(row[12])),
        unfinished=json.loads(row[13]),
    )


def conversation_of(row: tuple[str, str, str, str, int]) -> Conversation:
    """The conversation of a row (id, title, created, updated, number of turns)."""
    identity, title, created_at, updated_at, turn_count = row
    return Conversation(
        identity, title, datetime.fromisoformat(created_at), datetime.fromisoformat(updated_at), turn_count
    )
