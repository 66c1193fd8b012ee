"""What a program can read: passages of the library, and what there is to know of a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.programs.quoted import Told, fitting, passages_text, quotes, told
from agent.programs.values import Aspect, Found, SheetSection, StudySheet
from agent.sources import SourceRegistry
from agent.tools.mentions import roadmap_paper
from agent.tools.named_paper import paper_named
from curriculum.sheets import UNSTAGED_NOTICE, Sheet, sheet_of
from errors import DocumentNotFoundError, QuestionError
from vectorstore.filters import SearchFilters

if TYPE_CHECKING:
    from agent.tools.explain_paper import Walk
    from curriculum.curriculum import Curriculum
    from curriculum.model import Paper
    from vectorstore.library import Library

Level = Literal["newcomer", "engineer", "researcher"]
LONGEST_QUERY = 2000
MOST_PASSAGES = 20
PASSAGES_OF_AN_ASPECT = 3


def search(
    library: Library, query: str, *, limit: int = 5, document: str = "", topic: str = "", years: str = ""
) -> Told[Found]:
    """The passages that fit best, best first; only of what is named besides: document, topic or part, years.

    Raises:
        StudyError: the query is empty, or the library has no such document, the roadmap no such topic.
    """
    if not query.strip():
        raise QuestionError("The search has no query.", hint="Say what to find.")
    filters = SearchFilters.of(papers=[document], topics=[topic], years=years) if document or topic or years else None
    passages = library.search(query, limit=limit, filters=filters) if filters else library.search(query, limit=limit)
    shown, sources = fitting(passages), SourceRegistry()
    notice = "" if passages else (library.emptied_by(filters) if filters else "") or "No passage fits. Try other words."
    if len(shown) < len(passages):
        notice = f"{len(passages) - len(shown)} more were left out to save space; a narrower query shows them."
    found = Found(
        query=query,
        passages=quotes(shown, sources, searched=True),
        documents_in_library=len(library.documents()),
        notice=notice,
    )
    return told(found, [passages_text(shown, sources), notice])


def explain(library: Library, curriculum: Curriculum, paper: str, level: Level = "engineer") -> Told[StudySheet]:
    """Our study sheet on a paper with the paper's own words; a paper that is not in the library has its sheet alone.

    Raises:
        StudyError: no paper was named, or it is neither in the library nor on the roadmap.
    """
    from agent.tools.explain_paper import walk_through

    if not paper.strip():
        raise QuestionError("No paper was named.", hint="Give its title or arXiv id.")
    try:
        walk = walk_through(library, curriculum, paper, level)
    except DocumentNotFoundError as error:
        known = paper_named(paper, curriculum)
        sheet = sheet_of(known.id) if known else None
        if known is None or sheet is None:
            raise
        return _told(_sheet_alone(known, sheet, error.message), sheet, "")
    return _walked(walk, roadmap_paper(curriculum, walk.document))


def _walked(walk: Walk, known: Paper | None) -> Told[StudySheet]:
    from agent.tools.explain_paper import in_turns

    sheet, sources = sheet_of(known.id) if known else None, SourceRegistry()
    aspects = [(name, held[:PASSAGES_OF_AN_ASPECT]) for name, held in walk.aspects]
    gathered = in_turns([held for _, held in aspects])
    passages = fitting(gathered)
    shown = quotes(passages, sources, searched=False)
    held_numbers = {one.number for one in shown}
    numbered = [
        Aspect(name=name, numbers=[number for one in held if (number := sources.number(one)) in held_numbers])
        for name, held in aspects
    ]
    left_out = len(gathered) - len(passages)
    values = StudySheet(
        title=walk.document.title,
        arxiv_id=walk.document.arxiv_id,
        in_library=True,
        sheet=_sections(sheet),
        sheet_was_checked=sheet is not None and sheet.staged,
        aspects=numbered,
        passages=shown,
        built_on_by=[paper.reference() for paper in walk.followers],
        notice=f"{left_out} more passages were left out to save space." if left_out else "",
    )
    return _told(values, sheet, passages_text(passages, sources))


def _sheet_alone(paper: Paper, sheet: Sheet, reason: str) -> StudySheet:
    return StudySheet(
        title=paper.title,
        arxiv_id=paper.arxiv_id,
        in_library=False,
        sheet=_sections(sheet),
        sheet_was_checked=sheet.staged,
        aspects=[],
        passages=[],
        built_on_by=[],
        notice=f"{reason} This is our study sheet alone.",
    )


def _told(values: StudySheet, sheet: Sheet | None, passages: str) -> Told[StudySheet]:
    from agent.tools.explain_paper import said_numbers

    shown = {number for aspect in values.aspects for number in aspect.numbers}
    aspects = "\n".join(f"{aspect.name}: {said_numbers(aspect.numbers, shown)}" for aspect in values.aspects)
    return told(
        values,
        [
            f"# {values.title}",
            sheet_text(sheet) if sheet else "",
            passages,
            f"Which passages speak of which aspect:\n{aspects}" if aspects else "",
            f"Papers of the roadmap that build on it: {'; '.join(values.built_on_by)}." if values.built_on_by else "",
            values.notice,
        ],
    )


def _sections(sheet: Sheet | None) -> list[SheetSection]:
    return [SheetSection(title=one.title, markdown=one.text) for one in sheet.sections] if sheet else []


def sheet_text(sheet: Sheet) -> str:
    """Our study sheet in Markdown, and whether it was checked against the paper."""
    sections = [f"## {section.title}\n\n{section.text}" for section in sheet.sections]
    return "\n\n".join([*([] if sheet.staged else [UNSTAGED_NOTICE]), *sections])
