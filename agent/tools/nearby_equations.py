"""What can be said when the catalogue does not have an equation: near ones, and what the paper's pages display."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from errors import ExerciseError, LibraryError
from ingestion.displayed_equations import displayed_equations

if TYPE_CHECKING:
    from agent.context import LibraryReader

MOST_PAGES = 60
MOST_LISTED = 30
DRAFT_TIP = "Where you have draft_equation, a draft of yours can be shown if its check passes."
_NUMBER = re.compile(r"\d{1,2}[a-z]?")


def with_nearby(error: ExerciseError, equation: str, paper: str, library: LibraryReader) -> ExerciseError:
    """The fault with what may help: the catalogue's near ones, where the paper displays its own, how to go on."""
    hints = [error.hint, _displayed(equation, paper, library) if paper else "", DRAFT_TIP]
    return ExerciseError(error.message, hint=" ".join(hint for hint in hints if hint))


def _displayed(equation: str, paper: str, library: LibraryReader) -> str:
    """Which numbered equations stand on which pages of the library's file; "" when none is found."""
    try:
        document = library.find_document(paper)
        pages = [library.page(document.id, number) for number in range(1, min(document.pages, MOST_PAGES) + 1)]
    except LibraryError:
        return ""
    found = [(one.number, page.number) for page in pages for one in displayed_equations(page)]
    wanted = _NUMBER.search(equation)
    places = [page for number, page in found if wanted and number.lower() == wanted.group()]
    if places:
        return f"Equation {wanted.group() if wanted else ''} stands on p. {places[0]}; read_pages shows that page."
    listed = ", ".join(f"{number} (p. {page})" for number, page in found[:MOST_LISTED])
    return f"The paper numbers these equations: {listed}." if listed else ""
