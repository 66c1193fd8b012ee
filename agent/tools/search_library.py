"""The tool that finds passages."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.tools.arguments import SearchArguments
from agent.tools.quoting import passages_artifact, quote_passages
from errors import QuestionError
from vectorstore.filters import SearchFilters

if TYPE_CHECKING:
    from vectorstore.passage import Passage

_BETWEEN = re.compile(r"\s*(?:[,;/|]|\band\b|\bor\b)\s*|\s+")
"""Between the words of a list that came as one text."""


@tool("search_library", args_schema=SearchArguments, response_format="content_and_artifact")
async def search_library(
    query: str,
    document: str,
    part: str,
    topic: str,
    year: str,
    section: str,
    kind: str,
    type: str,
    runtime: ToolRuntime[TurnContext, Any],
) -> tuple[str, dict[str, Any]]:
    """Find the passages of the learner's papers and notes that fit a question, numbered to cite."""
    context = runtime.context
    if not query:
        raise QuestionError("The search has no query.", hint="Search again and say what to find.")
    filters = SearchFilters.of(
        papers=[document],
        parts=[part],
        topics=[topic],
        years=year,
        section=section,
        kinds=_BETWEEN.split(kind),
        types=_BETWEEN.split(type),
    )
    passages, emptied_by = await asyncio.to_thread(_search, query, filters, context)
    await context.order.turn_of(runtime.tool_call_id)
    artifact = passages_artifact(query, passages, context.sources)
    if emptied_by:
        return f"{emptied_by} Search again without that.", artifact
    if not passages:
        return "No passage fits. Try other words, or list_library to see what there is.", artifact
    text, shown = quote_passages(passages, context.sources, budget_characters=context.limits.tool_result_characters)
    if shown < len(passages):
        text += f"\n{len(passages) - shown} more were left out to save space; a narrower query shows them."
    return text, artifact


def _search(query: str, filters: SearchFilters, context: TurnContext) -> tuple[list[Passage], str]:
    """The passages; without any, which filter left nothing to search in, if one did."""
    passages = context.library.search(query, limit=context.limits.search_results, filters=filters)
    return passages, "" if passages or not filters else context.library.emptied_by(filters)
