"""The tool that looks for papers outside the library."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

from agent.cells import is_cell
from agent.context import TurnContext
from agent.history import text_of
from agent.threads import in_thread
from agent.tools.arguments import SearchArxivArguments
from agent.tools.quoting import defused, fenced
from errors import ArxivError, QuestionError

RESULTS = 8
QUESTIONS_BEFORE = 2
"""The learner's last questions tell what they study now."""
ABSTRACT_CHARACTERS = 500
"""Of each abstract so much is shown to the model; the learner sees all of it."""
_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2}))?(?:-(?P<day>\d{1,2}))?")


@tool("search_arxiv", args_schema=SearchArxivArguments, response_format="content_and_artifact")
async def search_arxiv(
    query: str, author: str, category: str, since: str, arxiv_id: str, runtime: ToolRuntime[TurnContext, Any]
) -> tuple[str, dict[str, Any]]:
    """Find papers on arXiv that the library may not have yet: title, authors, date, abstract, why it fits."""
    papers = runtime.context.papers
    if papers is None:
        raise ArxivError("arXiv cannot be searched here.")
    if not (query or author or category or arxiv_id):
        raise QuestionError("The search names nothing.", hint="Give a query, an author, a category or an arXiv id.")
    ended = threading.Event()
    found = await in_thread(
        lambda: papers.search(
            query,
            author=author,
            category=category,
            since=_first_day(since),
            ids=[arxiv_id] if arxiv_id else (),
            limit=RESULTS,
            context=_studied(runtime),
            cancelled=ended.is_set,
        ),
        stop=ended.set,
    )
    results = [paper.to_dict() for paper in found]
    notices = [str(notice) for notice in getattr(found, "notices", ())]
    artifact = {"kind": "arxiv", "query": query or arxiv_id or author or category, "results": results}
    text = _told(results, runtime.context.limits.tool_result_characters)
    return "\n".join([text, *map(defused, notices)]), {**artifact, "notices": notices}


def _studied(runtime: ToolRuntime[TurnContext, Any]) -> str:
    """What the learner is at: their last questions before this one."""
    asked = [
        text_of(message)
        for message in runtime.state["messages"]
        if isinstance(message, HumanMessage) and not is_cell(message)
    ]
    return " ".join(asked[:-1][-QUESTIONS_BEFORE:])


def _first_day(since: str) -> str | None:
    """A year, month or day in ISO form; None when nothing is named that is one."""
    match = _DATE.search(since)
    if match is None:
        return None
    return f"{match['year']}-{int(match['month'] or 1):02}-{int(match['day'] or 1):02}"


def _told(results: Sequence[dict[str, Any]], budget_characters: int) -> str:
    if not results:
        return "arXiv has no paper that fits. Try other or fewer words."
    blocks: list[str] = []
    used = 0
    for paper in results:
        block = defused(_block(paper))
        if blocks and used + len(block) > budget_characters:
            break
        blocks.append(block[:budget_characters])
        used += len(block) + 2
    left = len(results) - len(blocks)
    rest = f"\n{left} more were left out to save space; the learner sees them." if left else ""
    return (
        f"{len(results)} papers on arXiv; they are shown to the learner, and none of them can be cited by number "
        f"before it is added with add_paper.\n{fenced(chr(10).join(blocks))}{rest}"
    )


def _block(paper: dict[str, Any]) -> str:
    authors = [str(name) for name in paper.get("authors", ())]
    who = f"{authors[0]} et al." if len(authors) > 3 else ", ".join(authors)
    facts = [who, str(paper.get("published", ""))[:10], "in the library" if paper.get("document_id") else ""]
    if paper.get("withdrawn"):
        facts.append("withdrawn")
    abstract = " ".join(str(paper.get("abstract", "")).split())
    if len(abstract) > ABSTRACT_CHARACTERS:
        abstract = f"{abstract[:ABSTRACT_CHARACTERS]}…"
    head = f"- arXiv {paper.get('arxiv_id')}: {paper.get('title')} ({'; '.join(fact for fact in facts if fact)})"
    return "\n".join(line for line in (head, f"  {paper.get('why', '')}", f"  {abstract}") if line.strip())
