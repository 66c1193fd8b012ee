"""An explained equation: the formula, its symbols, what each part does, why it is there, and the check that ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.cards.code import output_parts
from ui.cards.setting import Setting
from ui.markup import code_block, display_formula, escape_text, inline_formula
from ui.translation import N_, _

_VERDICTS = {
    "ok": N_("✓ the check ran and passed"),
    "timeout": N_("◐ the check ran out of time; run it again when the machine is less busy"),
    "stopped": N_("◐ the check was stopped"),
}


def equation_card(details: Mapping[str, Any], setting: Setting) -> str:
    """The card as Markdown; the check's code is folded, its output is not."""
    equation: Mapping[str, Any] = details.get("equation") or {}
    check: Mapping[str, Any] = details.get("check") or {}
    parts = [_heading(equation, drafted=bool(details.get("drafted")))]
    if not setting.is_told:
        parts += _explanation(equation)
    if check:
        verdict = _(_VERDICTS.get(str(check.get("status")), N_("⚠ the check did not pass")))
        shown = {**check, "text": "", "value": "", "error": "", "notices": ()} if setting.is_told else check
        output = [] if setting.is_told and not check.get("figures") else output_parts(shown, setting)
        parts += [f'<div class="card-label">{verdict}</div>', *output]
    if code := str(check.get("code") or equation.get("check") or ""):
        title = _("Code of the check")
        parts.append(f"<details><summary>{title}</summary>\n\n{code_block(code, 'python')}\n\n</details>")
        identity = escape_text(setting.conversation_id)
        parts.append(
            '<div class="card-buttons"><button type="button" class="card-button edit-code" name="run_code" '
            f'value="{identity}">{_("Change it and run")}</button></div>'
        )
    return "\n\n".join(part for part in parts if part)


def _explanation(equation: Mapping[str, Any]) -> list[str]:
    parts = [
        display_formula(str(equation.get("latex", ""))),
        _symbols(equation.get("symbols") or ()),
        _parts(equation.get("parts") or ()),
    ]
    if equation.get("shows"):
        title = _("What the check shows")
        parts.append(f'<div class="card-label">{title}</div>\n\n{escape_text(str(equation["shows"]))}')
    return parts


def _heading(equation: Mapping[str, Any], *, drafted: bool) -> str:
    facts = [_("equation ({number})").format(number=equation["number"]) if equation.get("number") else ""]
    facts.append(_("p. {page}").format(page=equation["page"]) if equation.get("page") else "")
    if drafted:
        facts.append(_("drafted by the model; only its check was verified"))
    elif equation.get("origin") == "derived":
        facts.append(_("follows from the paper's text"))
    line = " · ".join(escape_text(fact) for fact in facts if fact)
    return f'<div class="card-head"><b>{escape_text(str(equation.get("name", _("Equation"))))}</b> · {line}</div>'


def _symbols(symbols: Sequence[Mapping[str, Any]]) -> str:
    if not symbols:
        return ""
    rows = "".join(_symbol(symbol) for symbol in symbols)
    heads = "".join(f"<th>{one}</th>" for one in (_("Symbol"), _("Name"), _("Shape"), _("Meaning")))
    return f'<table class="symbols"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _symbol(symbol: Mapping[str, Any]) -> str:
    name, shape, meaning = (escape_text(str(symbol.get(key, ""))) for key in ("name", "shape", "meaning"))
    cells = (inline_formula(str(symbol.get("latex", ""))), name, shape or _("scalar"), meaning)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _parts(parts: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<li>{inline_formula(str(part.get('latex', '')))}: {escape_text(str(part.get('does', '')))}</li>"
        for part in parts
    )
    return f'<div class="card-label">{_("What each part does")}</div>\n\n<ul>{rows}</ul>' if rows else ""
