"""Faults of the record's file, in plain words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import HomeBusyError, HomeError, LearnerRecordError, StudyError


@contextmanager
def plain_faults(path: Path) -> Iterator[None]:
    """Turn faults of the file into sentences.

    Raises:
        StudyError: a `HomeError` or `LearnerRecordError` in place of the error inside.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _in_plain_words(error, path) from error
    except OSError as error:
        raise HomeError(
            f"The folder {path.parent} for your learning record cannot be made ({error.strerror or error}).",
            hint="Check the folder's permissions, or set STUDY_HOME.",
        ) from error


def _in_plain_words(error: sqlite3.Error, path: Path) -> StudyError:
    text = str(error).lower()
    if "full" in text:
        return LearnerRecordError(
            f"The disk of {path.parent} is full; nothing recorded before is lost.",
            hint="Free some space and do it again.",
        )
    if "locked" in text or "busy" in text:
        return HomeBusyError(f"Another program holds {path}.", hint="Close it and do it again.")
    if "readonly" in text or "unable to open" in text:
        return HomeError(
            f"{path} cannot be opened for writing.", hint="Check the folder's permissions, or set STUDY_HOME."
        )
    return LearnerRecordError(
        f"Your learning record {path} cannot be used ({error}).",
        hint="Start again to have it rebuilt; if this stays, move the file away, or put back a copy of it.",
    )
