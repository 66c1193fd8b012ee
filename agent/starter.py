"""What each of several homes begins with: a library with our notes, embedded once and copied for every new home."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeAlias

from errors import StudyError

logger = logging.getLogger(__name__)

LIBRARY = "library"
_LOCKS = ("writer.lock", "writer.json")

Make: TypeAlias = Callable[[Path, Callable[[], bool]], None]
"""Bring the home in a folder up to date and close it; asked now and then whether to stop."""


class Starter:
    """A home of nobody's, whose library is copied. Safe to use from several threads."""

    def __init__(self, folder: Path, make: Make, *, also: tuple[str, ...] = ()) -> None:
        """`also` names the small files beside the library that belong to it."""
        self._folder = folder
        self._make = make
        self._also = also
        self._lock = threading.Lock()
        self._is_made = False

    @property
    def is_there(self) -> bool:
        """Whether an earlier start left one, which may be of an older edition."""
        return (self._folder / LIBRARY).is_dir()

    def prepare(self, cancelled: Callable[[], bool]) -> bool:
        """Make it, or bring it up to date, once; False, and a line in the log, where that cannot be."""
        with self._lock:
            return self._prepared(cancelled)

    def give(self, home: Path, cancelled: Callable[[], bool]) -> bool:
        """Lay a copy into a home that has no library yet; False where there is one, or nothing to copy.

        A home without a copy gets its notes in the usual way, at the usual price.
        """
        if (home / LIBRARY).exists() or cancelled():
            return False
        with self._lock:
            if not self._prepared(cancelled) or cancelled():
                return False
            try:
                self._copy(home)
            except OSError as error:
                logger.warning("The library to begin with could not be copied to %s: %s", home, error)
                return False
        return True

    def _prepared(self, cancelled: Callable[[], bool]) -> bool:
        if not self._is_made:
            try:
                self._make(self._folder, cancelled)
                self._is_made = not cancelled()
            except StudyError as error:
                logger.warning("The library to begin with cannot be made: %s", error.as_text())
            except Exception:
                logger.exception("The library to begin with cannot be made")
        return self._is_made

    def _copy(self, home: Path) -> None:
        """All or nothing: the library is there at once, when its files are."""
        home.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".starter-", dir=home))
        try:
            shutil.copytree(self._folder / LIBRARY, draft / LIBRARY, ignore=shutil.ignore_patterns(*_LOCKS))
            for name in self._also:
                if (self._folder / name).is_file():
                    shutil.copyfile(self._folder / name, home / name)
            (draft / LIBRARY).rename(home / LIBRARY)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
