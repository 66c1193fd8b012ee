"""Work that blocks, in a thread of its own, so that a stopped turn lets go of it at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T], *, stop: Callable[[], object] | None = None) -> T:
    """What `work` returns or raises; when the waiting task is cancelled, `stop` is called and nobody waits on.

    A thread for each call: the pool of the event loop has few, and whoever waits for a program of ten seconds
    or for arXiv would keep searches from theirs.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not done.done():
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

    def run() -> None:
        result: Any = None
        fault: BaseException | None = None
        try:
            result = work()
        except BaseException as error:
            fault = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, fault)

    threading.Thread(target=run, name="tool", daemon=True).start()
    try:
        return await done
    except asyncio.CancelledError:
        if stop is not None:
            stop()
        raise
