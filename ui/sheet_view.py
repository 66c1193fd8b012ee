"""A paper's study sheet as HTML: its sections, and the equations it shows with their symbols."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ui.formula import formula_html
from ui.markdown_view import markdown_html
from ui.markup import escape_html
from ui.roadmap_parts import ask_button
from ui.roadmap_references import replacements
from ui.translation import _

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.equation_values import Equation, Symbol
    from curriculum.sheets import Section, Sheet

_EQUATION_LINE = re.compile(r"^\{\{equation: ([\w.-]+)\}\}$", re.M)


def sheet_html(curriculum: Curriculum, sheet: Sheet) -> str:
    """The sheet below its title."""
    from curriculum.equations import load_equations

    equations = {str(equation.id): equation for equation in load_equations()}
    return "".join(_section(curriculum, sheet, section, equations) for section in sheet.sections)


def _section(curriculum: Curriculum, sheet: Sheet, section: Section, equations: Mapping[str, Equation]) -> str:
    def equation(match: re.Match[str]) -> str:
        found = equations.get(match[1])
        if found is None:
            return escape_html(match[0])
        return equation_html(found, curriculum.paper(found.paper_id).title, foreign=found.paper_id != sheet.paper_id)

    patterns = {_EQUATION_LINE: equation, **replacements(curriculum, sheet.paper_id)}
    spaced = _EQUATION_LINE.sub(r"\n\g<0>\n", section.text)
    return f"<h3>{escape_html(section.title)}</h3>{markdown_html(spaced, patterns, shift=2)}"


def equation_html(equation: Equation, paper_title: str, *, foreign: bool = False) -> str:
    """The formula, what its symbols mean, and a button that has it explained and its check run.

    Args:
        equation: of the catalogue.
        paper_title: the title of the equation's paper.
        foreign: whether that is another paper than the one being read, so that it must be named.
    """
    facts = [
        _("of “{title}”").format(title=paper_title) if foreign else "",
        _("equation ({number})").format(number=equation.number) if equation.number else "",
        _("p. {page}").format(page=equation.page) if equation.page else "",
        _("follows from the text") if equation.why else "",
    ]
    line = "".join(f" · {escape_html(fact)}" for fact in facts if fact)
    rows = "".join(map(_symbol, equation.symbols))
    asked = ask_button(f"Explain the equation “{equation.name}” of “{paper_title}”", _("Explain it and run its check"))
    return (
        f'<figure class="equation"><figcaption><b>{escape_html(equation.name)}</b>{line}</figcaption>'
        f'<div class="equation-formula" tabindex="0" role="group" aria-label="{_("Formula")}">'
        f"{formula_html(equation.latex, display=True)}</div>"
        f'<table class="symbols"><thead><tr><th>{_("Symbol")}</th><th>{_("Meaning")}</th><th>{_("Shape")}</th></tr>'
        f'</thead><tbody>{rows}</tbody></table><div class="card-buttons">{asked}</div></figure>'
    )


def _symbol(symbol: Symbol) -> str:
    return (
        f"<tr><td>{formula_html(symbol.latex, display=False)}</td>"
        f"<td><b>{escape_html(symbol.name)}</b>: {escape_html(symbol.meaning)}</td>"
        f"<td>{escape_html(symbol.shape) or _('number')}</td></tr>"
    )
