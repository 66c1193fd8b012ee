"""Where the log goes: a file in the data folder when that can be, else the terminal."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path

from agent.providers.hiding import HidingFormatter, hidden

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LARGEST_BYTES = 2_000_000
_KEPT_FILES = 3


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time (UTC), level, logger, message, the traceback where there is one; no keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            values["traceback"] = self.formatException(record.exc_info)
        return hidden(json.dumps(values, ensure_ascii=False))


def start_log(folder: Path, level: str, *, as_json: bool = False) -> Path | None:
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
    handler.setFormatter(JsonFormatter() if as_json else HidingFormatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in ("agent", "curriculum", "ingestion", "ui", "vectorstore"):
        logging.getLogger(name).setLevel(level.upper())
    return path
