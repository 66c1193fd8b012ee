"""The way a turn took, from its events, and how it stands to a scripted task: right tools, none needless, an end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from agent.events import AnswerFinished, ApprovalNeeded, Event, ToolStarted, TurnFailed
from evals.agent_tasks import AgentTask

Ending = Literal["answered", "waits", "failed", "cut off"]
"""`waits`: for the learner's yes to a call; `cut off`: the stream ended without a last word."""

NO_LIMIT = 1_000_000
UNREACHED = frozenset({"arxiv"})
"""What a run has nothing real for: its tasks are judged by the tools called, not by the answer."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message and what became of it."""

    calls: tuple[tuple[str, str], ...]
    """Tool and arguments as JSON, in order; a call that waits for a yes is among them."""
    ending: Ending
    text: str
    seconds: float
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """One task and how it went."""

    task: AgentTask
    turns: tuple[Turn, ...]
    scores: Mapping[str, float]
    faults: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """All turns together."""
        return sum(turn.seconds for turn in self.turns)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.task.id,
            "about": self.task.about,
            "split": self.task.split,
            "messages": list(self.task.messages),
            "turns": [asdict(turn) for turn in self.turns],
            "scores": dict(self.scores),
            "faults": list(self.faults),
        }


def turn_of(events: Sequence[Event], seconds: float) -> Turn:
    """What the events of one turn tell."""
    calls: list[tuple[str, str]] = []
    ending: Ending = "cut off"
    text, conversation_id = "", None
    for event in events:
        match event:
            case ToolStarted():
                calls.append((event.name, _plain(event.arguments)))
            case ApprovalNeeded():
                ending, conversation_id = "waits", event.conversation_id
                calls += [(request.name, _plain(request.arguments)) for request in event.requests]
            case AnswerFinished():
                ending, text, conversation_id = "answered", event.answer.text, event.conversation_id
            case TurnFailed():
                ending, text = "failed", event.message
            case _:
                pass
    return Turn(tuple(calls), ending, text, seconds, conversation_id)


def score(task: AgentTask, turns: Sequence[Turn]) -> TaskOutcome:
    """The scores of a task, each 0 or 1, and a sentence for each fault."""
    called = [[name for name, _ in turn.calls] for turn in turns]
    unlimited = replace(task, most_calls=tuple(NO_LIMIT for _ in task.most_calls))
    wrong = unlimited.call_faults(called)
    needless = [fault for fault in task.call_faults(called) if fault not in wrong]
    needless += [f"{name} was called again word for word" for name in _repeated(turns)]
    unfinished = _ending_faults(task, turns)
    scores = {
        "tool_choice": float(not wrong),
        "no_needless_calls": float(not needless),
        "stops": float(not unfinished),
    }
    faults = [*wrong, *needless, *unfinished]
    if (task.answer_has or task.answer_lacks) and not task.needs & UNREACHED:
        said = task.answer_faults([turn.text for turn in turns])
        scores["answer_holds"] = float(not said)
        faults += said
    return TaskOutcome(task, tuple(turns), scores, tuple(faults))


def run_tasks(
    tasks: Sequence[AgentTask],
    follow: Callable[[Sequence[str]], Sequence[Turn]],
    *,
    done: Callable[[TaskOutcome], None] | None = None,
) -> list[TaskOutcome]:
    """One outcome a task; `follow` says the messages in a conversation of their own."""
    outcomes = []
    for task in tasks:
        outcomes.append(score(task, follow(task.messages)))
        if done is not None:
            done(outcomes[-1])
    return outcomes


def _repeated(turns: Sequence[Turn]) -> list[str]:
    return [
        name
        for turn in turns
        for place, (name, arguments) in enumerate(turn.calls)
        if (name, arguments) in turn.calls[:place]
    ]


def _ending_faults(task: AgentTask, turns: Sequence[Turn]) -> list[str]:
    faults = [f"message {n} {turn.ending}: {turn.text}" for n, turn in enumerate(turns, 1) if turn.ending == "failed"]
    faults += [f"message {n} was cut off" for n, turn in enumerate(turns, 1) if turn.ending == "cut off"]
    waits = bool(turns) and turns[-1].ending == "waits"
    if waits != (task.asks == "permission"):
        faults.append("it waits for a yes that nothing needs" if waits else "it does not wait for the learner's yes")
    return faults


def _plain(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, ensure_ascii=False, default=str)
