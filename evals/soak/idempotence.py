"""Files added again, renamed, in another order: the library stays the same, and so does one that is built anew.

Hypothesis (https://hypothesis.readthedocs.io) makes up the files and makes what fails small.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zlib import crc32

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.small_library import SMALL_PDFS, WordEmbedder
from evals.soak.soak import Soak, need_hypothesis

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from vectorstore.library import Library

PART = "idempotence"
EXAMPLES, SHORT_EXAMPLES = 100, 3
AGAIN = 3
MOST_FILES = 6

File = tuple[str, bytes]
"""A name with its ending, and the content."""


def measure(soak: Soak) -> Sequence[Count]:
    """Make up sets of files and add each several times.

    Raises:
        StudyError: hypothesis is not installed.
    """
    need_hypothesis()
    from hypothesis import HealthCheck, given, seed, settings, strategies

    examples = SHORT_EXAMPLES if soak.short else EXAMPLES
    tried, faults = 0, list[str]()

    def example(files: list[File], order: Any) -> None:
        nonlocal tried
        tried += 1
        found = differences(files, sorted(files, key=lambda file: order.random()))
        if found:
            faults[:] = [f"{[name for name, _ in files]}: {found}"]
        assert not found

    checked = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))(
        given(_files(), strategies.randoms(use_true_random=False))(example)
    )
    try:
        seed(soak.seed)(checked)()
    except Exception as error:  # of the library, or the assertion of an example
        faults = faults or [f"{type(error).__name__}: {error}"]
    return [
        Count(
            what=f"sets of files added {AGAIN} times, renamed, reordered: the same ids, pages, chunks and copies",
            tried=tried,
            failed=len(faults),
            asked=EXAMPLES,
            note=" ".join(faults),
        )
    ]


def _files() -> SearchStrategy[list[File]]:
    """Up to six files: notes, plain texts and web pages of any characters, and real PDFs."""
    from hypothesis import strategies

    words = strategies.text(strategies.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
    heading = strategies.sampled_from(("# ", "## ", "", "- ", "> ", "| a | b |\n|---|---|\n| "))
    lines = strategies.lists(strategies.tuples(heading, words), min_size=1, max_size=12)
    texts = lines.map(lambda of: "\n\n".join(f"{head}{text} word{len(text)}." for head, text in of).encode())
    # One content has one ending: under two, it is read as the ending says that came first.
    written = texts.map(lambda content: ((".md", ".txt", ".html")[crc32(content) % 3], content))
    pdfs = strategies.sampled_from([(".pdf", path.read_bytes()) for path in sorted(SMALL_PDFS.glob("*.pdf"))])
    kinds = strategies.one_of(written, written, written, pdfs)
    several = strategies.lists(kinds, min_size=1, max_size=MOST_FILES)
    return several.map(lambda of: [(f"file{number}{ending}", content) for number, (ending, content) in enumerate(of)])


def differences(files: Sequence[File], reordered: Sequence[File]) -> list[str]:
    """What is not the same after the files were added again in several ways; empty when all is."""
    from vectorstore.library import Library

    with TemporaryDirectory() as name:
        folder, found = Path(name), list[str]()
        first = _write(folder / "first", files)
        renamed = _write(
            folder / "renamed", [(f"z{place}-{name}", content) for place, (name, content) in enumerate(reordered)]
        )
        with Library.open(folder / "library", WordEmbedder()) as library:
            _must_read(library.add(first))
            before = state(library)
            for _ in range(AGAIN):
                library.add(list(reversed(first)))
            found += [f"added again: {what}" for what in _changed(before, state(library))]
            library.add(renamed)
            library.add([folder / "first", folder / "renamed"])
            found += [f"renamed: {what}" for what in _changed(before, state(library))]
        with Library.open(folder / "library", WordEmbedder()) as library:
            library.add(renamed)
            found += [f"opened again: {what}" for what in _changed(before, state(library))]
        with Library.open(folder / "another", WordEmbedder()) as library:
            library.add(renamed)
            after = state(library)
            same = {name: value for name, value in before.items() if name in ("documents", "pages", "chunks", "copies")}
            found += [f"built anew: {what}" for what in _changed(same, after)]
        return found


def state(library: Library) -> dict[str, Any]:
    """What must not change: ids, counts, and that all parts of the library agree."""
    documents = library.documents()
    report = library.check()
    return {
        "documents": sorted(document.id for document in documents),
        "pages": report.pages,
        "chunks": sorted(chunk.id for document in documents for chunk in library.chunks(document.id)),
        "copies": len(list((library.folder / "files").iterdir())) if (library.folder / "files").is_dir() else 0,
        "embeddings": report.embeddings,
        "titles": sorted(document.title for document in documents),
        "faults": report.faults,
    }


def _must_read(report: Any) -> None:
    """Files that cannot be read are told so each time, and change nothing either."""
    for outcome in report.with_status("failed"):
        if not isinstance(outcome.error, StudyError):
            raise AssertionError(f"{outcome.path.name} failed without a sentence")


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [f"{name} were {value} and are {after[name]}" for name, value in before.items() if after[name] != value]


def _write(folder: Path, files: Sequence[File]) -> list[Path]:
    folder.mkdir()
    paths = [folder / name for name, _ in files]
    for path, (_, content) in zip(paths, files, strict=True):
        path.write_bytes(content)
    return paths
