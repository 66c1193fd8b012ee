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
    family: str = ""
    """The same for all versions of one conversation: its id when it was begun."""
    branched_from: str = ""
    """Id of the conversation whose first turns this one took over to go another way; empty for most."""


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
    origin_id: str = ""
    """Id of the turn that this one is a copy of, its own when it is none; the graph's messages carry it."""


Conversations = list[Conversation]
Turns = list[StoredTurn]


def studies(turn: StoredTurn) -> bool:
    """Whether a turn is part of a quiz or a lesson: what it graded is recorded, so it is not asked anew."""
    return any(step.details.get("kind") in ("quiz", "study") for step in turn.steps)


def title_for(question: str) -> str:
    """A conversation's title: the first line of its question, cut at a word."""
    line = " ".join(next((line for line in question.splitlines() if line.strip()), "").split())
    if len(line) <= TITLE_CHARACTERS:
        return line or "New conversation"
    return line[:TITLE_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:.-") + "…"


TURN_COLUMNS = (
    "id, conversation_id, position, question, status, answer, steps, error, hint, started_at, finished_at, "
    "kind, requests, unfinished, origin_id"
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
        origin_id=row[14] or row[0],
    )


CONVERSATION_COLUMNS = (
    "c.id, c.title, c.created_at, c.updated_at, (SELECT COUNT(*) FROM turns t WHERE t.conversation_id = c.id), "
    "c.family, c.branched_from"
)


def conversation_of(row: Sequence[Any]) -> Conversation:
    """The conversation of a row with `CONVERSATION_COLUMNS`."""
    return Conversation(
        id=row[0],
        title=row[1],
        created_at=datetime.fromisoformat(row[2]),
        updated_at=datetime.fromisoformat(row[3]),
        turn_count=row[4],
        family=row[5],
        branched_from=row[6],
    )
