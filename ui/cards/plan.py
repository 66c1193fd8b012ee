"""The plan of a request with several parts, as a list that fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.markup import escape_text
from ui.translation import N_, _

_SIGNS = {"completed": ("✓", N_("done")), "in_progress": ("▸", N_("now")), "pending": ("○", N_("to do"))}


def plan_card(plan: Mapping[str, Any]) -> str:
    """The steps with their state, readable without colour."""
    lines: list[str] = []
    for item in plan.get("items") or ():
        sign, meaning = _SIGNS.get(str(item.get("status")), _SIGNS["pending"])
        lines.append(
            f'<li><span class="sign" aria-hidden="true">{sign}</span> {escape_text(str(item.get("text", "")))} '
            f'<span class="for-reader">({_(meaning)})</span></li>'
        )
    return f'<div class="card-head"><b>{_("Plan")}</b></div>\n\n<ul class="plan">{"".join(lines)}</ul>' if lines else ""
