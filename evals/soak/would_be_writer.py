"""A process that opens a library for writing at a given moment and holds it, or tells why not: for `one_writer`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from errors import HomeBusyError
from evals.soak.small_library import WordEmbedder
from vectorstore.library import Library


def main(folder: Path, at: float, hold_seconds: float) -> None:
    """Tell in one line of JSON what came of it: `opened`, `seconds` it took, `message` of the refusal."""
    time.sleep(max(0.0, at - time.time()))
    started = time.monotonic()
    try:
        library = Library.open(folder, WordEmbedder())
    except HomeBusyError as error:
        tell(opened=False, seconds=time.monotonic() - started, message=error.message)
        return
    tell(opened=True, seconds=time.monotonic() - started, message="")
    with library:
        time.sleep(hold_seconds)


def tell(**values: object) -> None:
    """One line at once."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    import chromadb  # noqa: F401 - loaded before the moment comes

    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
