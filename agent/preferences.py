"""How a learner wants things explained: a level and a language, as plain values and as words of the prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.prompt import load_prompt

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

LEVELS: Mapping[str, str] = {"newcomer": "Beginner", "engineer": "Practitioner", "researcher": "Researcher"}
"""Level, as the study modes name it, to what a learner calls it."""
LANGUAGES = (
    *("English", "Arabic", "Chinese", "Czech", "Dutch", "French", "German", "Greek", "Hebrew", "Hindi", "Indonesian"),
    *("Italian", "Japanese", "Korean", "Persian", "Polish", "Portuguese", "Romanian", "Russian", "Spanish", "Swedish"),
    *("Turkish", "Ukrainian", "Vietnamese"),
)
"""Only a name of this list comes into the prompt: what a learner types never does."""
_TOLD_LEVEL = re.compile(r"^- Level of explanation: (\w+)\.", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the learner chose; an empty text leaves it to the question."""

    level: str = ""
    """A key of `LEVELS`."""
    language: str = ""
    """One of `LANGUAGES`."""


NO_PREFERENCES = Preferences()


def preferences_text(preferences: Preferences) -> str:
    """The lines for the instructions of a model; empty when nothing was chosen, or nothing that we know."""
    lines = []
    if preferences.level in LEVELS:
        lines.append(load_prompt(f"level_{preferences.level}"))
    if preferences.language in LANGUAGES:
        lines.append(load_prompt("language", language=preferences.language))
    return "".join(f"\n{line}" for line in lines)


def told_level(messages: Sequence[BaseMessage]) -> str:
    """The level that the instructions name, for a model that reads them by rule; empty when they name none."""
    system = next((str(message.text) for message in messages if message.type == "system"), "")
    found = _TOLD_LEVEL.search(system)
    return found[1] if found and found[1] in LEVELS else ""
