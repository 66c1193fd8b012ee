"""The chat model and the manner of running code that the learner chose, kept in the data folder."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from agent.context import RunPython
from errors import HomeError
from ui.markup import escape_html

if TYPE_CHECKING:
    from agent.providers.options import ModelChoice

logger = logging.getLogger(__name__)

AUTOMATIC = "auto"


class ModelMemory:
    """The learner's choices in a small JSON file; an empty one means the setting's own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def chosen(self) -> str:
        """The chosen model's name, or an empty text; a damaged file counts as no choice."""
        with self._lock:
            return self._read().get("model", "")

    def run_python(self) -> RunPython | None:
        """When the tutor's code runs; None when the learner chose nothing."""
        with self._lock:
            chosen = self._read().get("run_python", "")
        return next((known for known in get_args(RunPython) if known == chosen), None)

    def choose(self, name: str) -> None:
        """Keep a model's name; empty goes back to the setting.

        Raises:
            HomeError: the file cannot be written.
        """
        self._keep("model", name)

    def choose_run_python(self, name: str) -> None:
        """Keep when code runs; empty goes back to the setting.

        Raises:
            HomeError: the file cannot be written.
        """
        self._keep("run_python", name)

    def _read(self) -> dict[str, str]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            logger.warning("The choices in %s cannot be read: %s", self._path, error)
            return {}
        return {key: text for key, text in values.items() if isinstance(text, str)} if isinstance(values, dict) else {}

    def _keep(self, key: str, value: str) -> None:
        with self._lock:
            draft = self._path.with_suffix(".tmp")
            try:
                draft.write_text(json.dumps({**self._read(), key: value}), encoding="utf-8")
                draft.replace(self._path)
            except OSError as error:
                raise HomeError(
                    f"The choice cannot be stored in {self._path}: {error.strerror}.",
                    hint="Check the folder's rights and free space.",
                ) from error


def menu(choices: Sequence[ModelChoice], default: str) -> list[tuple[str, str]]:
    """Label and value for each model that can be used; the first leaves the choice to the setting."""
    automatic = "Automatic: the best model found here" if default == AUTOMATIC else f"As set: {default}"
    usable = [(_label(choice), choice.name) for choice in choices if choice.available]
    return [(automatic, ""), *usable]


def missing_html(choices: Sequence[ModelChoice]) -> str:
    """What is not there and how to get it."""
    lines = [
        f"<li><b>{escape_html(choice.label)}</b>: {escape_html(choice.note)} "
        f'<span class="hint">{escape_html(choice.hint)}</span></li>'
        for choice in choices
        if not choice.available
    ]
    return f'<ul class="missing-models">{"".join(lines)}</ul>' if lines else ""


def _label(choice: ModelChoice) -> str:
    return f"{choice.label}: {choice.note}" if choice.note else choice.label
