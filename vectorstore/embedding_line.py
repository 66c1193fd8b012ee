"""Work in two steps on two threads: while one window of files is written, the next one is embedded."""

from __future__ import annotations

import contextvars
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

UNDER_WAY = 2
"""Windows that may be in the line: their documents stay in memory."""

Window = TypeVar("Window")
Vectors = TypeVar("Vectors")


class EmbeddingLine(Generic[Window, Vectors]):
    """Embeds windows one after the other, and writes each as soon as it is embedded."""

    def __init__(self, embed: Callable[[Window], Vectors], write: Callable[[Window, Vectors], None]) -> None:
        self._embed = embed
        self._write = write
        self._embedding = ThreadPoolExecutor(1, thread_name_prefix="adding-embed")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="adding-write")
        self._under_way: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way; what is embedded is written also when the caller ends early."""
        self._embedding.shutdown(cancel_futures=kind is not None)
        self._writing.shutdown()

    def put(self, window: Window) -> None:
        """Take one more window; waits while the line is full.

        Raises:
            Exception: what embedding or writing an earlier window raised.
        """
        while len(self._under_way) >= UNDER_WAY:
            self._under_way.popleft().result()
        embedded = self._embedding.submit(contextvars.copy_context().run, self._embed, window)
        written = self._writing.submit(contextvars.copy_context().run, self._finish, window, embedded)
        self._under_way.append(written)

    def finish(self) -> None:
        """Wait until all is written.

        Raises:
            Exception: what embedding or writing a window raised.
        """
        while self._under_way:
            self._under_way.popleft().result()

    def _finish(self, window: Window, embedded: Future[Vectors]) -> None:
        self._write(window, embedded.result())


class InTurn(Generic[Window, Vectors]):
    """The same on the caller's own thread, for callers that hold a lock which writing takes."""

    def __init__(self, embed: Callable[[Window], Vectors], write: Callable[[Window, Vectors], None]) -> None:
        self._embed = embed
        self._write = write

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is under way."""

    def put(self, window: Window) -> None:
        """Embed and write the window; passes on what either raises."""
        self._write(window, self._embed(window))

    def finish(self) -> None:
        """All is written already."""
