"""A process that adds and deletes until it is killed, and tells each step before and after it: for `ingest_kills`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from evals.soak.small_library import WordEmbedder
from vectorstore.files import document_id_of
from vectorstore.library import Library

STEPS = 30
"""After so many the library is closed and opened again, so that kills fall into that, too."""
AT_ONCE = 4
DELETE = 1 / 4


def write_for_ever(folder: Path, files: Sequence[Path], chance: Random) -> None:
    """Open, add and delete at random, close, and again. Lines: `open IDS`, `adding IDS`, `added IDS`, ..."""
    ids = {path: str(document_id_of(path)) for path in files}
    tell("begin")
    while True:
        with Library.open(folder, WordEmbedder()) as library:
            tell("open", *(document.id for document in library.documents()))
            for _ in range(STEPS):
                present = library.documents()
                if present and chance.random() < DELETE:
                    gone = chance.choice(present).id
                    tell("deleting", gone)
                    library.delete(gone)
                    tell("deleted", gone)
                else:
                    chosen = chance.sample(files, chance.randint(1, AT_ONCE))
                    tell("adding", *(ids[path] for path in chosen))
                    report = library.add(chosen)
                    tell("added", *(str(file.document_id) for file in report.files))


def tell(what: str, *ids: str) -> None:
    """One line in one write, so that a kill cuts none in two."""
    sys.stdout.write(" ".join((what, *ids)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    import chromadb  # noqa: F401 - what takes long is loaded before the clock of the kill begins

    write_for_ever(Path(sys.argv[1]), sorted(Path(sys.argv[2]).iterdir()), Random(sys.argv[3]))
