"""A process that holds a conversation and tells each event, until it is killed: for `chat_kills`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from agent.events import ApprovalNeeded, Decision, Event
from evals.soak.scripted_tutor import Rooms, open_rooms


async def hold(rooms: Rooms, questions: Sequence[str]) -> None:
    """Ask one question after the other, allow all that asks first, and tell each event in a line."""
    conversation: str | None = None
    for number, question in enumerate(questions):
        tell(f"asks {number}")
        last = await heard(rooms.tutor.ask(question, conversation_id=conversation))
        conversation = conversation or rooms.tutor.conversations.list()[0].id
        while isinstance(last, ApprovalNeeded):
            yes = {request.call_id: Decision(True, None) for request in last.requests}
            last = await heard(rooms.tutor.decide(conversation, yes))
    tell("end")


async def heard(events: AsyncIterator[Event]) -> Event:
    """The last event."""
    last: Event | None = None
    async for event in events:
        tell(type(event).__name__)
        last = event
    if last is None:
        raise RuntimeError("a turn gave no event")
    return last


def tell(line: str) -> None:
    """One line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(hold(open_rooms(Path(sys.argv[1])), sys.argv[2:]))
