"""Progress of a tool that works in a thread, as events of the turn, at most a few a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from time import monotonic
from typing import TYPE_CHECKING, Any

from agent.events import ToolProgress

if TYPE_CHECKING:
    from langchain.tools import ToolRuntime

    from agent.context import TurnContext

SPACING_SECONDS = 0.2
"""Between two events of one tool."""

Report = Callable[[str, float | None], None]


def progress_reporter(name: str, runtime: ToolRuntime[TurnContext, Any]) -> Report:
    """A function for any thread that tells a sentence and a fraction (0 to 1, or None); too many are dropped.

    Made in the event loop of the turn. The stream's writer looks up the running node in the context
    variables, which a plain thread does not have; so it is called in the loop, with those of now.
    """
    loop, here, write = asyncio.get_running_loop(), copy_context(), runtime.stream_writer
    last = -SPACING_SECONDS

    def report(text: str, fraction: float | None) -> None:
        nonlocal last
        now = monotonic()
        is_end = fraction is not None and fraction >= 1
        if now - last < SPACING_SECONDS and not is_end:
            return
        last = now
        event = ToolProgress(runtime.tool_call_id or "", name, text, fraction)
        with suppress(RuntimeError):  # the turn was stopped and its loop is closed
            loop.call_soon_threadsafe(write, event, context=here)

    return report
