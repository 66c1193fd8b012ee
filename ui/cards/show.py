"""Which card shows what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.cards.arxiv import added_card, found_card
from ui.cards.code import code_card
from ui.cards.equation import equation_card
from ui.cards.exercise import exercise_card, result_card
from ui.cards.plan import plan_card
from ui.cards.quiz import quiz_card
from ui.cards.setting import Setting


def card(details: Mapping[str, Any], setting: Setting) -> str:
    """The card of a tool's result as Markdown; empty when the result has none."""
    if setting.is_told and details.get("kind") in ("exercise", "exercise_result"):
        return ""
    match details.get("kind"):
        case "python":
            return code_card(details, setting)
        case "arxiv":
            return found_card(details)
        case "paper_added":
            return added_card(details)
        case "equation":
            return equation_card(details, setting)
        case "exercise":
            return exercise_card(details)
        case "exercise_result":
            return result_card(details, setting)
        case "quiz" | "study":
            return quiz_card(details, setting)
        case "plan":
            return plan_card(details)
        case _:
            return ""
