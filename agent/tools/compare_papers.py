"""The tool that gathers what two to four papers say on the same aspects."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool
from pydantic import BaseModel, BeforeValidator, Field

from agent.context import LibraryReader, TurnContext
from agent.tools.aspects import Aspect, all_aspects, gather
from agent.tools.explain_paper import in_turns, said_numbers
from agent.tools.forgiving import optional_text
from agent.tools.named_paper import find_paper
from agent.tools.quoting import defused, quote_passages
from errors import QuestionError
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from vectorstore.library import DocumentSummary

FEWEST, MOST = 2, 4
PASSAGES_OF_CELL = 6
MOST_ASPECTS = 8
_BETWEEN = re.compile(r"\s*(?:[;,\n]|\s(?:and|with|vs\.?|versus|to)\s)\s*", re.IGNORECASE)


def forgiving_list(value: Any) -> list[str]:
    """A list of texts out of a list, or out of one text that names several."""
    match value:
        case list() | tuple():
            return [text for text in map(optional_text, value) if text]
        case str():
            return [part for part in _BETWEEN.split(optional_text(value)) if part]
        case _:
            return [text] if (text := optional_text(value)) else []


Names = Annotated[list[str], BeforeValidator(forgiving_list)]


class ComparePapersArguments(BaseModel):
    """Arguments of `compare_papers`."""

    papers: Names = Field(default_factory=list, description="Two to four titles or arXiv ids of papers in the library.")
    aspects: Names = Field(
        default_factory=list, description="What to compare, e.g. data or results; empty for the usual six."
    )


@tool("compare_papers", args_schema=ComparePapersArguments, response_format="content_and_artifact")
async def compare_papers(
    papers: list[str], aspects: list[str], runtime: ToolRuntime[TurnContext, Any]
) -> tuple[str, dict[str, Any]]:
    """Gather the passages of two to four papers on the same aspects, to compare them in a table with citations."""
    context = runtime.context
    documents = _found(papers, context)
    asked = all_aspects(aspects)[:MOST_ASPECTS]
    cells = await asyncio.to_thread(_gathered, context.library, documents, asked)
    await context.order.turn_of(runtime.tool_call_id)
    return _told(documents, asked, cells, context)


def _found(papers: Sequence[str], context: TurnContext) -> list[DocumentSummary]:
    found = (find_paper(paper, context.library, context.curriculum) for paper in papers[:MOST])
    documents = {document.id: document for document in found}
    if len(documents) < FEWEST:
        raise QuestionError(
            "A comparison needs two different papers of the library.", hint="Name two to four titles or arXiv ids."
        )
    return list(documents.values())


def _gathered(
    library: LibraryReader, documents: Sequence[DocumentSummary], aspects: Sequence[Aspect]
) -> list[list[list[Passage]]]:
    """For each aspect and each document its passages."""
    return [[gather(library, document, aspect, limit=PASSAGES_OF_CELL) for document in documents] for aspect in aspects]


def _told(
    documents: Sequence[DocumentSummary],
    aspects: Sequence[Aspect],
    cells: Sequence[Sequence[Sequence[Passage]]],
    context: TurnContext,
) -> tuple[str, dict[str, Any]]:
    passages = in_turns([cell for row in cells for cell in row])
    text, shown = quote_passages(passages, context.sources, budget_characters=context.limits.tool_result_characters)
    numbered = [{"number": context.sources.number(one), **one.to_dict()} for one in passages]
    rows: list[dict[str, Any]] = [
        {"aspect": aspect.name, "cells": [[context.sources.number(one) for one in cell] for cell in row]}
        for aspect, row in zip(aspects, cells, strict=True)
    ]
    columns = [{"document_id": document.id, "title": document.title} for document in documents]
    told = {passage["number"] for passage in numbered[:shown]}
    lines = [
        f"{row['aspect']} of {defused(column['title'])}: {said_numbers(cell, told)}"
        for row in rows
        for column, cell in zip(columns, row["cells"], strict=True)
    ]
    text += "\nWhich passages speak of what:\n" + "\n".join(lines)
    if shown < len(passages):
        text += f"\n{len(passages) - shown} more passages were left out to save space."
    query = " and ".join(column["title"] for column in columns)
    return text, {"kind": "comparison", "query": query, "passages": numbered, "columns": columns, "rows": rows}
