"""The chat model, the manner of running code and the limits that the learner chose; the menu of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from agent.context import RunPython
from ui.choices import ChoiceStore
from ui.markup import escape_html
from ui.translation import _

if TYPE_CHECKING:
    from agent.context import Limits
    from agent.providers.options import ModelChoice

AUTOMATIC = "auto"


class ModelMemory(ChoiceStore):
    """The learner's choices, with a door for each that the chat asks for."""

    def chosen(self) -> str:
        """The chosen model's name, or an empty text; a damaged file counts as no choice."""
        return self.read().model

    def run_python(self) -> RunPython | None:
        """When the tutor's code runs; None when the learner chose nothing."""
        chosen = self.read().run_python
        return next((known for known in get_args(RunPython) if known == chosen), None)

    def choose(self, name: str) -> None:
        """Keep a model's name; empty goes back to the setting.

        Raises:
            HomeError: the file cannot be written.
        """
        self.change(model=name)

    def choose_run_python(self, name: str) -> None:
        """Keep when code runs; empty goes back to the setting.

        Raises:
            HomeError: the file cannot be written.
        """
        self.change(run_python=name)

    def limits(self, limits: Limits) -> Limits:
        """The bounds of a turn, with those the learner chose."""
        chosen = self.read()
        return replace(
            limits,
            question_characters=chosen.question_characters or limits.question_characters,
            tool_calls=chosen.max_tool_calls or limits.tool_calls,
            turn_timeout_seconds=chosen.turn_timeout_seconds or limits.turn_timeout_seconds,
        )


def menu(choices: Sequence[ModelChoice], default: str) -> list[tuple[str, str]]:
    """Label and value for each model that can be used; the first leaves the choice to the setting."""
    automatic = _("As set: {model}").format(model=default)
    if default == AUTOMATIC:
        automatic = _("Automatic: the best model found here")
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
