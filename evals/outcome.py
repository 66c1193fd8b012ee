"""What came out for one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.events import Support
from evals.cases import Evidence
from evals.citations import CitationOutcome
from evals.questions import PageReference


@dataclass(frozen=True, slots=True)
class Found:
    """A retrieved passage."""

    page: PageReference
    chunk_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the answer that needs a source, judged against the spans that it cites."""

    text: str
    numbers: tuple[int, ...]
    support: Support
    missing_numbers: int
    """Numbers of the sentence that its cited pages do not state."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question asked at both doors: search and tutor."""

    id: str
    split: str
    kind: str
    question: str
    answerable: bool
    right_pages: tuple[PageReference, ...]
    found_pages: tuple[PageReference, ...]
    """Pages of the found passages, best first."""
    rank: int | None
    """1-based place of the first right page; None when not found, and for unanswerable ones."""
    answer: str
    refused: bool
    fact_stated: bool
    """Anywhere in the answer."""
    fact_first: bool
    """In its first paragraph: what a learner reads before any further quotes."""
    citations: tuple[CitationOutcome, ...]
    support: dict[Support, int]
    model: str
    seconds: float
    """From the question to the finished answer."""
    search_seconds: float
    error: str = ""
    """The known fault that ended the turn; empty when there was an answer."""
    reference: str = ""
    evidence: tuple[Evidence, ...] = ()
    found: tuple[Found, ...] = ()
    """The found passages with their text, best first."""
    claims: tuple[Claim, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    """Every metric that is defined for this question, by its name in `evals.metrics`."""

    @property
    def missed(self) -> bool:
        """Something to look at: wrong page, no fact, a stray citation, a wrong or missing refusal."""
        if self.error or not all(citation.on_page for citation in self.citations):
            return True
        lost = self.answerable and (self.rank is None or self.rank > 5)
        if not self.model:  # only the search was asked
            return lost
        return lost or (not self.fact_stated if self.answerable else not self.refused)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; pages as "document#page"."""
        values = asdict(self)
        values["right_pages"] = [str(page) for page in self.right_pages]
        values["found_pages"] = [str(page) for page in self.found_pages]
        for shown, citation in zip(values["citations"], self.citations, strict=True):
            shown["on_page"] = citation.on_page
        for name in ("evidence", "found"):
            for shown, item in zip(values[name], getattr(self, name), strict=True):
                shown["page"] = str(item.page)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Outcome:
        """The outcome that `to_dict` wrote."""
        changed = dict(values)
        changed["right_pages"] = tuple(map(PageReference.of, values["right_pages"]))
        changed["found_pages"] = tuple(map(PageReference.of, values["found_pages"]))
        changed["citations"] = tuple(map(_citation, values["citations"]))
        changed["evidence"] = tuple(Evidence(PageReference.of(v["page"]), v["quote"]) for v in values["evidence"])
        changed["found"] = tuple(Found(PageReference.of(v["page"]), v["chunk_id"], v["text"]) for v in values["found"])
        changed["claims"] = tuple(Claim(**{**v, "numbers": tuple(v["numbers"])}) for v in values["claims"])
        return cls(**changed)


def _citation(values: Mapping[str, Any]) -> CitationOutcome:
    known = {name: value for name, value in values.items() if name != "on_page"}
    return CitationOutcome(**{**known, "found_by": tuple(values["found_by"])})
