"""What can be said when the catalogue does not have an equation: near ones, and what the paper's pages display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errors import ExerciseError

if TYPE_CHECKING:
    from agent.context import LibraryReader

DRAFT_TIP = (
    "One outside the catalogue can be drafted with draft_equation, where you have it: shown if its check passes."
)


def with_nearby(error: ExerciseError, paper: str, library: LibraryReader) -> ExerciseError:
    """The fault with what may help: the catalogue's near ones (its own hint), and that a draft can be made."""
    return ExerciseError(error.message, hint=f"{error.hint} {DRAFT_TIP}".strip())
