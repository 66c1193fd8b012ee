"""The tool that reads on: pages or a section of one document."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.tools.arguments import ReadArguments
from agent.tools.named_paper import find_note, find_paper
from agent.tools.quoting import defused, passages_artifact, quote_passages
from agent.words import words
from errors import QuestionError
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from ingestion.document import Chunk
    from vectorstore.library import DocumentSummary

SECTIONS_SHOWN = 40


@tool("read_pages", args_schema=ReadArguments, response_format="content_and_artifact")
async def read_pages(
    document: str,
    first_page: int | None,
    last_page: int | None,
    section: str,
    passage: int | None,
    runtime: ToolRuntime[TurnContext, Any],
) -> tuple[str, dict[str, Any]]:
    """Read pages, one section, or what stands around a passage, in order, as numbered passages to cite."""
    context = runtime.context
    if passage is not None:
        passages, what = await asyncio.to_thread(_around, passage, context)
    elif document:
        passages, what = await asyncio.to_thread(_read, document, (first_page, last_page), section, context)
    else:
        raise QuestionError("No document was named.", hint="Name its title or arXiv id, see list_library.")
    await context.order.turn_of(runtime.tool_call_id)
    text, shown = quote_passages(passages, context.sources, budget_characters=context.limits.tool_result_characters)
    if shown < len(passages):
        text += f"\nThe rest was left out to save space; go on with first_page={passages[shown].page_number}."
    return text, passages_artifact(what, passages[:shown], context.sources)


def _read(
    document: str, pages: tuple[int | None, int | None], section: str, context: TurnContext
) -> tuple[list[Passage], str]:
    """The passages in order, and what they are of, e.g. "BERT, page 3"."""
    library = context.library
    summary = find_note(document, library)
    if summary is None:
        is_paper = "paper" in words(document)
        summary = find_paper(document, library, context.curriculum) if is_paper else library.find_document(document)
    chunks = library.chunks(summary.id)
    if section:
        chosen, what = _of_section(chunks, section, summary), f"section {section}"
    else:
        chosen, what = _of_pages(chunks, *pages, summary)
    labels = {number: library.page(summary.id, number).label for number in {chunk.page_number for chunk in chosen}}
    passages = [Passage.of(chunk, summary, labels[chunk.page_number]) for chunk in chosen]
    return passages, f"{summary.title}, {what}"


def _around(number: int, context: TurnContext) -> tuple[list[Passage], str]:
    """The passage of that number with its neighbours, and what they are of."""
    known = context.sources.passages
    if number not in known:
        there = f"Their numbers go from 1 to {max(known)}." if known else "Search first."
        raise QuestionError(f"There is no passage {number}.", hint=there)
    found = known[number]
    return context.library.around(found.chunk_id), f"{found.title}, around [{number}] on page {found.page_number}"


def _of_pages(
    chunks: Sequence[Chunk], first_page: int | None, last_page: int | None, summary: DocumentSummary
) -> tuple[list[Chunk], str]:
    first = first_page or 1
    last = last_page or (first if first_page else summary.pages)
    first, last = min(first, last), max(first, last)
    chosen = [chunk for chunk in chunks if first <= chunk.page_number <= last]
    if not chosen:
        raise QuestionError(
            f'"{summary.title}" has no text on pages {first} to {last}.',
            hint=f"It has pages 1 to {summary.pages}.",
        )
    return chosen, f"pages {first} to {last}" if first != last else f"page {first}"


def _of_section(chunks: Sequence[Chunk], section: str, summary: DocumentSummary) -> list[Chunk]:
    """The chunks whose section path holds all words of `section`."""
    wanted = set(words(section))
    chosen = [chunk for chunk in chunks if wanted and wanted <= set(words(chunk.section))]
    if not chosen:
        titles = list(dict.fromkeys(chunk.section for chunk in chunks if chunk.section))[:SECTIONS_SHOWN]
        raise QuestionError(
            f'"{summary.title}" has no section "{section}".',
            hint=defused("Its sections: " + "; ".join(titles)) if titles else "Ask for pages instead.",
        )
    return chosen
