"""The loop: the model asks for tools, the program runs them, and an answer or a limit ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tools import Registry, ToolError  # noqa: F401

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
    raise NotImplementedError


def descriptions(registry: Registry) -> list[dict[str, Any]]:
    """What the model is told of each tool: name, description, parameters."""
    raise NotImplementedError


def run_task(task: str, model: Model, registry: Registry, limits: Limits | None = None) -> Outcome:
    """Ask the model, run the tools it calls, give it their results, until it answers or a limit is reached.

    Each call gets exactly one message {"role": "tool", "id": ..., "content": ...}, in the order of the calls; a
    ToolError becomes the content "Error: ...". The model gets a copy of the messages. At a limit the answer is empty.
    """
    raise NotImplementedError
