"""What one pipeline took: time by stage, pages, chunks, and peak memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Self

MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Stopwatch:
    """Seconds by stage; a stage that runs again adds up."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time inside the block to the stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


class PeakMemory:
    """The most memory that this process and its children held together, in megabytes.

    Sampled ten times a second: resident set of the process, plus that of each child.
    """

    def __init__(self, interval_seconds: float = 0.1) -> None:
        self.megabytes = 0.0
        self._interval_seconds = interval_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._stop.wait(self._interval_seconds):
            self._sample()

    def _sample(self) -> None:
        import psutil  # type: ignore[import-untyped,unused-ignore]

        me = psutil.Process()
        total = me.memory_info().rss
        for child in me.children(recursive=True):
            try:
                total += child.memory_info().rss
            except psutil.Error:
                continue
        self.megabytes = max(self.megabytes, total / MEGABYTE)


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One pipeline over all files, into an empty library."""

    pipeline: str
    pages: int
    chunks: int
    load_model_seconds: float
    """Not part of `total_seconds`."""
    total_seconds: float
    stage_seconds: dict[str, float]
    peak_megabytes: float

    @property
    def pages_per_second(self) -> float:
        """Pages read, embedded and stored in one second."""
        return self.pages / self.total_seconds

    @property
    def chunks_per_second(self) -> float:
        """Chunks embedded and stored in one second."""
        return self.chunks / self.total_seconds

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, rates included."""
        return {
            **asdict(self),
            "pages_per_second": self.pages_per_second,
            "chunks_per_second": self.chunks_per_second,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PipelineRun:
        """The run that `to_dict` wrote."""
        return cls(**{name: values[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class GrowthRun:
    """What a chunk costs while the library grows, slice after slice."""

    pipeline: str
    chunks: tuple[int, ...]
    """New chunks of each slice."""
    seconds: tuple[float, ...]
    """Seconds for taking in each slice, from file to index."""
    embedding_seconds: tuple[float, ...]
    """The part of `seconds` that computed embeddings: it depends on the texts, not on the library's size."""

    @property
    def seconds_per_chunk(self) -> tuple[float, ...]:
        """The cost of one chunk in each slice."""
        return tuple(second / chunk for second, chunk in zip(self.seconds, self.chunks, strict=True))

    @property
    def rest_per_chunk(self) -> tuple[float, ...]:
        """The cost of one chunk in each slice without computing its embedding."""
        return tuple(
            cost - embedding / chunk
            for cost, embedding, chunk in zip(self.seconds_per_chunk, self.embedding_seconds, self.chunks, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> GrowthRun:
        """The run that `to_dict` wrote."""
        return cls(**{name: _as_tuple(values[name]) for name in cls.__slots__})


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def slices_of_equal_size(sizes: list[int], count: int) -> list[list[int]]:
    """The indexes of the items, in order, in `count` slices of about equal summed size."""
    total = sum(sizes)
    slices: list[list[int]] = [[] for _ in range(count)]
    passed = 0.0
    for index, size in enumerate(sizes):
        middle = passed + size / 2
        slices[min(count - 1, int(middle * count / total))].append(index)
        passed += size
    return slices
