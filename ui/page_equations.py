"""The equations of a page that the assistant can explain, as buttons of the source panel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ui.markup import escape_html
from ui.translation import _

if TYPE_CHECKING:
    from curriculum.equation_values import Equation
    from ingestion.document import Page
    from vectorstore.reports import DocumentSummary


@dataclass(frozen=True, slots=True)
class PageEquation:
    """One equation and the question that asks for it."""

    shown: str
    question: str


def equations_on_page(document: DocumentSummary, page: Page) -> tuple[PageEquation, ...]:
    """What can be explained on this page: equations of the catalogue first, then others with a printed number."""
    from ingestion.displayed_equations import displayed_equations

    if document.kind != "pdf":
        return ()
    known = [
        equation for equation in _catalogue(document.arxiv_id or "", document.title) if equation.page == page.number
    ]
    found = [
        PageEquation(
            f"({equation.number}) {equation.name}" if equation.number else equation.name,
            f"Explain the equation “{equation.name}” of “{document.title}”",
        )
        for equation in known
    ]
    numbers = {equation.number for equation in known}
    found += [
        PageEquation(f"({one.number})", f"Explain equation {one.number} of “{document.title}”")
        for one in displayed_equations(page)
        if one.number and one.number not in numbers
    ]
    return tuple(found)


def equations_html(equations: tuple[PageEquation, ...]) -> str:
    """The buttons; empty when the page has no equation."""
    if not equations:
        return ""
    buttons = "".join(
        f'<button type="button" class="card-button study-action" name="ask" value="{escape_html(one.question)}">'
        f"{escape_html(one.shown)}</button>"
        for one in equations
    )
    return f'<div class="page-equations"><span>{_("Explain an equation of this page:")}</span>{buttons}</div>'


@lru_cache(maxsize=64)
def _catalogue(arxiv_id: str, title: str) -> tuple[Equation, ...]:
    """The catalogue's equations of a paper, known by its arXiv id or by its title."""
    from curriculum.equations import equations_of
    from curriculum.load import load_curriculum

    wanted = title.casefold()
    for paper in load_curriculum().papers:
        if (arxiv_id and paper.arxiv_id == arxiv_id) or paper.title.casefold() == wanted:
            return tuple(equations_of(paper.id))
    return ()
