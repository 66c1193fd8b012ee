"""Text of scanned pages, read off their pictures by an installed `tesseract`; without one nothing is done.

The program runs as a process of its own for each page, with limits of time and memory and without our environment.
What it reads becomes printed lines with the box of every word, so that passages can be marked on the picture.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from statistics import median
from typing import Any

from ingestion.characters import clean_word
from ingestion.document import Box
from ingestion.lines import Line, Word, make_line

PROGRAM = "tesseract"
PIXELS_PER_POINT = 300 / 72
"""300 dots an inch, which tesseract is made for."""
LEAST_CONFIDENCE = 30.0
"""Percent; a word below it is rather dirt."""
LEAST_PAGE_CONFIDENCE = 55.0
"""Percent over all words; a page below it lies on its side, or is no text."""
MOST_PAGES = 200
"""Scanned pages of one document that are read; each takes seconds."""
LARGE_LINE = 1.3
"""A line so many times as high as most is set in larger type: a title."""
KEPT_VARIABLES = ("PATH", "TESSDATA_PREFIX", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH")
WORD_LEVEL, COLUMN_COUNT = "5", 12

RecognisedLine = list[list[Any]]
"""Words of a printed line: text, left, top, right, bottom in points."""


def find_program() -> str | None:
    """The path of the program, None when it is not installed."""
    return shutil.which(PROGRAM)


def recognise(program: str, picture: bytes, *, timeout_seconds: float, memory_megabytes: int) -> list[RecognisedLine]:
    """The lines on a picture of a page, `PIXELS_PER_POINT` large; none when it fails or cannot read it."""
    try:
        process = subprocess.Popen(
            [program, "stdin", "stdout", "tsv"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
    except OSError:
        return []
    with process:
        _limit(process.pid, memory_megabytes)
        try:
            answer, _ = process.communicate(picture, timeout=timeout_seconds)
        except (subprocess.TimeoutExpired, OSError):
            process.kill()
            return []
    return lines_of(answer.decode("utf-8", "replace")) if process.returncode == 0 else []


def lines_of(table: str) -> list[RecognisedLine]:
    """The lines of tesseract's table of words; none when it was too unsure of them."""
    lines: dict[tuple[str, ...], RecognisedLine] = {}
    sure: list[float] = []
    for row in table.splitlines():
        cells = row.split("\t", COLUMN_COUNT - 1)
        if len(cells) < COLUMN_COUNT or cells[0] != WORD_LEVEL:
            continue
        try:
            left, top, width, height, confidence = map(float, cells[6:11])
        except ValueError:
            continue
        text = clean_word(cells[11].strip()).strip()
        sure.append(confidence)
        if text and confidence >= LEAST_CONFIDENCE and width > 0 and height > 0:
            edges = (left, top, left + width, top + height)
            word = [text, *(round(edge / PIXELS_PER_POINT, 2) for edge in edges)]
            lines.setdefault(tuple(cells[1:5]), []).append(word)
    return list(lines.values()) if sure and sum(sure) / len(sure) >= LEAST_PAGE_CONFIDENCE else []


def printed_lines(lines: Iterable[RecognisedLine]) -> tuple[Line, ...]:
    """The lines as if they were printed in the PDF; the type size is told by their height."""
    found = [line for line in lines if line]
    if not found:
        return ()
    usual = median(_height(line) for line in found)
    return tuple(_printed(line, usual) for line in found)


def _printed(line: RecognisedLine, usual: float) -> Line:
    height = _height(line)
    size = round(height if height > LARGE_LINE * usual else usual, 1)
    words = [Word(_single(text), Box(*edges), size) for text, *edges in line]
    hyphenated = len(words[-1].text) > 1 and words[-1].text[-1] == "-" and words[-1].text[-2].isalpha()
    return make_line(words, hyphenated=hyphenated)


def _single(text: str) -> str:
    """The word without blanks inside of it."""
    return "".join(str(text).split())


def _height(line: RecognisedLine) -> float:
    """Height of most of the line's words, in points."""
    return float(median(bottom - top for _, _, top, _, bottom in line))


def _limit(process_id: int, memory_megabytes: int) -> None:
    """Bound the process's memory, where the system can."""
    if sys.platform == "linux":
        import resource

        size = memory_megabytes << 20
        try:
            resource.prlimit(process_id, resource.RLIMIT_AS, (size, size))
        except (OSError, ValueError):  # it has ended already, or the system forbids it
            return


def _environment() -> dict[str, str]:
    """What the program needs to start; one thread, as it is slower with several on shared cores."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}
