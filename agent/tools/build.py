"""The tools that a turn's hands allow, in one list."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import cast

from langchain_core.tools import BaseTool

from agent.context import TurnContext
from agent.tools.add_paper import add_paper
from agent.tools.compare_papers import compare_papers
from agent.tools.draft_equation import draft_equation
from agent.tools.explain_equation import explain_equation
from agent.tools.explain_paper import explain_paper
from agent.tools.list_library import list_library
from agent.tools.read_pages import read_pages
from agent.tools.roadmap import roadmap
from agent.tools.run_python import run_python
from agent.tools.search_arxiv import search_arxiv
from agent.tools.search_library import search_library


def build_tools(context: TurnContext | None = None, *, drafts: bool = True) -> list[BaseTool]:
    """The tools in the order a model sees them; without a context all there are.

    Args:
        context: what is there to work with.
        drafts: offer `draft_equation`.
    """
    reading = [search_library, read_pages, explain_paper, compare_papers, list_library, roadmap]
    has = context
    hands = [
        *([run_python] if has is None or has.python else []),
        *([search_arxiv, add_paper] if has is None or has.papers else []),
        *([explain_equation] if has is None or has.curriculum else []),
        *([draft_equation] if drafts and (has is None or (has.curriculum and has.python)) else []),
        *(_named("predict_output", "check_prediction") if has is None or has.learner else []),
    ]
    return [*reading, *hands]


def _named(*names: str) -> list[BaseTool]:
    """The tools of modules that are there."""
    return [
        cast("BaseTool", getattr(import_module(f"agent.tools.{name}"), name))
        for name in names
        if find_spec(f"agent.tools.{name}") is not None
    ]
