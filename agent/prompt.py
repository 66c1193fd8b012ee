"""Prompts are text files under `agent/prompts/`, one a step, with `{{name}}` for what is filled in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "prompts"
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")


@cache
def _template(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8").strip()


def prompt_variables(name: str) -> frozenset[str]:
    """The names that the prompt wants filled in."""
    return frozenset(_VARIABLE.findall(_template(name)))


def load_prompt(name: str, **values: str) -> str:
    """The prompt with its variables filled in.

    Raises:
        ValueError: `values` are not exactly the prompt's variables.
    """
    wanted = prompt_variables(name)
    if wanted != values.keys():
        raise ValueError(f"The prompt {name} takes {sorted(wanted)}, not {sorted(values)}.")
    return _VARIABLE.sub(lambda match: values[match.group(1)], _template(name))
