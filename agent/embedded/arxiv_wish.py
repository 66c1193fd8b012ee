"""Searching arXiv, read from the question by rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded.compose import Reader
from agent.embedded.parts import plain, told_fault
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, only

SEARCH = "search_arxiv"
SHOWN = 5
ADD_HINT = "Say *add the first one* to add a paper to your library."
ABSTRACT_CHARACTERS = 260
ARXIV_ID = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5}(?:v\d+)?)(?![\d.]*\d)|\b([a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)\b")
_ID = r"(?:\d{4}\.\d{4,5}(?:v\d+)?)"
_VERB = r"(?:find|search|look|get|show|list|give|fetch|check|browse|recommend|suggest|are there|is there|any)"
_ON_ARXIV = re.compile(
    rf"^{_VERB}\b.*\barxiv\b|^(?:what|which|who)\b.{{0,60}}\b(?:on|from|at) arxiv\b"
    r"|^(?:arxiv|papers?)\b.*\barxiv\b|^arxiv\b",
    re.IGNORECASE,
)
_PAPERS = re.compile(
    r"^(?:find|search(?: for)?|look(?: up| for)?|get|recommend|suggest)(?: me)?(?: some| any| a few| the| a)?"
    r"(?: (?:new|newer|newest|recent|latest|other|more|good))*\s+"
    r"(?:(?:papers|articles|publications|preprints)\s+(?:on|about|by|from|of|for|regarding|related to|that|which|since)"
    r"|(?:paper|article|preprint)\s+(?:on|about|by|that|which))\b",
    re.IGNORECASE,
)
_IN_LIBRARY = re.compile(r"\b(?:my|the|our) (?:library|notes|documents|roadmap)\b|\b(?:i|we) have\b", re.IGNORECASE)
_ABOUT_ARXIV = re.compile(r"^what (?:is|are|does)\b", re.IGNORECASE)
_SINCE = re.compile(
    r"[,\s]*\b(?:published |written |submitted |posted |from |dated )?(?:since|after|newer than|later than|from)\s+"
    r"(?:the year )?((?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?)\b(?:\s+on(?:wards?)?)?",
    re.IGNORECASE,
)
_CATEGORY = re.compile(
    r"[,\s]*\b(?:in|category|under)?\s*\b((?:cs|stat|math|eess|physics|q-bio|econ)\.[A-Za-z]{2})\b", re.I
)
_AUTHOR = re.compile(
    r"\b(?:by|written by|authored by|from the author|(?<=papers )of)\s+"
    r"(?P<author>[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,3}?)"
    r"(?=\s*(?:,|$|\b(?:on|about|from|since|after|in|at|and|or|with|that|published)\b))",
    re.IGNORECASE,
)
_WHERE = re.compile(r"[,\s]*\b(?:on|in|from|at|via|using)?\s*(?:the )?\barxiv(?:\.org)?\b(?: for)?[:,]?", re.IGNORECASE)
_LEAD = re.compile(
    rf"^{_VERB}?\s*(?:up|for|out|through)?\s*(?:me )?(?:if there (?:is|are) )?(?:for )?(?:what |which )?"
    r"(?:some |any |a |an |the |all |a few )?"
    r"(?:(?:new|newer|newest|recent|latest|other|more|good|good|interesting|important)\s+)*"
    r"(?:papers?|articles?|publications?|preprints?|work|research|results?|studies|something|anything)?\s*"
    r"(?:there |are )?(?:that (?:is|are|deal|deals) |which (?:is|are) )?"
    r"(?:on|about|for|of|regarding|concerning|related to|with|dealing with|called|titled|named)?\s+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[,\s]*\b(?:please|for me|thanks?|there|paper|papers|and)\s*$", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:papers|articles|publications|preprints|work|research|studies)\b", re.IGNORECASE)
_NOTHING = frozenset({"", "papers", "paper", "it", "this", "that", "something", "anything", "me", "search", "find"})


@dataclass(frozen=True, slots=True)
class ArxivWish:
    """A search for papers outside of the library."""

    query: str = ""
    author: str = ""
    category: str = ""
    since: str = ""
    arxiv_id: str = ""
    name: str = ""
    """What the paper of that id was called."""
    waits: bool = False

    @property
    def title(self) -> str:
        """What is searched for."""
        what = (
            self.name
            or self.arxiv_id
            or " ".join(
                part
                for part in (self.query, f"by {self.author}" if self.author else "", self.category, self._from())
                if part
            )
        )
        return f"Search arXiv for {what}"

    def _from(self) -> str:
        return f"since {self.since}" if self.since else ""

    @property
    def subject(self) -> str:
        """The words that were searched for."""
        return self.name or self.query

    @property
    def tools(self) -> frozenset[str]:
        """The search."""
        return frozenset({SEARCH})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One search."""
        if done:
            return []
        given = {
            "query": self.query,
            "author": self.author,
            "category": self.category,
            "since": self.since,
            "arxiv_id": self.arxiv_id,
        }
        return [Call(SEARCH, {name: value for name, value in given.items() if value})]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The papers as a numbered list, and how to add one."""
        found = only(SEARCH, done)
        if found is None:
            return "I cannot search arXiv here: this assistant was started without it."
        if found.failed:
            return f"arXiv could not be searched: {told_fault(found)}"
        return found_text(found.artifact)


def found_text(artifact: Mapping[str, Any]) -> str:
    """The results of a search, the best first."""
    results = list(artifact.get("results", ()))
    notices = [plain(notice, 300) for notice in artifact.get("notices", ())]
    if not results:
        return "\n\n".join(["I did not find a paper on arXiv that fits; try other or fewer words.", *notices])
    lines = [_line(place, paper) for place, paper in enumerate(results[:SHOWN], start=1)]
    blocks = ["On arXiv:", "\n".join(lines)]
    if len(results) > SHOWN:
        blocks.append("The cards beside this answer show the rest.")
    if any(not paper.get("document_id") for paper in results):
        blocks.append(ADD_HINT)
    return "\n\n".join([*blocks, *notices])


def _line(place: int, paper: Mapping[str, Any]) -> str:
    authors = [plain(name, 60) for name in paper.get("authors", ())]
    who = f"{authors[0]} et al." if len(authors) > 3 else ", ".join(authors)
    facts = [who, str(paper.get("published", ""))[:4], f"arXiv {plain(paper.get('arxiv_id', ''), 40)}"]
    state = "withdrawn" if paper.get("withdrawn") else "in your library" if paper.get("document_id") else ""
    head = f"{place}. **{plain(paper.get('title', ''))}** ({', '.join(fact for fact in [*facts, state] if fact)})"
    why = plain(paper.get("why", ""), 240)
    return head + (f" {why}" if why else "")


def read_arxiv(text: str, names: Mapping[str, str]) -> ArxivWish | None:
    """The wish to search arXiv; None when the text is no such wish.

    Args:
        text: what the learner wrote.
        names: names of the roadmap's papers in lower case, to their arXiv ids: one paper is looked up by its id.
    """
    bare = " ".join(text.split()).strip(" ?.!")
    named = _ON_ARXIV.search(bare)
    if (not named and not _PAPERS.search(bare)) or _IN_LIBRARY.search(bare):
        return None
    if named and _ABOUT_ARXIV.match(bare) and not re.search(r"\bpapers?\b", bare, re.IGNORECASE):
        return None
    if identity := ARXIV_ID.search(bare):
        return ArxivWish(arxiv_id=identity[1] or identity[2])
    wish = _parts(bare)
    if (known := names.get(wish.query.lower())) and not _SEVERAL.search(bare):
        return ArxivWish(arxiv_id=known, name=wish.query)
    return wish if wish.query or wish.author or wish.category else None


def _parts(text: str) -> ArxivWish:
    since = _SINCE.search(text)
    text = _SINCE.sub(" ", text)
    category = _CATEGORY.search(text)
    text = _CATEGORY.sub(" ", text)
    text = _WHERE.sub(" ", text)
    author = _AUTHOR.search(f"{text.strip()}")
    if author:
        text = text.strip().replace(author.group(), " ")
    text = " ".join(text.split())
    query = _LEAD.sub("", f"{text} ", count=1).strip()
    query = _TAIL.sub(
        "", re.sub(r"^(?:on|about|for|the topic of|(?:that|which) (?:introduc|propos|present|invent)\w+)\s+", "", query)
    ).strip(" ,.:;\"'“”")
    return ArxivWish(
        query="" if query.lower() in _NOTHING else query,
        author=author["author"].strip() if author else "",
        category=_cased(category[1]) if category else "",
        since=since[1] if since else "",
    )


def _cased(category: str) -> str:
    group, _, name = category.partition(".")
    return f"{group.lower()}.{name.upper()}"
