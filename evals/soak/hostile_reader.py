"""A process that reads one file and tells what came of it in a line of JSON: for `hostile_files`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

TIMEOUT_SECONDS, MEMORY_MEGABYTES = 13.0, 896
"""Limits for reading a PDF. It is tried by a second reader after one that broke, so twice the time is under 30 s;
with the memory of the program that asks, it stays below 1 GiB."""
KILOBYTES_TO_MEGABYTES = 1 / 1024
MOST_ADDRESSES = 6 << 30
"""Bytes of address space, to keep the machine whole when a limit is none."""
CHUNK_TOKENS = 256


def main(path: Path) -> None:
    """Read and chunk."""
    import resource

    from errors import StudyError
    from ingestion.chunking import chunk_document
    from ingestion.limits import ReadLimits
    from ingestion.load import load_document
    from ingestion.tokens import approximate_tokens

    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    limits = ReadLimits(timeout_seconds=TIMEOUT_SECONDS, memory_megabytes=MEMORY_MEGABYTES, recognise_text=False)
    started = time.monotonic()
    told: dict[str, object] = {"kind": "text", "message": "", "hint": ""}
    try:
        document = load_document(path, limits=limits)
        chunks = chunk_document(document, count_tokens=approximate_tokens, max_tokens=CHUNK_TOKENS)
        pages = {page.number: page.text for page in document.pages}
        told["characters"] = sum(map(len, pages.values()))
        told["chunks"] = len(chunks)
        told["wrong"] = sum(pages[chunk.page_number][chunk.start : chunk.end] != chunk.text for chunk in chunks)
    except StudyError as error:
        told = {"kind": "fault", "message": error.message, "hint": error.hint}
    except Exception as error:
        told = {"kind": "defect", "message": f"{type(error).__name__}: {error}"[:300], "hint": ""}
    told["seconds"] = round(time.monotonic() - started, 2)
    used = _own_kilobytes() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    told["megabytes"] = round(used * KILOBYTES_TO_MEGABYTES)
    sys.stdout.write(json.dumps(told) + "\n")


def _own_kilobytes() -> int:
    """The most memory that this process had; `getrusage` would count what its parent had when it was forked."""
    import resource

    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii", errors="replace").splitlines() if status.is_file() else []
    most = next((line for line in lines if line.startswith("VmHWM:")), "")
    return int(most.split()[1]) if most else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(Path(sys.argv[1]))
