"""Predict, then run: the code to read, and later what it really gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.cards.code import output_parts
from ui.cards.setting import Setting
from ui.markup import code_block, escape_text
from ui.translation import N_, _

_VERDICTS = {
    "right": N_("✓ right"),
    "close": N_("◐ close"),
    "wrong": N_("✕ not this time"),
    "skipped": N_("– skipped"),
}


def exercise_card(details: Mapping[str, Any]) -> str:
    """The exercise: read the code, type the prediction as the next message."""
    exercise: Mapping[str, Any] = details.get("exercise") or {}
    return "\n\n".join(
        [
            f'<div class="card-head"><b>{_("Predict, then run")}</b> · '
            f"{escape_text(str(exercise.get('title', '')))}</div>",
            escape_text(str(exercise.get("prompt", ""))),
            code_block(str(exercise.get("code", "")), "python"),
            f'<div class="notice">{_("Type your prediction as the next message, or “I don’t know”.")}</div>',
        ]
    )


def result_card(details: Mapping[str, Any], setting: Setting) -> str:
    """The prediction beside what the code gave."""
    verdict = _(_VERDICTS.get(str(details.get("verdict")), ""))
    given, expected = (str(details.get(name) or "") for name in ("given", "expected"))
    parts = [
        f'<div class="card-head"><b>{_("Your prediction")}</b> · {verdict}</div>',
        f'<div class="card-label">{_("You said")}</div>',
        code_block(given or _("(nothing)"), "text"),
        f'<div class="card-label">{_("It gives")}</div>',
        code_block(expected, "text"),
    ]
    run: Mapping[str, Any] = details.get("run") or {}
    if run.get("figures") or run.get("error"):
        parts += output_parts({**run, "text": "", "value": ""}, setting)
    return "\n\n".join(part for part in parts if part)
