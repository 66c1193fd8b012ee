"""The tool that gathers what a paper says on the six things a reader wants to know."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from langchain.tools import ToolRuntime
from langchain_core.tools import tool
from pydantic import BaseModel, BeforeValidator, Field

from agent.context import LibraryReader, TurnContext
from agent.tools.arguments import OptionalText
from agent.tools.aspects import AFTER, PLAIN_WORDS, WALK, Aspect, gather
from agent.tools.forgiving import forgiving_text
from agent.tools.mentions import later_passages, names_of, note_passages, roadmap_paper
from agent.tools.named_paper import find_paper
from agent.tools.quoting import passages_artifact, quote_passages
from errors import QuestionError
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.model import Paper
    from vectorstore.library import DocumentSummary

Level = Literal["newcomer", "engineer", "researcher"]
LATER = 4
_PASSAGES: dict[Level, int] = {"newcomer": 4, "engineer": 6, "researcher": 7}
"""Passages of the paper for each aspect."""
_LEVELS: tuple[tuple[Level, str], ...] = (
    ("newcomer", r"new|begin|novice|child|five|simple|basic|easy|student"),
    ("researcher", r"research|expert|advanced|scientist|phd|deep|detail"),
)


def forgiving_level(value: Any) -> str:
    """The level that a word names; engineer when it names none."""
    text = forgiving_text(value).lower()
    return next((level for level, pattern in _LEVELS if re.search(pattern, text)), "engineer")


class ExplainPaperArguments(BaseModel):
    """Arguments of `explain_paper`."""

    paper: OptionalText = Field(default="", description="Title, short name or arXiv id of a paper in the library.")
    level: Annotated[str, BeforeValidator(forgiving_level)] = Field(
        default="engineer", description="Whom to explain it to: newcomer, engineer or researcher."
    )


@dataclass(frozen=True, slots=True)
class Walk:
    """What was gathered of one paper."""

    document: DocumentSummary
    level: Level
    names: tuple[str, ...]
    aspects: tuple[tuple[str, list[Passage]], ...]
    followers: tuple[Paper, ...]
    """Papers of the roadmap that build on it."""


@tool("explain_paper", args_schema=ExplainPaperArguments, response_format="content_and_artifact")
async def explain_paper(paper: str, level: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """Gather a paper's passages on its problem, idea, method, evidence, limits and what came after, to explain it."""
    if not paper:
        raise QuestionError("No paper was named.", hint="Name its title or arXiv id, see list_library.")
    context = runtime.context
    walk = await asyncio.to_thread(walk_through, context.library, context.curriculum, paper, cast(Level, level))
    await context.order.turn_of(runtime.tool_call_id)
    return _told(walk, context)


def walk_through(library: LibraryReader, curriculum: Curriculum | None, reference: str, level: Level) -> Walk:
    """The passages of a paper for each aspect, and of later documents that speak of it.

    Raises:
        DocumentNotFoundError: the library has no such document.
    """
    document = find_paper(reference, library, curriculum)
    known = roadmap_paper(curriculum, document)
    names = names_of(document, known)
    aspects: list[tuple[str, list[Passage]]] = []
    if level == "newcomer" and (plain := note_passages(library, curriculum, known)):
        aspects.append((PLAIN_WORDS, plain))
    aspects += [(aspect.name, _gathered(library, document, aspect, level)) for aspect in WALK]
    later = later_passages(library, document, names, limit=LATER)
    aspects.append((AFTER.name, [*_gathered(library, document, AFTER, level)[:LATER], *later]))
    followers = (
        [paper for paper in (curriculum.papers if curriculum and known else ()) if known.id in paper.prerequisite_ids]
        if known
        else []
    )
    return Walk(document, level, names, tuple(aspects), tuple(followers))


def _gathered(library: LibraryReader, document: DocumentSummary, aspect: Aspect, level: Level) -> list[Passage]:
    return gather(library, document, aspect, limit=_PASSAGES[level])


def _told(walk: Walk, context: TurnContext) -> tuple[str, dict[str, Any]]:
    passages = in_turns([passages for _, passages in walk.aspects])
    text, shown = quote_passages(passages, context.sources, budget_characters=context.limits.tool_result_characters)
    gathered = passages_artifact(f"{walk.document.title}, explained", passages, context.sources)
    told = {passage["number"] for passage in gathered["passages"][:shown]}
    aspects: list[dict[str, Any]] = [
        {"name": name, "numbers": [context.sources.number(one) for one in held]} for name, held in walk.aspects
    ]
    lines = [f"{aspect['name']}: {said_numbers(aspect['numbers'], told)}" for aspect in aspects]
    text += "\nWhich passages speak of which aspect:\n" + "\n".join(lines)
    if missing := _absent(walk.followers, context.library):
        text += "\nThe roadmap's papers that build on it and are not in the library: " + "; ".join(missing)
    if shown < len(passages):
        text += f"\n{len(passages) - shown} more passages were left out to save space."
    artifact = {
        **gathered,
        "document": {"id": walk.document.id, "title": walk.document.title},
        "level": walk.level,
        "names": list(walk.names),
        "aspects": aspects,
        "absent": missing,
        "text": _glossary(passages, context.curriculum),
    }
    return text, artifact


def in_turns(groups: Sequence[Sequence[Passage]]) -> list[Passage]:
    """Each passage once, the first of every group before the second of any: a cut takes from all alike."""
    longest = max((len(group) for group in groups), default=0)
    mixed = (group[place] for place in range(longest) for group in groups if place < len(group))
    return list({passage.chunk_id: passage for passage in mixed}.values())


def _glossary(passages: Sequence[Passage], curriculum: Curriculum | None) -> str:
    """What the short forms in the passages stand for, which an answer may say without a source."""
    words = {word for passage in passages for word in re.findall(r"[\w-]+", passage.text)}
    known = curriculum.glossary if curriculum else {}
    return "\n".join(f"{acronym}: {meaning}" for acronym, meaning in known.items() if acronym in words)


def said_numbers(numbers: Sequence[int], told: Collection[int]) -> str:
    """The numbers that the model was shown, in brackets."""
    return " ".join(f"[{number}]" for number in numbers if number in told) or "no passage"


def _absent(followers: Sequence[Paper], library: LibraryReader) -> list[str]:
    held = {document.arxiv_id for document in library.documents()} | {
        document.title.casefold() for document in library.documents()
    }
    return [
        paper.reference() for paper in followers if paper.arxiv_id not in held and paper.title.casefold() not in held
    ]
