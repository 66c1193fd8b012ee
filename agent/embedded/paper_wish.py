"""Walking through a paper, and comparing papers (not concepts, which are searched for)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agent.embedded.arxiv_wish import ARXIV_ID
from agent.embedded.compose import Reader
from agent.embedded.paper_text import compared_papers_text, explained_text
from agent.embedded.parts import told_fault
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, only

EXPLAIN, COMPARE = "explain_paper", "compare_papers"
FEWEST, MOST = 2, 4
_EXPLAIN = re.compile(
    r"^(?P<verb>explain|walk (?:me )?through|take me through|guide me through|go through|present|introduce"
    r"|give me a (?:walk-?through|tour) (?:of|through)|break down|teach me|help me (?:understand|read))"
    r"\s+(?:to me\s+)?(?P<what>.+)$",
    re.IGNORECASE,
)
_LEVELS: tuple[tuple[str, str], ...] = (
    (
        "newcomer",
        r"[,\s]*\b(?:(?:like|as if|as though) (?:i'?m|i am|i were|to) (?:a |an )?"
        r"(?:five|5|new|beginner|child|newcomer)\b.*"
        r"|(?:to|for|as) (?:a |an |me as a )?(?:complete |total |absolute )?"
        r"(?:beginner|newcomer|child|novice|five[- ]year[- ]old|student|layman)s?\b.*"
        r"|in (?:simple|plain|easy) (?:terms|words|english|language)|simply|eli5)$",
    ),
    (
        "researcher",
        r"[,\s]*\b(?:(?:to|for|as|like|at the level of) (?:i'?m |i am )?(?:a |an )?"
        r"(?:researcher|expert|phd(?: student)?|scientist)s?"
        r"|in (?:full )?(?:depth|detail)|in-depth|technically|at (?:a )?researche?r'?s? level)$",
    ),
    (
        "engineer",
        r"[,\s]*\b(?:(?:to|for|as|like) (?:i'?m |i am )?(?:a |an )?(?:engineer|developer|programmer|practitioner)s?"
        r"|at (?:an )?engineer'?s? level)$",
    ),
)
_PAPER = re.compile(r"\b(?:papers?|articles?|preprints?)\b", re.IGNORECASE)
_PART = re.compile(
    r"\b(?:equation|formula|figure|table|section|page|appendix|loss|objective|result|results|how|why|what|which"
    r"|difference|code|of (?:the|this|that) paper|idea of|method of|data of)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:equation|formula|figure|table|section|page|appendix)\s+[A-Z]?\d", re.IGNORECASE)
"""A place inside of a paper, which a search finds and no table of whole papers has."""
_IT = re.compile(r"^(?:it|this|that|the|this one|that one)(?: paper| article)?$", re.IGNORECASE)
_COMPARE = re.compile(
    r"^(?:compare|contrast|put side by side"
    r"|(?:make|give me|show me) a (?:table|comparison) (?:of|comparing|between))\s+"
    r"(?:and contrast\s+)?(?P<what>.+)$",
    re.IGNORECASE,
)
_SIDE_BY_SIDE = re.compile(r"^(?:put|lay|set|show(?: me)?) (?P<what>.+?) side by side$", re.IGNORECASE)
_DIFFER = re.compile(
    r"^(?:how|in what way|where) do (?P<what>.+?) differ\??[.?!]? (?:compare|contrast) (?:the|these|those|both)?"
    r"(?: (?:two|three|four))? ?papers$",
    re.IGNORECASE,
)
_ON = re.compile(
    r"[,\s]+\b(?:on|by|regarding|with respect to|in terms of|with regard to)\s+(?:their\s+)?(?P<aspects>.+)$", re.I
)
_BETWEEN = re.compile(
    r"\s*(?:,\s*and\s+|,\s*|\s+and\s+|\s+with\s+|\s+to\s+|\s+versus\s+|\s+vs\.?\s+)\s*", re.IGNORECASE
)
_TRIM = re.compile(r"^(?:the\s+|both\s+|papers?\s*:?\s+(?:on\s+|of\s+)?)+|\s+(?:papers?|articles?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ExplainWish:
    """A paper to walk through."""

    paper: str
    level: str = ""
    """Whom to explain it to; empty when the learner did not say."""
    waits: bool = False
    """It is the paper that an earlier step brings."""

    @property
    def title(self) -> str:
        """Which paper."""
        return f"Walk through {self.paper or 'the paper'}"

    @property
    def subject(self) -> str:
        """The paper."""
        return f"the {self.paper} paper" if self.paper else ""

    @property
    def tools(self) -> frozenset[str]:
        """The gatherer of its passages."""
        return frozenset({EXPLAIN})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One call."""
        paper = self.paper or memory.document
        return [] if done or not paper else [Call(EXPLAIN, {"paper": paper, "level": self.level or "engineer"})]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The six aspects, quoted."""
        gathered = only(EXPLAIN, done)
        if gathered is None:
            return "I do not know which paper you mean. Name its title or arXiv id; ask *what is in my library?* first."
        if gathered.failed:
            return told_fault(gathered)
        return explained_text(gathered.artifact, reader)


@dataclass(frozen=True, slots=True)
class CompareWish:
    """Papers to put side by side."""

    papers: tuple[str, ...]
    aspects: tuple[str, ...] = ()
    waits: bool = False

    @property
    def title(self) -> str:
        """Which papers."""
        return f"Compare {' and '.join(self.papers)}"

    @property
    def subject(self) -> str:
        """The papers."""
        return " and ".join(self.papers)

    @property
    def tools(self) -> frozenset[str]:
        """The gatherer of their passages."""
        return frozenset({COMPARE})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One call."""
        if done:
            return []
        papers = [memory.document if _IT.match(paper) and memory.document else paper for paper in self.papers]
        return [Call(COMPARE, {"papers": papers, "aspects": list(self.aspects)})]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The table."""
        gathered = only(COMPARE, done)
        if gathered is None:
            return "I cannot compare papers here."
        return told_fault(gathered) if gathered.failed else compared_papers_text(gathered.artifact, reader)


def read_explain(text: str, memory: Memory, names: Collection[str]) -> ExplainWish | None:
    """The wish to walk through a paper; None when the text asks for anything else.

    Args:
        text: what the learner wrote.
        memory: the paper that was spoken of last.
        names: names of papers in lower case that need no "paper" behind them.
    """
    bare = " ".join(text.split()).strip(" ?.!")
    level, bare = _level(bare)
    match = _EXPLAIN.match(bare)
    if match is None or _PART.search(match["what"]):
        return None
    what = match["what"].strip(" '\"“”*")
    if _IT.match(what):
        known = "paper" in what.lower() or not match["verb"].lower().startswith(("explain", "go", "present"))
        return ExplainWish("", level, waits=True) if known and (memory.document or "paper" in what.lower()) else None
    is_walk = not match["verb"].lower().startswith("explain")
    named = what.lower() in names and (is_walk or len(what.split()) >= 3)
    if not (_PAPER.search(what) or ARXIV_ID.search(what) or named):
        return None
    return ExplainWish(_trimmed(what), level)


def read_compare(text: str) -> CompareWish | None:
    """The wish to compare papers; None when concepts are compared, or the text asks for anything else."""
    bare = " ".join(text.split()).strip(" ?.!")
    sided = _SIDE_BY_SIDE.match(bare) or _DIFFER.match(bare)
    match = sided or _COMPARE.match(bare)
    if match is None or _PLACE.search(match["what"]):
        return None
    what = match["what"]
    aspects: tuple[str, ...] = ()
    if on := _ON.search(what):
        aspects = tuple(part for part in _BETWEEN.split(on["aspects"].strip()) if part)
        what = what[: on.start()]
    if not (sided or _PAPER.search(what) or len(ARXIV_ID.findall(what)) >= FEWEST):
        return None
    papers = tuple(dict.fromkeys(_trimmed(part) for part in _BETWEEN.split(what) if part.strip()))
    papers = tuple(paper for paper in papers if paper)
    return CompareWish(papers[:MOST], aspects) if len(papers) >= FEWEST else None


def _level(text: str) -> tuple[str, str]:
    for level, pattern in _LEVELS:
        shorter = re.sub(pattern, "", text, flags=re.IGNORECASE)
        if shorter != text:
            return level, shorter.strip(" ,")
    return "", text


def _trimmed(what: str) -> str:
    """A paper's name without "the … paper" around it."""
    if identity := ARXIV_ID.search(what):
        return str(identity[1] or identity[2])
    before = ""
    while what != before:
        before, what = what, _TRIM.sub("", what).strip(" '\"“”*")
    return what


def known_names(aliases: Mapping[str, str]) -> frozenset[str]:
    """The names of papers in lower case."""
    return frozenset(name.lower() for name in aliases)
