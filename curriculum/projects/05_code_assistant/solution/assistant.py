"""The loop: the model asks for tools, the program runs them, and an answer or a limit ends it."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tools import Registry, ToolError

Message = dict[str, Any]
"""{"role": "user" | "assistant" | "tool", "content": str}; an assistant's may have "tool_calls", a tool's has "id"."""

Model = Callable[[list[Message], list[dict[str, Any]]], Message]
"""From the messages and the tools' descriptions to the next assistant message.

Its "tool_calls" are [{"id": str, "name": str, "arguments": JSON text or object}, ...]; without any it is the answer.
"""


@dataclass(frozen=True)
class Limits:
    """When the loop stops by itself."""

    turns: int = 8
    """How often the model is asked."""
    repeats: int = 3
    """The same call with the same arguments may run so often; the next one is not run and ends the loop."""
    result_characters: int = 2000
    """A longer result of a tool is trimmed to so many."""


@dataclass
class Outcome:
    """What came of a task: `stopped` says why it ended, `messages` is all that was said."""

    answer: str
    stopped: Literal["answer", "turns", "repeats"]
    messages: list[Message] = field(default_factory=list)
    tool_runs: int = 0


def trimmed(text: str, limit_characters: int) -> str:
    """A text of at most the limit: its beginning and its end, with a note between that says how long the whole is.

    Both ends matter: a test report has its summary last.
    """
    if len(text) <= limit_characters:
        return text
    note = f"\n… {len(text)} characters, middle left out …\n"
    room = max(limit_characters - len(note), 0)
    head, tail = room - room // 2, room // 2
    return (text[:head] + note + (text[-tail:] if tail else ""))[:limit_characters]


def descriptions(registry: Registry) -> list[dict[str, Any]]:
    """What the model is told of each tool: name, description, parameters."""
    return [
        {"name": tool.name, "description": tool.description, "parameters": tool.schema}
        for tool in registry.tools.values()
    ]


def run_task(task: str, model: Model, registry: Registry, limits: Limits | None = None) -> Outcome:
    """Ask the model, run the tools it calls, give it their results, until it answers or a limit is reached.

    Each call gets exactly one message {"role": "tool", "id": ..., "content": ...}, in the order of the calls; a
    ToolError becomes the content "Error: ...". The model gets a copy of the messages. At a limit the answer is empty.
    """
    limits = limits or Limits()
    outcome = Outcome("", "turns", [{"role": "user", "content": task}])
    seen: Counter[str] = Counter()
    for _ in range(limits.turns):
        reply = model([dict(message) for message in outcome.messages], descriptions(registry))
        outcome.messages.append(reply)
        calls = reply.get("tool_calls") or []
        if not calls:
            outcome.answer, outcome.stopped = str(reply.get("content", "")), "answer"
            return outcome
        for call in calls:
            seen[_key(call)] += 1
            if seen[_key(call)] > limits.repeats:
                outcome.stopped = "repeats"
                return outcome
            result = trimmed(_run(registry, call), limits.result_characters)
            outcome.tool_runs += 1
            outcome.messages.append({"role": "tool", "id": call["id"], "content": result})
    return outcome


def _key(call: dict[str, Any]) -> str:
    """Equal for calls of the same tool with the same arguments, whatever their id and the order of their keys."""
    arguments = call["arguments"]
    with contextlib.suppress(ValueError):
        arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    return json.dumps([call["name"], arguments], sort_keys=True, default=str)


def _run(registry: Registry, call: dict[str, Any]) -> str:
    """The tool's text, or the error as the model should read it."""
    try:
        return registry.call(call["name"], call["arguments"])
    except ToolError as error:
        return f"Error: {error}"
