"""How far an `add` has come, told to whoever listens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock

from vectorstore.reports import AddProgress


@dataclass
class Tally:
    """Counts of one `add`, whose threads change them; `tell` hands them on, one at a time."""

    progress: Callable[[AddProgress], None] | None
    files_total: int = 0
    files_read: int = 0
    files_done: int = 0
    pages_done: int = 0
    pages_total: int = 0
    chunks_done: int = 0
    """Chunks of documents that are written."""
    chunks_total: int = 0
    chunks_embedded: int = 0
    chunks_in_hand: int = 0
    """Chunks embedded for documents that are not written yet."""
    embedding_seconds: float = 0.0
    current: str = ""
    lock: RLock = field(default_factory=RLock)
    """Held while the counts change and while the listener hears of them."""

    @property
    def chunks_per_second(self) -> float:
        """Embedded chunks by embedding time; 0 before the first."""
        return self.chunks_embedded / self.embedding_seconds if self.embedding_seconds > 0 else 0.0

    def read(self, pages: int, chunks: int) -> None:
        """Note a file that was read."""
        self.pages_total += pages
        self.chunks_total += chunks

    def embedded(self, chunks: int, seconds: float) -> None:
        """Note a batch."""
        with self.lock:
            self.chunks_embedded += chunks
            self.chunks_in_hand += chunks
            self.embedding_seconds += seconds
            self.tell()

    def listener(self, heard: Callable[[], None]) -> Callable[[int], None]:
        """Takes the number of texts an embedder has done; `heard` is called each time, and may stop it."""
        begun, before = time.monotonic(), 0

        def note(done: int) -> None:
            nonlocal begun, before
            now = time.monotonic()
            self.embedded(done - before, now - begun)
            begun, before = now, done
            heard()

        return note

    def written(self, pages: int, chunks: int) -> None:
        """Note a document that is in the library now."""
        with self.lock:
            self.pages_done += pages
            self.chunks_done += chunks
            self.chunks_in_hand = max(0, self.chunks_in_hand - chunks)

    def tell(self) -> None:
        """Report to the listener, if there is one."""
        if self.progress is None:
            return
        with self.lock:
            rate = self.chunks_per_second
            done = min(self.chunks_done + self.chunks_in_hand, self.chunks_total)
            expected = float(self.chunks_total - done)
            if self.files_read:
                expected += (self.files_total - self.files_read) * self.chunks_total / self.files_read
            self.progress(
                AddProgress(
                    files_done=self.files_done,
                    files_total=self.files_total,
                    pages_done=self.pages_done,
                    pages_total=self.pages_total,
                    chunks_done=done,
                    chunks_total=self.chunks_total,
                    chunks_per_second=rate,
                    seconds_left=expected / rate if rate > 0 else None,
                    current=self.current,
                )
            )
