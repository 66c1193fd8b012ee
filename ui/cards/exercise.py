"""Predict, then run: the code to read, and later what it really gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.cards.code import output_parts
from ui.cards.setting import Setting
from ui.markup import code_block, escape_text

_VERDICTS = {"right": "✓ right", "close": "◐ close", "wrong": "✕ not this time", "skipped": "– skipped"}


def exercise_card(details: Mapping[str, Any]) -> str:
    """The exercise: read the code, type the prediction as the next message."""
    exercise: Mapping[str, Any] = details.get("exercise") or {}
    return "\n\n".join(
        [
            f'<div class="card-head"><b>Predict, then run</b> · {escape_text(str(exercise.get("title", "")))}</div>',
            escape_text(str(exercise.get("prompt", ""))),
            code_block(str(exercise.get("code", "")), "python"),
            '<div class="notice">Type your prediction as the next message, or “I don’t know”.</div>',
        ]
    )


def result_card(details: Mapping[str, Any], setting: Setting) -> str:
    """The prediction beside what the code gave."""
    verdict = _VERDICTS.get(str(details.get("verdict")), "")
    given, expected = (str(details.get(name) or "") for name in ("given", "expected"))
    parts = [
        f'<div class="card-head"><b>Your prediction</b> · {verdict}</div>',
        '<div class="card-label">You said</div>',
        code_block(given or "(nothing)", "text"),
        '<div class="card-label">It gives</div>',
        code_block(expected, "text"),
    ]
    run: Mapping[str, Any] = details.get("run") or {}
    if run.get("figures") or run.get("error"):
        parts += output_parts({**run, "text": "", "value": ""}, setting)
    return "\n\n".join(part for part in parts if part)
