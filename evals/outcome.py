"""What came out for one question."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from agent.events import Support
from evals.citations import CitationOutcome
from evals.questions import PageReference, Split


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question asked at both doors: search and tutor."""

    id: str
    split: Split
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

    @property
    def missed(self) -> bool:
        """Something to look at: wrong page, no fact, a stray citation, a wrong or missing refusal."""
        if self.error or not all(citation.on_page for citation in self.citations):
            return True
        if not self.answerable:
            return not self.refused
        return self.rank is None or self.rank > 5 or not self.fact_stated

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; pages as "document#page"."""
        values = asdict(self)
        values["right_pages"] = [str(page) for page in self.right_pages]
        values["found_pages"] = [str(page) for page in self.found_pages]
        for shown, citation in zip(values["citations"], self.citations, strict=True):
            shown["on_page"] = citation.on_page
        return values
