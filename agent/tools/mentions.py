"""Where later documents of the library speak of a paper, by its title, its names, its id or its authors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.tools.aspects import passage_of, tells
from agent.tools.named_paper import is_paper
from vectorstore.passage import Passage
from vectorstore.titles import short_names

if TYPE_CHECKING:
    from agent.context import LibraryReader
    from curriculum.curriculum import Curriculum
    from curriculum.model import Paper
    from vectorstore.library import DocumentSummary

SEARCHED = 40
SHORTEST_NAME = 3
PASSAGES_OF_ONE = 2
"""Most passages of one later document."""
_NOT_A_NAME = re.compile(r"\bpaper\b|\boriginal\b", re.IGNORECASE)


def roadmap_paper(curriculum: Curriculum | None, document: DocumentSummary) -> Paper | None:
    """The paper of the roadmap that a document is; None when the roadmap does not have it."""
    return next((paper for paper in (curriculum.papers if curriculum else ()) if is_paper(document, paper)), None)


def names_of(document: DocumentSummary, paper: Paper | None) -> tuple[str, ...]:
    """What other texts call the document, the plainest name first."""
    names = [*short_names(document.title), *(paper.aliases if paper else ()), document.title]
    if document.arxiv_id:
        names.append(document.arxiv_id)
    if paper and paper.authors.endswith("et al."):
        names += [f"{paper.authors}, {paper.year}", f"{paper.authors} ({paper.year}"]
    usable = (name for name in names if len(name) >= SHORTEST_NAME and not _NOT_A_NAME.search(name))
    return tuple(dict.fromkeys(usable))


def mention_pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Matches any of the names as a whole word; short capitals only in capitals."""
    parts = [
        re.escape(name) if name.isupper() or len(name.split()) == 1 else f"(?i:{re.escape(name)})" for name in names
    ]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])" if parts else r"(?!x)x")


def later_passages(
    library: LibraryReader, document: DocumentSummary, names: Sequence[str], *, limit: int = 4
) -> list[Passage]:
    """Passages of other documents, not older ones, that mention the paper: papers first, best first."""
    others = {
        other.id: other
        for other in library.documents()
        if other.id != document.id
        and other.title.casefold() != document.title.casefold()
        and (other.year is None or document.year is None or other.year >= document.year)
    }
    if not others or not names:
        return []
    pattern = mention_pattern(names)
    found = library.search(f"{names[0]} {document.title}", limit=SEARCHED, document_ids=list(others))
    held: dict[str, list[Passage]] = {}
    for passage in found:
        if tells(passage) and pattern.search(passage.text):
            held.setdefault(passage.document_id, []).append(passage)
    ranked = sorted(held.values(), key=lambda passages: passages[0].document_kind != "pdf")
    first = [passages[0] for passages in ranked]
    second = [passage for passages in ranked for passage in passages[1:PASSAGES_OF_ONE]]
    return [*first, *second][:limit]


def note_passages(
    library: LibraryReader, curriculum: Curriculum | None, paper: Paper | None, *, limit: int = 2
) -> list[Passage]:
    """The problem and the idea in the words of the study note that is most about the paper; none without one."""
    if curriculum is None or paper is None:
        return []
    about = [note for note in curriculum.notes if paper.id in note.paper_ids]
    about.sort(key=lambda note: note.paper_ids.index(paper.id))
    titles = {summary.title.casefold(): summary for summary in library.documents() if summary.kind == "markdown"}
    for note in about:
        summary = titles.get(note.title.casefold())
        if summary is None:
            continue
        chunks = [
            chunk for chunk in library.chunks(summary.id) if re.search(r"\bthe (idea|problem)\b", chunk.section, re.I)
        ]
        chunks.sort(key=lambda chunk: ("idea" not in chunk.section.lower(), chunk.position))
        if chunks:
            return [passage_of(library, summary, chunk) for chunk in chunks[:limit]]
    return []
