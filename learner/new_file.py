"""A file that appears whole, under a name that was free, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from errors import LearnerRecordError


def write_new(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill an unfinished file beside `path`, then give it its name.

    Raises:
        LearnerRecordError: there is such a file already, or it cannot be written.
    """
    if os.path.lexists(path):
        raise LearnerRecordError(f"There is a file {path} already.", hint="Choose another name, or move it away first.")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            write(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise LearnerRecordError(
            f"{path} cannot be written ({reason}).", hint="Choose a folder that is there and may be written to."
        ) from error
