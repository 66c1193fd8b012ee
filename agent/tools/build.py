"""The tools that a turn's hands allow, in one list."""

from __future__ import annotations

from dataclasses import dataclass

from langchain_core.tools import BaseTool

from agent.context import TurnContext
from agent.tools.add_paper import add_paper
from agent.tools.answer_quiz import answer_quiz, end_quiz, explain_answer, grade_answer, quiz_hint
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
from agent.tools.start_quiz import start_quiz
from agent.tools.study_mode import study_mode, study_plan, study_reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a turn has to work with, beside the library and the roadmap."""

    python: bool = True
    papers: bool = True
    curriculum: bool = True
    desk: bool = True
    drafts: bool = True
    """Offer `draft_equation`."""

    @classmethod
    def of(cls, context: TurnContext, *, drafts: bool) -> Offer:
        """What the hands of a turn allow."""
        return cls(
            python=context.python is not None,
            papers=context.papers is not None,
            curriculum=context.curriculum is not None,
            desk=context.desk is not None,
            drafts=drafts,
        )


EVERYTHING = Offer()
READING = (search_library, read_pages, explain_paper, compare_papers, list_library, roadmap)
QUIZ = (start_quiz, answer_quiz, quiz_hint, explain_answer, end_quiz, grade_answer)
STUDY = (*QUIZ, study_mode, study_reply, study_plan, recall_attempts, prerequisites)


def build_tools(offer: Offer = EVERYTHING) -> list[BaseTool]:
    """The tools in the order a model sees them."""
    return [
        *READING,
        *([run_python] if offer.python else []),
        *([search_arxiv, add_paper] if offer.papers else []),
        *([explain_equation] if offer.curriculum else []),
        *([draft_equation] if offer.drafts and offer.curriculum and offer.python else []),
        *([predict_output, check_prediction] if offer.curriculum else []),
        *(STUDY if offer.desk else []),
    ]
