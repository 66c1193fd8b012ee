"""`python -m evals.soak.make_home`: store a home as this version writes it, for all later versions to open.

Part of a release: tests/data/homes/VERSION.zip, under 300 kB. One that is there is never written again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.soak.chat_kills import DIALOGUES
from evals.soak.homes import COUNTS, HOME, HOMES, contents
from evals.soak.killed_tutor import hold
from evals.soak.scripted_tutor import open_rooms, write_home
from evals.soak.small_library import SMALL_PDFS

MOST_BYTES = 300_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when the file is there already or would be too large."""
    from importlib.metadata import version

    parser = argparse.ArgumentParser(prog="python -m evals.soak.make_home", description=__doc__)
    parser.add_argument("--name", default=version("roadmap-study-assistant"), help="of the file (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=HOMES, help="folder (default: %(default)s)")
    options = parser.parse_args(arguments)
    target: Path = options.out / f"{options.name}.zip"
    if target.exists():
        sys.stderr.write(f"{target} is there; a home that a version wrote is kept as it is.\n")
        return 1
    with TemporaryDirectory() as folder:
        counts = write(Path(folder) / HOME)
        target.parent.mkdir(parents=True, exist_ok=True)
        pack(Path(folder) / HOME, counts, target)
    size = target.stat().st_size
    if size > MOST_BYTES:
        target.unlink()
        sys.stderr.write(f"The home would take {size:,} bytes, the limit is {MOST_BYTES:,}.\n")
        return 1
    sys.stdout.write(f"{target}: {size:,} bytes, {json.dumps(counts)}\n")
    return 0


def write(home: Path) -> dict[str, int]:
    """Make a home with a PDF, notes, conversations, a quiz and predictions; what it holds."""
    home.mkdir(parents=True)
    write_home(home)
    rooms = open_rooms(home)
    try:
        rooms.library.add([SMALL_PDFS / "lighthouse.pdf"])
        for dialogue in DIALOGUES.values():
            asyncio.run(hold(rooms, dialogue))
        return contents(rooms)
    finally:
        rooms.library.close()


def pack(home: Path, counts: dict[str, int], target: Path) -> None:
    """The home's files and its counts in one archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(COUNTS, json.dumps(counts, indent=1) + "\n")
        for path in sorted(home.rglob("*")):
            if path.is_file():
                archive.write(path, Path(HOME) / path.relative_to(home))


if __name__ == "__main__":
    sys.exit(main())
