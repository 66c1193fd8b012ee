"""The chat model the learner chose, kept in the data folder, and the choices as the page shows them."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from errors import HomeError
from ui.markup import escape_html

if TYPE_CHECKING:
    from agent.providers.options import ModelChoice

logger = logging.getLogger(__name__)

AUTOMATIC = "auto"


class ModelMemory:
    """The chosen model's name in a small JSON file; empty means the setting's own choice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def chosen(self) -> str:
        """The chosen name, or an empty text; a damaged file counts as no choice."""
        with self._lock:
            try:
                values = json.loads(self._path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                return ""
            except (OSError, ValueError) as error:
                logger.warning("The choice of model in %s cannot be read: %s", self._path, error)
                return ""
        name = values.get("model", "") if isinstance(values, dict) else ""
        return name if isinstance(name, str) else ""

    def choose(self, name: str) -> None:
        """Keep a name; empty goes back to the setting.

        Raises:
            HomeError: the file cannot be written.
        """
        with self._lock:
            draft = self._path.with_suffix(".tmp")
            try:
                draft.write_text(json.dumps({"model": name}), encoding="utf-8")
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
