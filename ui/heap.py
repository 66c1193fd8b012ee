"""Gives memory that nobody uses any more back to the system: glibc keeps it, other C libraries are left alone.

Each thread may get an arena of its own, up to eight for each core, and what is free in the middle of one stays with the
process: with twenty learners some 400 MB, and more of it after each hour. Sources:
https://man7.org/linux/man-pages/man3/mallopt.3.html, https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

from __future__ import annotations

import ctypes
import re
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ARENAS = 2
"""Threads wait for each other no longer than with 16 of them (measured with two that embed)."""
LOOK_SECONDS = 10.0
WORTH_MEGABYTES = 16.0
"""Growth since it was last given back; looking for what is free takes up to a tenth of a second of one core."""
_ARENA_MAX = -8
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


def share_arenas() -> bool:
    """Let all threads share few arenas. True where the C library has some; threads that are there keep their own."""
    library = _glibc()
    return library is not None and bool(library.mallopt(_ARENA_MAX, ARENAS))


def give_back() -> bool:
    """Give all that is free back. True if there was something."""
    library = _glibc()
    return library is not None and bool(library.malloc_trim(0))


def give_back_for_ever() -> NoReturn:
    """Give back whenever the process has grown, and never return: for a main thread that has nothing else to do."""
    last = 0.0
    while True:
        time.sleep(LOOK_SECONDS)
        if resident_megabytes() - last >= WORTH_MEGABYTES:
            give_back()
            last = resident_megabytes()


def resident_megabytes() -> float:
    """What the process holds in memory; 0 where the system does not tell."""
    with suppress(OSError):
        found = _RESIDENT.search(Path("/proc/self/status").read_text(encoding="ascii"))
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
