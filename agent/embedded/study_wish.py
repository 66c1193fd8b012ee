"""A question to the library: search, read around the hits, answer by quoting or refuse; also lists and pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded import compose, told
from agent.embedded.compose import Reader
from agent.embedded.hops import asked_further, next_paper
from agent.embedded.intent import Intent, recognise
from agent.embedded.lore import Lore
from agent.embedded.parts import told_fault
from agent.embedded.shelf import NamedPaper, Shelf, asked_of, no_shelf
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call
from agent.refusal import REFUSAL, is_refusal
from agent.words import content_stems

PAGES_READ_AROUND = 2
"""After a search, so many of the best hits' pages are read whole: the fact often stands beside the hit."""
_COMPARING = frozenset(
    content_stems("compare comparison contrast difference differences between versus vs paper papers")
)
MOST_NAMED = 3
"""Each of so many papers is searched by itself; a question that names more is about what they have in common."""
_WHAT_IT_SAYS = re.compile(
    r"\b(?:tell me |say |show me |ask )?(?:what )?(?:it|the paper|they|that paper|this paper)\s+"
    r"(?:says?|tells?|reports?|finds?|found|states?|does|do)(?: about| on| for| of| with)?\s+(?P<topic>.+)$",
    re.IGNORECASE,
)
_PASTED = re.compile(r"\"[^\"]{60,}\"|“[^“”]{60,}”")
_SENTENCES = re.compile(r"(?<=[.?!:])\s+")
_TOLD = re.compile(r"^\s*(?:tell|show|explain to|give) me\s+(?:about\s+)?", re.IGNORECASE)
_IT = re.compile(r"\b(?:it|this|that|the) (?:paper|one)\b|\bit\b|\bits\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StudyWish:
    """What the learner asks of the library or the roadmap."""

    question: str
    intent: Intent
    waits: bool = False
    """It is about the paper that an earlier step brings."""
    papers: tuple[NamedPaper, ...] = ()
    """The papers of the library that it names."""
    shelf: Shelf = no_shelf
    """Which papers a sentence names that was found."""

    @property
    def title(self) -> str:
        """The question, short."""
        return self.question

    @property
    def subject(self) -> str:
        """The question itself; of pages that were read, which they were, so that one can read on."""
        if self.intent.kind == "read" and self.intent.first_page:
            return f"Read pages {self.intent.first_page}-{self.intent.last_page} of {self.intent.document}"
        return self.question if self.intent.kind in ("search", "read", "about") else ""

    @property
    def tools(self) -> frozenset[str]:
        """None: without tools it refuses."""
        return frozenset()

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """First the search, list or pages; after a search the pages around its best hits."""
        if not done:
            return self._first_calls(memory)
        if (
            self.intent.kind != "search"
            or len(self.intent.queries) > 1
            or self._is_asked_of_papers
            or any(one.name == "read_pages" for one in done)
        ):
            return []
        if further := self._led_to(done):
            query = {"query": asked_further(self.intent.queries[0], self.papers), "document": further.title}
            return [] if len(done) > 1 else [Call("search_library", query)]
        pages = dict.fromkeys(
            (str(passage["document_id"]), int(passage["page_number"]))
            for one in done
            for passage in one.passages[:4]
            if passage["document_kind"] == "pdf"
        )
        return [
            Call("read_pages", {"document": document, "first_page": page, "last_page": page})
            for document, page in list(pages)[:PAGES_READ_AROUND]
        ]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """Quotes with their citations, or what is missing."""
        kind = self.intent.kind
        if kind == "language":
            return told.foreign_text(self.intent.language)
        if kind == "greeting":
            return told.GREETING
        if kind == "thanks":
            return told.THANKS
        failed = next((one for one in done if one.failed), None)
        if failed and not any(one.passages for one in done):
            return told_fault(failed)
        last = done[-1].artifact if done else {}
        match kind:
            case "library":
                return told.listing_text(last.get("documents", ()))
            case "about" if done:
                return told.about_text(self.intent.document, last.get("documents", ()), self.papers)
            case "roadmap" if done:
                return told.roadmap_text(str(last.get("text") or done[-1].text))
            case _:
                return self._quoted(done, memory, reader)

    def _quoted(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        found = unique([passage for one in done for passage in one.passages])
        if self.intent.kind == "read":
            answer = compose.answer_text(self.question, found, reader) if self.intent.topic else REFUSAL
            return compose.overview_text(self.question, found, reader) if is_refusal(answer) else answer
        asked, *sides = self.intent.queries or (self.question,)
        searches = [one for one in done if one.name == "search_library"]
        if sides and not self._is_asked_of_papers and len(searches) == len(self.intent.queries):
            results = [one.passages for one in searches[1:]]
            return compose.compared_text(found, list(zip(sides, results, strict=True)), reader)
        inside = self._asked_in(memory)
        led_to = None if inside or sides else self._led_to(done)
        return compose.answer_text(inside or asked, found, reader, papers=self.papers, led_to=led_to)

    def _led_to(self, done: Sequence[Done]) -> NamedPaper | None:
        """The paper that the question means and the first search names."""
        return next_paper(self.intent.queries[0], self.papers, done[0].passages, self.shelf) if done else None

    def _first_calls(self, memory: Memory) -> list[Call]:
        intent = self.intent
        match intent.kind:
            case "library" | "about":
                return [Call("list_library", {})]
            case "roadmap":
                return [Call("roadmap", {"topic": intent.topic})]
            case "read":
                return [Call("read_pages", _what_to_read(intent))]
            case "search":
                return self._searches(memory)
            case _:
                return []

    def _searches(self, memory: Memory) -> list[Call]:
        whole, *sides = self.intent.queries
        if inside := self._asked_in(memory):
            return [Call("search_library", {"query": inside, "document": memory.document})]
        if self._is_asked_of_papers:
            asked = [(asked_of(whole, paper, self.papers), paper) for paper in self.papers]
            scoped = [Call("search_library", {"query": query, "document": paper.title}) for query, paper in asked]
            return [Call("search_library", {"query": whole}), *scoped]
        queries = [whole, *(f"What is {side}?" for side in sides)]
        return [Call("search_library", {"query": query}) for query in queries]

    @property
    def _is_asked_of_papers(self) -> bool:
        """Whether each paper it names is searched by itself: not where it only wants two things compared."""
        if not 1 < len(self.papers) <= MOST_NAMED:
            return False
        named = {stem for paper in self.papers for name in paper.names for stem in content_stems(name)}
        about = set(content_stems(self.intent.queries[0])) - named - _COMPARING
        return len(self.intent.queries) == 1 or bool(about)

    def _asked_in(self, memory: Memory) -> str:
        """What to look for in the paper that an earlier step brought; empty when the question is about no such."""
        if not self.waits or not memory.document:
            return ""
        if match := _WHAT_IT_SAYS.search(self.question):
            return match["topic"].strip(" ?.!")
        named = memory.document.split(":")[0]
        return _IT.sub(lambda _: named, _TOLD.sub("", self.question))


def study_wish(text: str, previous: str = "", *, waits: bool = False, lore: Lore | None = None) -> StudyWish:
    """The wish of a text that is no other wish; `previous` is what a follow-up leans on, or ''."""
    lore = lore or Lore()
    intent = recognise(text, previous)
    if intent.kind == "search":
        intent = recognise(lore.mend(_own_words(text)), previous)
    asked = intent.queries[0] if intent.queries else text
    return StudyWish(text, intent, waits, () if waits else tuple(lore.shelf(asked)), lore.shelf)


def _own_words(text: str) -> str:
    """The question without long quotes that were pasted in; the text as it is when nothing is asked outside of them."""
    rest = _PASTED.sub(" ", text)
    asked = [part for part in _SENTENCES.split(rest) if "?" in part] if rest != text else []
    return " ".join(" ".join(asked).split()) or text


def _what_to_read(intent: Intent) -> dict[str, Any]:
    if intent.section:
        return {"document": intent.document, "section": intent.section}
    return {"document": intent.document, "first_page": intent.first_page, "last_page": intent.last_page}


def unique(passages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each passage once; a search hit (with its score) stands before the same chunk read as a page."""
    first: dict[str, dict[str, Any]] = {}
    for passage in passages:
        first.setdefault(str(passage["chunk_id"]), passage)
    return list(first.values())
