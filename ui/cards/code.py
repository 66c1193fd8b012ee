"""A run of Python: the code, what it printed, its figures, and what can be done with it next."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from errors import StudyError
from ui.cards.setting import Setting
from ui.markup import code_block, escape_text
from ui.translation import N_, _

_WALLS = {"webassembly": N_("WebAssembly sandbox"), "locked process": N_("locked process")}
_ENDINGS = {
    "timeout": N_("stopped at the time limit"),
    "memory": N_("stopped at the memory limit"),
    "crashed": N_("crashed"),
    "stopped": N_("stopped"),
    "error": N_("ended with an error"),
}
WIDEST_FIGURE = 720
"""Pixels of the page; a figure is drawn no wider."""


def code_card(run: Mapping[str, Any], setting: Setting) -> str:
    """The finished run as Markdown."""
    shown = {**run, "text": "", "value": "", "error": "", "notices": ()} if setting.is_told else run
    output = [] if setting.is_told and not run.get("figures") else output_parts(shown, setting)
    parts = [_heading(run), code_block(str(run.get("code", "")), "python"), *output]
    parts.append(_buttons(setting.conversation_id))
    return "\n\n".join(part for part in parts if part)


def running_code(code: str) -> str:
    """The code while it runs."""
    return f'<div class="card-head"><b>Python</b> · {_("running …")}</div>\n\n{code_block(code, "python")}'


def output_parts(run: Mapping[str, Any], setting: Setting) -> list[str]:
    """What the run gave: text, value, error, figures and notices, each when there is one."""
    parts: list[str] = []
    text, value, error = (str(run.get(name) or "") for name in ("text", "value", "error"))
    if text.strip():
        parts += [_label(_("Printed")), code_block(text.rstrip("\n"), "text")]
    if value:
        parts += [_label(_("Value of the last line")), code_block(value, "text")]
    if error:
        parts += [_label(_("Error")), code_block(error.rstrip("\n"), "text")]
    figures = list(run.get("figures") or ())
    parts += [_figure(figure, place, len(figures), setting) for place, figure in enumerate(figures, start=1)]
    notices: Sequence[Any] = run.get("notices") or ()
    parts += [f'<div class="notice">{escape_text(str(notice))}</div>' for notice in notices]
    if not (text.strip() or value or error or figures or notices):
        parts.append(f'<div class="notice">{_("It ran and printed nothing.")}</div>')
    return parts


def _heading(run: Mapping[str, Any]) -> str:
    facts = [_(_ENDINGS.get(str(run.get("status")), N_("ran")))]
    seconds = run.get("seconds")
    if isinstance(seconds, int | float):
        facts.append(f"{seconds:.2f} s")
    if wall := _WALLS.get(str(run.get("wall"))):
        facts.append(_(wall))
    return f'<div class="card-head"><b>Python</b> · {" · ".join(facts)}</div>'


def _label(text: str) -> str:
    return f'<div class="card-label">{text}</div>'


def _figure(figure: Mapping[str, Any], place: int, count: int, setting: Setting) -> str:
    try:
        picture = setting.read_picture(setting.conversation_id, str(figure.get("file", "")))
    except StudyError as error:
        return f'<div class="failure">{escape_text(error.message)}</div>'
    width, height = int(figure.get("width", 0)), int(figure.get("height", 0))
    shown = min(width, WIDEST_FIGURE)
    encoded = base64.b64encode(picture).decode("ascii")
    told = _("Figure {number} of {all} that the code drew, {width} by {height} pixels")
    named = told.format(number=place, all=count, width=width, height=height)
    return (
        f'<img class="figure" width="{shown}" height="{round(height * shown / max(width, 1))}" alt="{named}" '
        f'src="data:image/png;base64,{encoded}">'
    )


def _buttons(conversation_id: str) -> str:
    identity = escape_text(conversation_id)
    return (
        '<div class="card-buttons">'
        f'<button type="button" class="card-button edit-code" name="run_code" value="{identity}">'
        f"{_('Edit and run')}</button>"
        f'<button type="button" class="card-button study-action" name="reset_python" value="{identity}" '
        f'title="{_("Forget the variables of this conversation")}">{_("Reset variables")}</button></div>'
    )
