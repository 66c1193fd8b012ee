"""What every part of the benchmark is given, and the list of the parts."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from errors import StudyError

if TYPE_CHECKING:
    from vectorstore.library import Library

SHARED = Path(__file__).parents[3] / "shared"
SIZES = (1_000, 10_000, 100_000)

PARTS = {
    "ingest": "evals.bench.ingesting",
    "embedding": "evals.bench.embedding",
    "quality": "evals.bench.quality",
    "recall": "evals.bench.recall",
    "latency": "evals.bench.latency",
    "disk": "evals.bench.disk",
    "reingest": "evals.bench.reingesting",
    "page": "evals.bench.page",
}
"""Each part by its name, in the order in which they run; a later one uses what an earlier one left in the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where everything is."""

    papers: Path = SHARED / "papers"
    """Folder of the PDFs."""
    evaldata: Path = SHARED / "evaldata"
    """Folder of the public evaluation sets; may be missing."""
    work: Path
    """Libraries, vectors and the figures of finished parts are kept here, so that an interrupted run goes on."""
    sizes: tuple[int, ...] = SIZES
    """Chunks of the libraries that are searched."""
    rounds: int = 1
    """Runs of each pipeline, in turn."""

    @property
    def pdfs(self) -> list[Path]:
        """The papers.

        Raises:
            StudyError: there is none.
        """
        paths = sorted(self.papers.glob("*.pdf"))
        if not paths:
            raise StudyError(
                f"There are no PDFs in {self.papers}.", hint="Name the folder of the papers with --papers."
            )
        return paths

    def result(self, part: str) -> Path:
        """The file with the figures of a part."""
        return self.work / f"{part}.json"


class Part(Protocol):
    """A module that measures one thing."""

    HELP: str
    """What it measures, for the list of commands."""

    def measure(self, bench: Bench) -> dict[str, Any]:
        """The figures, as plain values for JSON."""
        ...

    def as_text(self, values: dict[str, Any]) -> str:
        """The figures as Markdown, without a heading."""
        ...


def part_of(name: str) -> Part:
    """The part of that name."""
    return cast("Part", importlib.import_module(PARTS[name]))


def open_library(folder: Path, embedder: Any) -> Library:
    """A library that knows what the learner's knows: acronyms, names, parts and topics of the roadmap."""
    from curriculum.load import load_curriculum
    from curriculum.shelves import shelves
    from vectorstore.library import Library

    curriculum = load_curriculum()
    return Library.open(
        folder,
        embedder,
        expansions=curriculum.glossary,
        aliases=curriculum.aliases,
        subjects=shelves(curriculum),
    )


def papers_library(bench: Bench, embedder: Any) -> Library:
    """The open library of the papers; what is missing in it is added.

    Raises:
        StudyError: a paper could not be added.
    """
    library = open_library(bench.work / "papers-library", embedder)
    report = library.add(bench.pdfs)
    faults = [f"{file.path.name}: {file.error}" for file in report.files if file.error]
    if faults:
        library.close()
        raise StudyError(f"Not all files could be added: {'; '.join(faults)}.")
    return library
