"""Outcomes of single tries, one line of JSON each, so that a long part can be done in pieces."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Outcome = dict[str, Any]


class Ledger:
    """The outcomes of a part by key. A line that was cut by an end of the process is made again."""

    def __init__(self, path: Path, *, until_seconds: float = math.inf) -> None:
        self._path = path
        self._until_seconds = until_seconds
        self.outcomes: dict[str, Outcome] = {}
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                self.outcomes[record["key"]] = record["outcome"]

    def fill(self, keys: Iterable[str], attempt: Callable[[str], Outcome]) -> list[Outcome]:
        """The outcomes of the keys; missing ones are attempted while there is time.

        `attempt` is not begun after `until_seconds` on the clock of `time.monotonic`.
        """
        wanted = list(keys)
        for key in wanted:
            if key in self.outcomes:
                continue
            if time.monotonic() >= self._until_seconds:
                break
            started = time.monotonic()
            self.keep(key, attempt(key))
            sys.stderr.write(f"{key}: {time.monotonic() - started:.1f} s\n")
        return [self.outcomes[key] for key in wanted if key in self.outcomes]

    def keep(self, key: str, outcome: Outcome) -> None:
        """Remember what a try came to."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # The new line comes first: it closes one that was cut, which alone is then lost.
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write("\n" + json.dumps({"key": key, "outcome": outcome}))
        self.outcomes[key] = outcome
