"""Processes killed (SIGKILL) at random moments while they open, add, delete and close; then the library is compared."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.small_library import QUERIES, WordEmbedder, heard, queries, rankings, write_files
from evals.soak.soak import Soak

PART = "ingest-kills"
ROOT = Path(__file__).parents[2]
STORES, KILLS, NOTES = 25, 8, 80
SHORT_STORES, SHORT_KILLS = 1, 4
LATEST_SECONDS = 1.2
"""A kill falls so long after the library begins to open, or earlier: some thirty documents are added by then."""
WORKER_SECONDS = 10.0
SHOWN = 5
"""Most faults that a note tells."""


def measure(soak: Soak) -> Sequence[Count]:
    """Kill and compare.

    Raises:
        StudyError: this system has no SIGKILL.
    """
    if os.name != "posix":
        raise StudyError("Processes are killed by a signal that this system does not have.")
    stores = range(SHORT_STORES if soak.short else STORES)
    kills = SHORT_KILLS if soak.short else KILLS
    outcomes = soak.ledger(PART).fill(
        [f"store-{number}" for number in stores],
        lambda key: one_store(soak.folder(PART) / key, soak.chance(PART, key), kills),
    )
    return counts_of(outcomes)


def counts_of(outcomes: Sequence[dict[str, Any]]) -> list[Count]:
    """The promises, over all stores."""

    def total(name: str) -> int:
        return sum(outcome[name] for outcome in outcomes)

    def found(name: str) -> list[str]:
        return [sentence for outcome in outcomes for sentence in outcome[name]]

    kills, hands, lost = total("kills"), found("hands"), found("lost")
    differences = found("differences")
    repaired = sum(bool(outcome["notes"]) for outcome in outcomes)
    acts = f"{total('added'):,} documents were acknowledged as added and {total('deleted'):,} as deleted."
    return [
        Count(
            what="killed while it opens, adds or deletes: nothing acknowledged is lost, nothing deleted returns",
            tried=kills,
            failed=len(lost),
            asked=STORES * KILLS,
            note=" ".join([acts, *lost[:SHOWN]]),
        ),
        Count(
            what=f"a library killed {KILLS} times opens by itself, catalogue, indexes and files agree",
            tried=len(outcomes),
            failed=sum(bool(outcome["hands"]) for outcome in outcomes),
            asked=STORES,
            note=" ".join([f"{repaired} of them mended something at the last start.", *hands[:SHOWN]]),
        ),
        Count(
            what="then a question finds the same passages in the same order as in a library built afresh",
            tried=total("questions"),
            failed=len(differences),
            asked=STORES * QUERIES,
            note=" ".join(differences[:SHOWN]),
        ),
        Count(
            what=f"{WORKER_SECONDS:.0f} seconds after a kill no process of it is left",
            tried=kills,
            failed=total("left"),
            asked=STORES * KILLS,
        ),
    ]


@dataclass
class Acknowledged:
    """What the killed processes said that they had done."""

    present: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    added: int = 0
    deleted: int = 0
    lost: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Take in one line of a writer; what is only begun is neither promised nor ruled out."""
        what, *ids = line.split()
        if what == "open":
            self.compare(set(ids))
        elif what in ("adding", "deleting"):
            (self.absent if what == "adding" else self.present).difference_update(ids)
        elif what == "added":
            self.present.update(ids)
            self.added += len(ids)
        elif what == "deleted":
            self.absent.update(ids)
            self.deleted += len(ids)

    def compare(self, found: set[str]) -> None:
        """Note what is not there, and what is there and should not be; each once."""
        self.lost += [f"{document_id} is lost." for document_id in sorted(self.present - found)]
        self.lost += [f"{document_id} returned." for document_id in sorted(self.absent & found)]
        self.present &= found
        self.absent -= found


def one_store(folder: Path, chance: Random, kills: int) -> dict[str, Any]:
    """Kill the writers of one library in turn, then open it and compare it with a clean one."""
    shutil.rmtree(folder, ignore_errors=True)
    files = write_files(folder / "files", chance, NOTES)
    said, hands, left = Acknowledged(), list[str](), 0
    for _ in range(kills):
        lines, fault, stays = one_life(folder, chance)
        for line in lines:
            said.hear(line)
        left += stays
        hands += [fault] if fault else []
    outcome = {"kills": kills, "left": left, "hands": hands, "notes": [], "questions": 0, "differences": []}
    try:
        outcome |= compare(folder, files, said, queries(chance), hands)
    except StudyError as error:
        hands.append(error.as_text())
    shutil.rmtree(folder, ignore_errors=not hands)
    return outcome | {"added": said.added, "deleted": said.deleted, "lost": said.lost}


def one_life(folder: Path, chance: Random) -> tuple[list[str], str, bool]:
    """The lines of a writer that is killed, how it failed by itself, and whether it left a process behind."""
    command = [sys.executable, "-m", "evals.soak.killed_writer", str(folder / "library"), str(folder / "files")]
    with (folder / "stderr.txt").open("w+b") as errors:
        child = subprocess.Popen(
            [*command, str(chance.random())],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        assert child.stdout is not None
        with child:
            begun = child.stdout.readline()
            time.sleep(chance.uniform(0, LATEST_SECONDS))
            child.kill()
            lines = child.stdout.read().splitlines()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    ended_itself = child.returncode != -signal.SIGKILL
    fault = f"A writer ended by itself: {said.splitlines()[-1:]}" if ended_itself or not begun else ""
    return lines, fault, _stays(child.pid)


def _stays(group: int) -> bool:
    """Whether a process of the group is still there after a while; then it is ended."""
    deadline = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    os.killpg(group, signal.SIGKILL)
    return True


def compare(
    folder: Path, files: Sequence[Path], said: Acknowledged, asked: Sequence[str], hands: list[str]
) -> dict[str, Any]:
    """Open the library as a learner would, and a clean one of the same documents in the same order."""
    from vectorstore.files import document_id_of
    from vectorstore.library import Library

    paths = {str(document_id_of(path)): path for path in files}
    with heard() as notes, Library.open(folder / "library", WordEmbedder()) as library:
        present = [str(document.id) for document in library.documents()]
        said.compare(set(present))
        hands += library.check().faults
        killed = rankings(library, asked)
    with Library.open(folder / "clean", WordEmbedder()) as clean:
        for document_id in present:
            clean.add([paths[document_id]])
        fresh = rankings(clean, asked)
    differences = [
        f"{query!r}: {mine} instead of {theirs}."
        for query, mine, theirs in zip(asked, killed, fresh, strict=True)
        if mine != theirs
    ]
    return {"notes": notes, "questions": len(asked), "differences": differences}
