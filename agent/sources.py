"""The numbers that answers cite: one number for one passage, for as long as the conversation lasts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from vectorstore.passage import Passage


def passage_ids(artifact: Any) -> set[str]:
    """The chunk ids of the passages in a tool's artifact, of whatever kind."""
    passages = artifact.get("passages") if isinstance(artifact, dict) else None
    return {str(one["chunk_id"]) for one in passages or () if isinstance(one, dict) and "chunk_id" in one}


class SourceRegistry:
    """Passages by number. The same chunk keeps its number; safe to use from parallel tool calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._passages: dict[int, Passage] = {}
        self._last = 0

    def number(self, passage: Passage) -> int:
        """The passage's number, from 1; a new one when the chunk was not seen before."""
        with self._lock:
            number = self._numbers.get(passage.chunk_id)
            if number is None:
                number = self._last = self._last + 1
                self._numbers[passage.chunk_id] = number
                self._passages[number] = passage
            return number

    @property
    def passages(self) -> Mapping[int, Passage]:
        """A view of all passages by number, as of now."""
        with self._lock:
            return MappingProxyType(dict(self._passages))

    def reserve(self, number: int) -> None:
        """Give no new passage a number up to this one."""
        with self._lock:
            self._last = max(self._last, number)

    def rebuild_from(self, messages: Iterable[Any]) -> None:
        """Take over the numbers in the artifacts of a conversation's tool messages, of whatever kind.

        Damaged artifacts are passed over.
        """
        for message in messages:
            artifact = getattr(message, "artifact", None)
            passages = artifact.get("passages") if isinstance(artifact, dict) else None
            for values in passages if isinstance(passages, list) else ():
                self._restore(values)

    def _restore(self, values: Mapping[str, Any]) -> None:
        try:
            number = int(values["number"])
            passage = Passage.from_dict({name: value for name, value in values.items() if name != "number"})
        except (AttributeError, KeyError, TypeError, ValueError):
            return
        with self._lock:
            if number >= 1 and number not in self._passages and passage.chunk_id not in self._numbers:
                self._numbers[passage.chunk_id] = number
                self._passages[number] = passage
                self._last = max(self._last, number)
