"""What every part is given, and the list of the parts."""

from __future__ import annotations

import importlib
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from errors import StudyError
from evals.soak.counts import Count, PartResult
from evals.soak.ledger import Ledger

SHARED = Path(__file__).parents[3] / "shared"
SEED = 20_261_126


@dataclass(frozen=True, slots=True)
class Entry:
    """A part that is asked for, whether its module is there or not."""

    module: str
    title: str


PARTS = {
    "ingest-kills": Entry("evals.soak.ingest_kills", "Killed while adding documents"),
    "damage": Entry("evals.soak.damage", "Damaged libraries"),
    "chat-kills": Entry("evals.soak.chat_kills", "Killed during a turn of the chat"),
    "lock": Entry("evals.soak.one_writer", "One writer"),
    "idempotence": Entry("evals.soak.idempotence", "Adding again"),
    "homes": Entry("evals.soak.homes", "Homes of earlier versions"),
    "hostile-files": Entry("evals.soak.hostile_files", "Hostile files"),
    "fuzz": Entry("evals.soak.fuzz", "Fuzzed cleaners and chunkers"),
    "model-faults": Entry("evals.soak.model_faults", "Faults of the model's server"),
    "arxiv-faults": Entry("evals.soak.arxiv_faults", "Faults of arXiv"),
    "sandbox": Entry("evals.soak.sandbox", "Attacks on the sandbox"),
    "injection": Entry("evals.soak.injection", "Prompt injection"),
    "rendering": Entry("evals.soak.rendering", "Exfiltration by rendered output"),
    "web": Entry("evals.soak.web", "The web side"),
    "mixed-use": Entry("evals.soak.mixed_use", "Hours of mixed use"),
}
"""Each part by its name, in the order in which they run and stand in the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """How the parts are to run, and where they keep what they found."""

    work: Path
    """Folder for libraries, outcomes of tries and the counts of finished parts."""
    seed: int = SEED
    short: bool = False
    """The small form that the tests run, in seconds; its counts promise nothing."""
    until_seconds: float = math.inf
    """No try is begun after this, on the clock of `time.monotonic`."""

    def chance(self, *of: object) -> random.Random:
        """Random numbers that the seed and the names decide."""
        return random.Random(" ".join(map(str, (self.seed, *of))))

    def folder(self, part: str) -> Path:
        """An own folder for a part's files."""
        path = self.work / part
        path.mkdir(parents=True, exist_ok=True)
        return path

    def ledger(self, part: str) -> Ledger:
        """The outcomes of a part's tries so far."""
        return Ledger(self._ledger_path(part), until_seconds=self.until_seconds)

    def forget(self, part: str) -> None:
        """Drop the outcomes and counts of a part, so that it begins anew."""
        self._ledger_path(part).unlink(missing_ok=True)
        self._result_path(part).unlink(missing_ok=True)

    def result(self, part: str) -> PartResult | None:
        """What the part counted; None when it was not measured, or in the other form or with another seed."""
        path = self._result_path(part)
        if not path.is_file():
            return None
        result = PartResult.from_dict(json.loads(path.read_text(encoding="utf-8")))
        return result if (result.short, result.seed) == (self.short, self.seed) else None

    def measure(self, part: str) -> PartResult:
        """Run a part, or go on with one that was interrupted, and keep its counts; a finished one begins anew.

        Raises:
            StudyError: there is no such part, or it cannot run here.
        """
        module, earlier, started = part_of(part), self.result(part), time.monotonic()
        if earlier is not None and earlier.is_finished:
            self.forget(part)
            earlier = None
        counts = tuple(module.measure(self))
        before = 0.0 if earlier is None else earlier.seconds
        result = PartResult(
            counts=counts,
            seconds=round(before + time.monotonic() - started, 1),
            measured_at=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            seed=self.seed,
            short=self.short,
        )
        self.work.mkdir(parents=True, exist_ok=True)
        self._result_path(part).write_text(json.dumps(result.to_dict()) + "\n", encoding="utf-8")
        return result

    def _ledger_path(self, part: str) -> Path:
        return self.work / f"{part}-{'short' if self.short else 'full'}-{self.seed}.jsonl"

    def _result_path(self, part: str) -> Path:
        return self.work / f"{part}{'-short' if self.short else ''}.json"


class Part(Protocol):
    """A module that tries one group of promises."""

    def measure(self, soak: Soak) -> Sequence[Count]:
        """The counts, one for each promise."""
        ...


def part_of(name: str) -> Part:
    """The part of that name.

    Raises:
        StudyError: there is none.
    """
    if name not in PARTS:
        raise StudyError(f"There is no part {name!r}.", hint=f"The parts: {', '.join(PARTS)}.")
    try:
        return cast("Part", importlib.import_module(PARTS[name].module))
    except ModuleNotFoundError as error:
        if error.name != PARTS[name].module:
            raise
        raise StudyError(f"The part {name!r} is not written yet.") from error


def need_hypothesis() -> None:
    """See that the package is there that makes up examples.

    Raises:
        StudyError: it is not installed.
    """
    try:
        import hypothesis  # noqa: F401
    except ModuleNotFoundError as error:
        raise StudyError(
            "Hypothesis is not installed.", hint="It comes with the extra: pip install '.[test]'"
        ) from error
