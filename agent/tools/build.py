"""All tools in one list."""

from __future__ import annotations

from langchain_core.tools import BaseTool

from agent.tools.list_library import list_library
from agent.tools.read_pages import read_pages
from agent.tools.roadmap import roadmap
from agent.tools.search_library import search_library


def build_tools() -> list[BaseTool]:
    """The tools of the graph, in the order a model sees them; they work on the turn's `TurnContext`."""
    return [search_library, read_pages, list_library, roadmap]
