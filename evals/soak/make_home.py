"""`python -m evals.soak.make_home`: store a home as this version writes it, for all later versions to open.

Part of a release: tests/data/homes/VERSION.zip, under 300 kB. One of a released version is never written again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import sys
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from curriculum.load import load_curriculum
from errors import StudyError
from evals.soak.chat_kills import DIALOGUES
from evals.soak.homes import COUNTS, HOME, HOMES, contents
from evals.soak.killed_tutor import hold
from evals.soak.scripted_tutor import open_rooms, write_home
from evals.soak.small_library import SMALL_PDFS
from learner.acts import tick

MOST_BYTES = 300_000
TICKED = 3
"""So many boxes of the roadmap are ticked by hand."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when the file is there already or would be too large."""
    from importlib.metadata import version

    parser = argparse.ArgumentParser(prog="python -m evals.soak.make_home", description=__doc__)
    parser.add_argument("--name", default=version("roadmap-study-assistant"), help="of the file (default: %(default)s)")
    parser.add_argument("--again", action="store_true", help="in place of one that is there, before the version's tag")
    parser.add_argument("--out", type=Path, default=HOMES, help="folder (default: %(default)s)")
    options = parser.parse_args(arguments)
    target: Path = options.out / f"{options.name}.zip"
    if target.exists() and not options.again:
        sys.stderr.write(f"{target} is there; a home that a version wrote is kept as it is.\n")
        return 1
    with TemporaryDirectory() as folder:
        counts = write(Path(folder) / HOME)
        if leaks := leaking(Path(folder) / HOME, (folder, str(Path.home()), str(Path(__file__).parents[2]))):
            sys.stderr.write(f"These files of the home tell of this machine: {', '.join(leaks)}.\n")
            return 1
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
    """Make a home with a PDF, notes, conversations, a quiz, predictions and ticked boxes; what it holds."""
    home.mkdir(parents=True)
    write_home(home)
    rooms = open_rooms(home)
    try:
        rooms.library.add([SMALL_PDFS / "lighthouse.pdf"])
        for dialogue in DIALOGUES.values():
            asyncio.run(hold(rooms, dialogue))
        curriculum = load_curriculum()
        for box in [box.id for box in curriculum.boxes if not box.is_part][:TICKED]:
            tick(rooms.record, curriculum, box, at=datetime.now(UTC))
        return contents(rooms)
    finally:
        rooms.library.close()
        clear_unused(home)


def clear_unused(home: Path) -> None:
    """Write zeros where Chroma's index holds places for vectors to come, with whatever stood in the memory there.

    Its head: version, offset, places, vectors, bytes of a place
    (https://github.com/chroma-core/hnswlib, `saveIndexHeader`).
    """
    for head in home.rglob("header.bin"):
        data = head.with_name("data_level0.bin")
        _, _, places, vectors, size = struct.unpack_from("<iQQQQ", head.read_bytes())
        content = data.read_bytes()
        if len(content) != places * size:
            raise StudyError(f"{data.name} has another form than is known here.")
        data.write_bytes(content[: vectors * size].ljust(len(content), b"\0"))


def leaking(home: Path, folders: Iterable[str]) -> list[str]:
    """Files in which one of the folders is named."""
    names = [folder.encode() for folder in folders]
    found = (path for path in sorted(home.rglob("*")) if path.is_file())
    return [path.relative_to(home).as_posix() for path in found if any(name in path.read_bytes() for name in names)]


def pack(home: Path, counts: dict[str, int], target: Path) -> None:
    """The home's files and its counts in one archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(COUNTS, json.dumps(counts, indent=1) + "\n")
        for path in sorted(home.rglob("*")):
            if path.is_file():
                archive.write(path, Path(HOME) / path.relative_to(home))


if __name__ == "__main__":
    sys.exit(main())
