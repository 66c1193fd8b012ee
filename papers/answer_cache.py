"""arXiv's answers on disk: good for a day, so that asking again costs nobody anything."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FRESH_SECONDS = 24 * 3600.0
"""arXiv's own index changes once a day."""
EMPTY_FRESH_SECONDS = 15 * 60.0
"""An answer without papers may be a hiccup, or about a paper of this hour."""
OLD_SECONDS = 7 * 24 * 3600.0
"""An older answer is not shown even when arXiv cannot be reached."""
MOST_ENTRIES = 500
CLOCK_SLACK_SECONDS = 60.0
"""An answer from further in the future than this was stored by a wrong clock."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A stored feed."""

    body: bytes
    age_seconds: float
    empty: bool
    """It held no papers."""

    @property
    def fresh(self) -> bool:
        """True while it may stand for a new answer."""
        return self.age_seconds <= (EMPTY_FRESH_SECONDS if self.empty else FRESH_SECONDS)


class AnswerCache:
    """One file for each address. Every fault of the disk is a miss, never an error."""

    def __init__(self, folder: Path, *, wall: Callable[[], float]) -> None:
        self._folder = folder
        self._wall = wall

    def read(self, url: str) -> CachedAnswer | None:
        """The stored answer to an address, if it is whole and not too old."""
        path = self._path(url)
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            body = str(record["body"]).encode("utf-8")
            if record["url"] != url or record["sha256"] != sha256(body).hexdigest():
                raise ValueError("it is not what was stored")
            age = self._wall() - float(record["stored_at"])
            empty = bool(record["empty"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.info("A stored answer is damaged and left out (%s).", error)
            self.forget(url)
            return None
        if not -CLOCK_SLACK_SECONDS <= age <= OLD_SECONDS:
            return None
        return CachedAnswer(body, max(age, 0.0), empty)

    def write(self, url: str, body: bytes, *, empty: bool) -> None:
        """Store an answer, whole or not at all."""
        path = self._path(url)
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        record = {
            "url": url,
            "stored_at": self._wall(),
            "empty": empty,
            "sha256": sha256(body).hexdigest(),
            "body": body.decode("utf-8"),
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
            unfinished.replace(path)
            self._prune()
        except (OSError, ValueError) as error:
            log.info("An answer was not stored (%s).", error)
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def forget(self, url: str) -> None:
        """Drop the answer to an address."""
        with contextlib.suppress(OSError):
            self._path(url).unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        return self._folder / f"{sha256(url.encode()).hexdigest()[:32]}.json"

    def _prune(self) -> None:
        """Drop the oldest answers when there are too many."""
        files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[MOST_ENTRIES:]:
            path.unlink(missing_ok=True)
