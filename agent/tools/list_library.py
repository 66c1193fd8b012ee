"""The tool that shows what the library holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.tools.arguments import ListArguments
from agent.tools.quoting import defused, fenced
from agent.words import words

if TYPE_CHECKING:
    from vectorstore.library import DocumentSummary


AUTHOR_CHARACTERS = 400
"""Some papers have fifty authors."""


@tool("list_library", args_schema=ListArguments, response_format="content_and_artifact")
def list_library(title: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """List the papers and notes of the learner's library: title, arXiv id, year, authors, pages."""
    wanted = set(words(title))
    documents = [document for document in runtime.context.library.documents() if wanted <= set(words(document.title))]
    artifact = {
        "kind": "documents",
        "documents": [document.to_dict() for document in documents],
        "text": "\n".join([f"{len(documents)} documents", *map(_line, documents)]),
    }
    if not documents:
        missing = "No title has these words." if wanted else "The library is empty: nothing was added yet."
        return missing, artifact
    lines: list[str] = []
    budget = runtime.context.limits.tool_result_characters
    for document in documents:
        line = defused(_line(document))
        if budget < len(line):
            break
        budget -= len(line) + 1
        lines.append(line)
    text = f"{len(documents)} documents\n" + fenced("\n".join(lines))
    if len(lines) < len(documents):
        text += f"\n{len(documents) - len(lines)} more were left out for space; search_library finds them."
    return text, artifact


def _line(document: DocumentSummary) -> str:
    facts = [f"arXiv {document.arxiv_id}" if document.arxiv_id else document.kind]
    if document.year:
        facts.append(str(document.year))
    if document.authors:
        facts.append(f"by {document.authors[:AUTHOR_CHARACTERS]}")
    facts.append(f"{document.pages} pages" if document.pages != 1 else "1 page")
    return f"- {document.title} ({', '.join(facts)}; id {document.id})"
