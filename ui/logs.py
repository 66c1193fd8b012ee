"""Where the log goes: a file in the data folder when that can be, else the terminal."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LARGEST_BYTES = 2_000_000
_KEPT_FILES = 3


def start_log(folder: Path, level: str) -> Path | None:
    """Send the program's log to `folder`; the file, or None when it had to be the terminal."""
    handler: logging.Handler
    path: Path | None = folder / "study.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / "study.log", maxBytes=_LARGEST_BYTES, backupCount=_KEPT_FILES, encoding="utf-8"
        )
    except OSError:
        handler, path = logging.StreamHandler(sys.stderr), None
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in ("agent", "curriculum", "ingestion", "ui", "vectorstore"):
        logging.getLogger(name).setLevel(level.upper())
    return path
