"""How much time, memory and size one file may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds for reading one file; beyond them the file is refused as oversized."""

    timeout_seconds: float = 60.0
    """Longest time for one file, or for one page picture."""
    memory_megabytes: int = 2048
    """Address space of the process that parses PDFs; enforced where the system can (not on Windows)."""
    file_megabytes: int = 200
    """Largest file that is opened."""
    recognise_text: bool = True
    """Whether pages that are only pictures are read by an installed `tesseract`."""


MOST_TEXT_CHARACTERS = 6_000_000
"""Of a file without pages: some million words, which take up to twenty seconds to be cut into chunks."""
MOST_TAGS = 150_000
"""Of a web page; each takes some 5 kB of memory while it is read."""
DEFAULT_LIMITS = ReadLimits()
