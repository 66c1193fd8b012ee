"""Files of a library damaged on purpose between two starts; the second one must repair them, and say so in the log."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from errors import StudyError
from evals.soak import stale_logs
from evals.soak.counts import Count
from evals.soak.small_library import WordEmbedder, heard, queries, rankings, write_files
from evals.soak.soak import Soak
from vectorstore.facts import DocumentFacts

PART = "damage"
TRIES, SHORT_TRIES = 20, 1
NOTES, SHORT_NOTES = 30, 10
ROWS_IN_GRAPH = 20
"""Chroma writes its graph to the segment folder after so many; the library else leaves all in Chroma's log."""

Damage = Callable[[Path, Random], None]
"""Does its damage to a closed library; what it needs of an earlier moment lies in the folder `earlier` beside it."""


def measure(soak: Soak) -> Sequence[Count]:
    """Damage libraries and open them."""
    tries, notes = (SHORT_TRIES, SHORT_NOTES) if soak.short else (TRIES, NOTES)
    counts = []
    for kind, damage in DAMAGES.items():

        def attempt(key: str, damage: Damage = damage) -> dict[str, Any]:
            return one_library(soak.folder(PART) / key, soak.chance(PART, key), damage, notes)

        keys = [f"{kind.replace(' ', '-')}-{number}" for number in range(tries)]
        outcomes = soak.ledger(PART).fill(keys, attempt)
        promise = f"{kind}: mended at the next start, noted in the log, nothing lost, the same found"
        counts.append(stale_logs.count_of(promise, outcomes, asked=TRIES))
    return [*counts, *stale_logs.counts(soak, PART, tries)]


def one_library(folder: Path, chance: Random, damage: Damage, notes: int) -> dict[str, Any]:
    """What is wrong with a library after it was damaged and opened as a learner would open it."""
    from vectorstore.library import Library

    shutil.rmtree(folder, ignore_errors=True)
    files = write_files(folder / "files", chance, notes)
    chance.shuffle(files)
    asked, home = queries(chance), folder / "library"
    with _graph_on_disk(), Library.open(home, WordEmbedder()) as library:
        library.add(files[: notes // 2], facts=_facts(files))
        shutil.copytree(home, folder / "earlier")
        library.add(files[notes // 2 :])
        library.delete(library.documents()[0].id)
        before = _state(library, asked)
    damage(home, chance)
    faults = []
    with heard() as lines:
        try:
            with Library.open(home, WordEmbedder()) as library:
                faults += [f"{name} differ." for name, value in _state(library, asked).items() if value != before[name]]
                faults += library.check().faults
        except StudyError as error:
            faults.append(error.as_text())
    if not lines:
        faults.append("The log says nothing.")
    shutil.rmtree(folder, ignore_errors=not faults)
    return {"faults": faults, "log": lines}


@contextmanager
def _graph_on_disk() -> Iterator[None]:
    """Libraries whose Chroma has a graph that can be lost."""
    from vectorstore.chroma_index import CONFIGURATION

    usual = dict(CONFIGURATION["hnsw"])
    CONFIGURATION["hnsw"] |= {"sync_threshold": ROWS_IN_GRAPH, "batch_size": ROWS_IN_GRAPH // 2}
    try:
        yield
    finally:
        CONFIGURATION["hnsw"].clear()
        CONFIGURATION["hnsw"].update(usual)


def _facts(files: Sequence[Path]) -> dict[Path, DocumentFacts]:
    """What arXiv would have said about some of the files."""
    return {
        path: DocumentFacts(title=f"Paper {number}", authors="A. Author", arxiv_id=f"2601.{number:05}", year=2026)
        for number, path in enumerate(files[::3])
    }


def _state(library: Any, asked: Sequence[str]) -> dict[str, Any]:
    documents = library.documents()
    return {
        "documents": sorted((one.id, one.source_name, one.title, one.arxiv_id) for one in documents),
        "pages": sorted(library.page(document.id, 1).text for document in documents),
        "chunks": sorted(chunk.id for document in documents for chunk in library.chunks(document.id)),
        "files": sorted(library.file_path(document.id).is_file() for document in documents),
        "findings": rankings(library, asked),
    }


def lose_segment(home: Path, chance: Random) -> None:
    """Remove the folders in which Chroma keeps its graph."""
    folders = [path for path in (home / "chroma").iterdir() if path.is_dir()]
    if not folders:
        raise StudyError("Chroma has no segment folder.")
    for path in folders:
        shutil.rmtree(path)


def cut_chroma(home: Path, chance: Random) -> None:
    """Cut Chroma's database at a random byte."""
    path = home / "chroma" / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size)])


def stale_chroma_log(home: Path, chance: Random) -> None:
    """Put a write-ahead log of an earlier moment beside Chroma's database."""
    _earlier_log(home / "chroma" / "chroma.sqlite3", home.with_name("earlier") / "chroma" / "chroma.sqlite3")


def stale_catalogue_log(home: Path, chance: Random) -> None:
    """Put a write-ahead log of an earlier moment beside the catalogue."""
    _earlier_log(home / "catalogue.sqlite3", home.with_name("earlier") / "catalogue.sqlite3")


def _earlier_log(path: Path, earlier: Path) -> None:
    """The log of the earlier file; where it has none, one that an update of it leaves."""
    log = earlier.with_name(earlier.name + "-wal")
    target = path.with_name(path.name + "-wal")
    if log.is_file() and log.stat().st_size:
        shutil.copyfile(log, target)
        return
    with closing(sqlite3.connect(earlier)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE left_over (value)")
        connection.execute("INSERT INTO left_over VALUES (randomblob(20000))")
        connection.commit()
        shutil.copyfile(log, target)


def lose_keywords(home: Path, chance: Random) -> None:
    """Remove the keyword index."""
    shutil.rmtree(home / "keywords")


def tear_page(home: Path, chance: Random) -> None:
    """Leave the second half of one of the catalogue's pages unwritten: zeros, or what stood there by chance."""
    path = home / "catalogue.sqlite3"
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18]) or 65_536
    halves = [slice(start + size // 2, start + size) for start in range(0, len(content), size)]
    half = chance.choice([half for half in halves if any(content[half])])
    content[half] = bytes(size // 2) if chance.random() < 0.5 else chance.randbytes(size // 2)
    path.write_bytes(content)


DAMAGES: dict[str, Damage] = {
    "Chroma's segment folder is missing": lose_segment,
    "Chroma's database is cut": cut_chroma,
    "a stale log beside Chroma's database": stale_chroma_log,
    "a stale log beside the catalogue": stale_catalogue_log,
    "the keyword index is deleted": lose_keywords,
    "a page of the catalogue is half written": tear_page,
}
