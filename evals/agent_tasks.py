"""Scripted tasks for the agent: which tools a turn should call, which it may, and that it ends."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent.events import AnswerFinished, ApprovalNeeded, Event, ToolStarted, TurnFailed
from errors import StudyError

Ending = Literal["answered", "waits", "failed", "cut off"]
"""`waits`: for the learner's yes to a call; `cut off`: the stream ended without a last word."""

FIELDS = {"id", "split", "kind", "question", "tools", "may", "most_calls"}


@dataclass(frozen=True, slots=True)
class AgentTask:
    """What is asked, and the way that a good turn takes."""

    id: str
    split: str
    kind: str
    question: str
    tools: tuple[tuple[str, ...], ...]
    """Every group must be called, by one of its tools; no group: no tool at all."""
    may: tuple[str, ...] = ()
    """Tools that are no fault beside."""
    most_calls: int = 3


@dataclass(frozen=True, slots=True)
class Trajectory:
    """The way that a turn took."""

    calls: tuple[tuple[str, str], ...]
    """Tool and arguments as JSON, in order."""
    ending: Ending
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """One task and how it went."""

    task: AgentTask
    trajectory: Trajectory
    scores: Mapping[str, float]
    faults: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.task.id,
            "split": self.task.split,
            "kind": self.task.kind,
            "question": self.task.question,
            "wanted": [list(group) for group in self.task.tools],
            "calls": [list(call) for call in self.trajectory.calls],
            "ending": self.trajectory.ending,
            "answer": self.trajectory.text,
            "seconds": self.trajectory.seconds,
            "scores": dict(self.scores),
            "faults": list(self.faults),
        }


def load_tasks(path: Path, known_tools: Sequence[str]) -> list[AgentTask]:
    """The tasks of a TOML file.

    Raises:
        StudyError: all faults of the file in one message.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("task", [])
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise StudyError(f"{path.name} cannot be read: {fault}.", hint="Check the file's TOML.") from fault
    tasks, faults = [], []
    for number, entry in enumerate(entries, start=1):
        name = entry.get("id", f"task {number}")
        try:
            tasks.append(_task(entry))
        except (KeyError, TypeError, ValueError) as fault:
            faults.append(f"{name}: {type(fault).__name__} {fault}")
            continue
        named = {tool for group in tasks[-1].tools for tool in group} | set(tasks[-1].may)
        faults += [f"{name}: there is no tool {tool}" for tool in sorted(named - set(known_tools))]
    ids = [task.id for task in tasks]
    faults += [f"id {name!r} is used twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    if faults:
        raise StudyError(f"{path.name} has faults: {'; '.join(faults)}.", hint="Correct the named tasks.")
    return tasks


def score(task: AgentTask, trajectory: Trajectory) -> TaskOutcome:
    """The right tools, no needless calls, an end: each 0 or 1, with a sentence for each fault."""
    called = [name for name, _ in trajectory.calls]
    missing = [group for group in task.tools if not set(group) & set(called)]
    wanted = {tool for group in task.tools for tool in group} | set(task.may)
    needless = [name for name in dict.fromkeys(called) if name not in wanted]
    repeated = len(trajectory.calls) - len(set(trajectory.calls))
    faults = [
        *[f"{' or '.join(group)} was not called" for group in missing],
        *[f"{name} was called needlessly" for name in needless],
        *([f"{repeated} calls were repeated word for word"] if repeated else []),
        *([f"{len(called)} calls, at most {task.most_calls} are needed"] if len(called) > task.most_calls else []),
        *([] if trajectory.ending in ("answered", "waits") else [f"the turn {trajectory.ending}"]),
    ]
    scores = {
        "tool_choice": float(not missing and not (needless and not task.tools)),
        "no_needless_calls": float(not needless and not repeated and len(called) <= task.most_calls),
        "stops": float(trajectory.ending in ("answered", "waits")),
    }
    return TaskOutcome(task, trajectory, scores, tuple(faults))


def trajectory_of(events: Sequence[Event], seconds: float) -> Trajectory:
    """What the events of one turn tell; a call that waits for a yes counts as called."""
    calls: list[tuple[str, str]] = []
    ending: Ending = "cut off"
    text = ""
    for event in events:
        match event:
            case ToolStarted():
                calls.append((event.name, _plain(event.arguments)))
            case ApprovalNeeded():
                ending = "waits"
                calls += [(request.name, _plain(request.arguments)) for request in event.requests]
            case AnswerFinished():
                ending, text = "answered", event.answer.text
            case TurnFailed():
                ending, text = "failed", event.message
            case _:
                pass
    return Trajectory(tuple(calls), ending, text, seconds)


def run_tasks(
    tasks: Sequence[AgentTask],
    follow: Callable[[str], Trajectory],
    *,
    done: Callable[[TaskOutcome], None] | None = None,
) -> list[TaskOutcome]:
    """One outcome a task; `follow` asks a question in a conversation of its own."""
    outcomes = []
    for task in tasks:
        outcomes.append(score(task, follow(task.question)))
        if done is not None:
            done(outcomes[-1])
    return outcomes


def _task(entry: Mapping[str, Any]) -> AgentTask:
    if unknown := sorted(set(entry) - FIELDS):
        raise ValueError(f"unknown fields {', '.join(unknown)}")
    groups = tuple((group,) if isinstance(group, str) else tuple(group) for group in entry["tools"])
    return AgentTask(
        id=entry["id"],
        split=entry["split"],
        kind=entry["kind"],
        question=entry["question"],
        tools=groups,
        may=tuple(entry.get("may", ())),
        most_calls=int(entry.get("most_calls", max(1, len(groups)) + 2)),
    )


def _plain(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, ensure_ascii=False, default=str)
