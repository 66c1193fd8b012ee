"""Finished results on disk while a run goes on, so that an interrupted one goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from evals.cases import Case
from evals.outcome import Outcome

CODE_FOLDERS = ("agent", "curriculum", "evals", "ingestion", "vectorstore")
ROOT = Path(__file__).resolve().parent.parent


class Kept:
    """One line a finished question. A line that was cut off by the interruption is asked again."""

    def __init__(self, path: Path, circumstances: Iterable[str]) -> None:
        """Read what is there; results under other `circumstances` (model, code, files) are not taken."""
        self._path = path
        self._circumstances = _digest(circumstances)
        self._done = self._read()
        self.count_at_start = len(self._done)

    def get(self, case: Case) -> Outcome | None:
        """The finished result of the case as it is written now."""
        return self._done.get(self._key(case))

    def add(self, case: Case, outcome: Outcome) -> None:
        """Write a result down; it survives whatever comes next."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"key": self._key(case), "outcome": outcome.to_dict()}, ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def forget(self) -> None:
        """The run is complete, or is to begin anew."""
        self._path.unlink(missing_ok=True)
        self._done.clear()
        self.count_at_start = 0

    def _key(self, case: Case) -> str:
        return _digest([self._circumstances, json.dumps(asdict(case), ensure_ascii=False)])

    def _read(self) -> dict[str, Outcome]:
        if not self._path.is_file():
            return {}
        done = {}
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                values = json.loads(line)
                done[str(values["key"])] = Outcome.from_dict(values["outcome"])
            except (ValueError, KeyError, TypeError):
                continue
        return done


def code_digest() -> str:
    """Changes when the code that finds and answers does."""
    files = sorted(path for name in CODE_FOLDERS for path in (ROOT / name).rglob("*") if path.suffix in (".py", ".md"))
    return _digest(path.read_text(encoding="utf-8", errors="replace") for path in files)


def files_digest(paths: Iterable[Path]) -> str:
    """Changes when a file of the library does."""
    return _digest(hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths))


def _digest(parts: Iterable[str]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode("utf-8", errors="replace") + b"\0")
    return total.hexdigest()[:32]
