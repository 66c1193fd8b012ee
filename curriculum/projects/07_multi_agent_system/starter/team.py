"""A supervisor and its specialists as a LangGraph graph: decide, work side by side, collect, and decide again."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypedDict

from protocol import SUPERVISOR, Message, ProtocolError, check_message  # noqa: F401
from records import Assignment, Decision, Limits, Outcome, Span, Specialist, Supervisor, View, Work  # noqa: F401


@dataclass(frozen=True)
class Finished:
    """What one run of a specialist gave: its work, or why there is none."""

    message: Message
    work: Work | None
    fault: str
    seconds: float


class State(TypedDict):
    """What flows through the graph: tasks given out, and what came back, one entry a task."""

    ready: list[Message]
    finished: Annotated[list[Finished], operator.add]


def run_team(
    task: str, supervisor: Supervisor, specialists: Mapping[str, Specialist], limits: Limits | None = None
) -> Outcome:
    """Let the team work until the supervisor answers or a limit is reached.

    In a turn the supervisor decides once. Assignments whose needs are met run at the same time, those that wait begin
    when the keys stand on the board; what waits for a key that nobody is going to write is refused. Refused as well:
    specialists that are unknown or failed too often, and an assignment that is already done or under way (same
    receiver, same words). The reason for a refusal names the receiver.

    An exception of a specialist (with its text), a return value that is no Work, and an entry for a key that belongs
    to another become a failure message and touch nobody else's results. A turn brings something new when it changes
    the board or a specialist says what it has not said before.

    Results are written down in the order of their tasks. The trace has a line for each decision and then one for each
    work, failed ones too.
    """
    raise NotImplementedError
