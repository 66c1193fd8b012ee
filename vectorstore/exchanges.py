"""Searches beside a document that gets other chunks: none of them sees half of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

TRIES = 3
"""After so many looks that an exchange came in between of, exchanges wait for one look."""

Found = TypeVar("Found")


class Exchanges:
    """Counts the beginnings and ends of exchanges.

    A search collects chunk ids first and reads the chunks after that, so one that saw the count change may have asked
    for chunks that were just replaced: it looks again.
    """

    def __init__(self) -> None:
        self._one = threading.RLock()
        self._count = 0
        """Odd while chunks are exchanged."""

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around the change of a document's chunks in the catalogue and the indexes."""
        with self._one:
            self._count += 1
            try:
                yield
            finally:
                self._count += 1

    def steady(self, look: Callable[[], Found]) -> Found:
        """What `look` finds when no chunks are exchanged meanwhile."""
        for _ in range(TRIES):
            before = self._count
            found = look()
            if before == self._count and before % 2 == 0:
                return found
            with self._one:  # until the exchange is over
                pass
        with self._one:
            return look()
