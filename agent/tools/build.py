"""The tools that a turn's hands allow, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.tools import BaseTool

from agent.context import TurnContext
from agent.tools.add_paper import add_paper
from agent.tools.answer_quiz import answer_quiz_tool, end_quiz, explain_answer, grade_answer, quiz_hint
from agent.tools.check_prediction import check_prediction
from agent.tools.compare_papers import compare_papers
from agent.tools.draft_equation import draft_equation
from agent.tools.explain_equation import explain_equation
from agent.tools.explain_paper import explain_paper
from agent.tools.list_library import list_library
from agent.tools.predict_output import predict_output
from agent.tools.read_pages import read_pages
from agent.tools.recall import prerequisites, recall_attempts
from agent.tools.roadmap import roadmap
from agent.tools.run_python import run_python
from agent.tools.search_arxiv import search_arxiv
from agent.tools.search_library import search_library
from agent.tools.start_quiz import start_quiz_tool
from agent.tools.study_mode import study_mode, study_plan, study_reply

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def build_tools(
    context: TurnContext | None = None, *, drafts: bool = True, model: BaseChatModel | None = None
) -> list[BaseTool]:
    """The tools in the order a model sees them; without a context all there are.

    Args:
        context: what is there to work with.
        drafts: offer `draft_equation`.
        model: drafts items of quizzes; None for rules.
    """
    reading = [search_library, read_pages, explain_paper, compare_papers, list_library, roadmap]
    has = context
    hands = [
        *([run_python] if has is None or has.python else []),
        *([search_arxiv, add_paper] if has is None or has.papers else []),
        *([explain_equation] if has is None or has.curriculum else []),
        *([draft_equation] if drafts and (has is None or (has.curriculum and has.python)) else []),
        *([predict_output, check_prediction] if has is None or has.curriculum else []),
        *(_study_tools(model) if has is None or has.desk else []),
    ]
    return [*reading, *hands]


def _study_tools(model: BaseChatModel | None) -> list[BaseTool]:
    quiz = [start_quiz_tool(model), answer_quiz_tool(model), quiz_hint, explain_answer, end_quiz, grade_answer]
    return [*quiz, study_mode, study_reply, study_plan, recall_attempts, prerequisites]
