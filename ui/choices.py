"""What the learner chose in the page: a small JSON file with a version, in the data folder of theirs."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from agent.context import RunPython
from agent.preferences import LANGUAGES, LEVELS, Preferences
from errors import HomeError

logger = logging.getLogger(__name__)

FILE = "page.json"
VERSION = 2
"""Version 1, which had no number in it, held the model and the manner of running code alone, under the same names."""
RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "question_characters": (200, 100_000),
        "max_tool_calls": (1, 50),
        "turn_timeout_seconds": (10, 7200),
        "keep_conversations_days": (0, 36_500),
        "keep_deleted_hours": (1, 8760),
        "keep_logs_days": (0, 36_500),
        "keep_traces_days": (0, 36_500),
        "keep_uploads_days": (0, 36_500),
    }
)
"""Smallest and largest value of each choice that is a number."""
_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "run_python": ("", *get_args(RunPython)),
        "explanation_level": ("", *LEVELS),
        "explanation_language": ("", *LANGUAGES),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """An empty text, or None, leaves a thing as it is set where the program starts."""

    model: str = ""
    run_python: str = ""
    explanation_level: str = ""
    explanation_language: str = ""
    question_characters: int | None = None
    max_tool_calls: int | None = None
    turn_timeout_seconds: int | None = None
    keep_conversations_days: int | None = None
    keep_deleted_hours: int | None = None
    keep_logs_days: int | None = None
    keep_traces_days: int | None = None
    keep_uploads_days: int | None = None
    welcomed: bool = False
    """Whether the welcome was gone through or skipped."""

    @property
    def preferences(self) -> Preferences:
        """How things are explained."""
        return Preferences(level=self.explanation_level, language=self.explanation_language)


class ChoiceStore:
    """The file. A damaged one counts as no choices; a variable of the environment wins over it.

    Args:
        place: the file, or what finds it when it is asked for, where each reader has a folder of their own.
        fixed: name of a choice to its value, where a variable of the environment set it.
    """

    def __init__(self, place: Path | Callable[[], Path], fixed: Mapping[str, Any] | None = None) -> None:
        self._place = place
        self.fixed = dict(fixed or {})
        self._lock = threading.Lock()

    def read(self) -> Choices:
        """What counts now."""
        with self._lock:
            return replace(_choices(self._values()), **self.fixed)

    def change(self, **values: Any) -> Choices:
        """Keep some choices; the others stay.

        Raises:
            HomeError: the file cannot be written.
            ValueError: a value is none of that choice's.
        """
        for name, value in values.items():
            if not _is_usable(name, value):
                raise ValueError(f"{name}={value!r}")
        with self._lock:
            path, kept = self.path, self._values()
            draft = path.with_suffix(".tmp")
            content = {**kept, **values, "version": VERSION}
            try:
                if path.exists() and not kept:
                    path.replace(path.with_suffix(".damaged"))
                draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
                draft.replace(path)
            except OSError as error:
                raise HomeError(
                    f"The choice cannot be stored in {path}: {error.strerror}.",
                    hint="Check the folder's rights and free space.",
                ) from error
            return replace(_choices(content), **self.fixed)

    @property
    def path(self) -> Path:
        """The file."""
        return self._place if isinstance(self._place, Path) else self._place()

    def _values(self) -> dict[str, Any]:
        """The file's content with what we do not know; {} of a file that cannot be used."""
        path = self.path
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("it holds no choices")
            if values.get("version", 1) not in range(1, VERSION + 1):
                raise ValueError(f"a newer program wrote it (version {values['version']})")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError) as error:
            logger.warning("The choices in %s cannot be read, so none count: %s", path, error)
            return {}
        return values


def _choices(values: Mapping[str, Any]) -> Choices:
    """The usable values; one that is not counts as not chosen."""
    known: dict[str, Any] = {}
    for name in asdict(Choices()):
        if name not in values:
            continue
        if _is_usable(name, values[name]):
            known[name] = values[name]
        else:
            logger.warning("The choice %s=%r cannot be used, so it does not count", name, values[name])
    return Choices(**known)


def _is_usable(name: str, value: Any) -> bool:
    if name in RANGES:
        lowest, highest = RANGES[name]
        return value is None or (type(value) is int and lowest <= value <= highest)
    if name in _WORDS:
        return value in _WORDS[name]
    if name == "welcomed":
        return isinstance(value, bool)
    return name in _NAMES and isinstance(value, str) and len(value) <= 200


_NAMES = frozenset(one.name for one in fields(Choices))
