"""Which tool calls ask the learner first, and why. Pure: decided from the call and from what was read before it.

A model cannot tell a wish of the learner from one that a document whispered. So the rule goes by provenance:
once text from outside is before the model, an act with effects is the learner's to allow, unless they named
it themselves in the message it answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from errors import ArxivError

if TYPE_CHECKING:
    from agent.context import RunPython
    from papers.arxiv_id import ArxivId

EFFECTS = frozenset({"add_paper"})
"""Tools that change what the learner has."""
CODE = frozenset({"run_python", "draft_equation"})
"""Tools that run a program the model wrote."""
OWN_WORDS = frozenset({"roadmap", "write_todos", "predict_output"})
"""Tools whose results are the project's or the model's own words. A list of the library is not: titles come
from the files."""

NAME_CHARACTERS = 100
SEE_CODE_FIRST = "You asked to see code before it runs."


def reason_to_ask(
    name: str, arguments: Mapping[str, Any], *, question: str, heard: Collection[str], run_python: RunPython
) -> str:
    """One sentence why the learner must allow the call; "" when it may run.

    Args:
        name: the tool.
        arguments: what the model gave it.
        question: the learner's own message of this turn.
        heard: names of the tools whose results are in the conversation.
        run_python: the learner's setting for code.
    """
    if name in CODE and run_python == "ask":
        return SEE_CODE_FIRST
    if name not in EFFECTS or not set(heard) - OWN_WORDS:
        return ""
    wanted = _wanted(arguments)
    if not wanted or _is_named(wanted, question):
        return ""
    shown = wanted if isinstance(wanted, str) else f"arXiv {wanted}"
    return (
        f"Text from documents or from arXiv is in this conversation, and your message does not name {shown}; "
        "so adding it to your library is yours to decide."
    )


def _wanted(arguments: Mapping[str, Any]) -> ArxivId | str:
    """What is to be added, by its id or as the model wrote it; "" when nothing is named."""
    from agent.tools.forgiving import optional_text
    from papers.arxiv_id import ArxivId

    named = " ".join(optional_text(arguments.get("arxiv_id")).split())[:NAME_CHARACTERS]
    try:
        return ArxivId.parse(named) if named else ""
    except ArxivError:
        return named


def _is_named(wanted: ArxivId | str, question: str) -> bool:
    """Whether the learner's message has the id, or the very words of the name."""
    from papers.arxiv_id import ArxivId

    if isinstance(wanted, str):
        return bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", question, re.IGNORECASE))
    return any(
        named.any_version == wanted.any_version and named.version in (None, wanted.version)
        for named in ArxivId.find_all(question)
    )
