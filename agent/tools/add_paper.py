"""The tool that takes a paper of arXiv into the library."""

from __future__ import annotations

import threading
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.threads import in_thread
from agent.tools.arguments import AddPaperArguments
from agent.tools.progress import progress_reporter
from agent.tools.quoting import defused, fenced
from errors import ArxivError, LibraryError, QuestionError

_SAID = {
    "added": "The paper is in the library now; search_library and read_pages find it.",
    "already": "The library had this paper already; nothing was changed.",
    "updated": "The library has the newer version of this paper now.",
}


@tool("add_paper", args_schema=AddPaperArguments, response_format="content_and_artifact")
async def add_paper(arxiv_id: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """Download a paper of arXiv into the learner's library. Only when the learner wants it there."""
    context = runtime.context
    if context.papers is None:
        raise ArxivError("Papers cannot be fetched from arXiv here.")
    if context.read_only:
        raise LibraryError(
            f"Nothing can be added now: {context.read_only}", hint="Close the other process, then ask again."
        )
    if not arxiv_id:
        raise QuestionError("No paper was named.", hint="Give its arXiv id, e.g. 2305.18290; search_arxiv finds it.")
    papers, report, ended = context.papers, progress_reporter("add_paper", runtime), threading.Event()
    added = await in_thread(
        lambda: papers.add(
            arxiv_id,
            progress=lambda step: report(step.sentence, step.fraction),
            cancelled=ended.is_set,
        ),
        stop=ended.set,
    )
    artifact = {"kind": "paper_added", **added.to_dict()}
    return _told(artifact), artifact


def _told(added: dict[str, Any]) -> str:
    facts = [
        f"{added.get('title')} (arXiv {added.get('arxiv_id')}, document {added.get('document_id')}, "
        f"{added.get('pages')} pages)",
        "Topics: " + ", ".join(map(str, added.get("topics", ()))) if added.get("topics") else "",
    ]
    missing = [str(paper.get("title")) for paper in added.get("prerequisites", ()) if not paper.get("in_library")]
    if missing:
        facts.append(f"To read before, and not in the library: {'; '.join(missing)}")
    facts += [str(notice) for notice in added.get("notices", ())]
    told = fenced("\n".join(defused(fact) for fact in facts if fact))
    return f"{_SAID.get(str(added.get('status')), 'The paper was taken.')}\n{told}"
