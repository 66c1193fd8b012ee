"""What arXiv says about a paper, as plain frozen values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from papers.arxiv_id import ArxivId

__all__ = ["ArxivId", "PaperRecord", "SearchAnswer"]

SHORT_AUTHORS = 3
"""With more authors than these, the short form names the first only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRecord:
    """One version of a paper, as arXiv describes it. All texts are what its authors wrote: untrusted."""

    arxiv_id: str
    """Without version, e.g. "1706.03762"."""
    version: int
    title: str
    authors: tuple[str, ...]
    abstract: str
    published: datetime
    """When version 1 was submitted, UTC."""
    updated: datetime
    """When this version was submitted, UTC."""
    categories: tuple[str, ...]
    primary_category: str
    comment: str = ""
    journal_reference: str = ""
    doi: str = ""
    withdrawn: bool = False
    """Its authors or arXiv took it back; there is no PDF of this version."""

    @property
    def id(self) -> ArxivId:
        """Id with version."""
        return ArxivId(self.arxiv_id, self.version)

    @property
    def url(self) -> str:
        """The page of this version at arxiv.org."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def short_authors(self) -> str:
        """At most three names, else the first and "et al."."""
        if len(self.authors) > SHORT_AUTHORS:
            return f"{self.authors[0]} et al."
        return ", ".join(self.authors)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for messages; times in ISO form."""
        values = asdict(self)
        values.update(
            authors=list(self.authors),
            categories=list(self.categories),
            published=self.published.isoformat(),
            updated=self.updated.isoformat(),
            url=self.url,
        )
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The record that `to_dict` wrote."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        for name in ("authors", "categories"):
            known[name] = tuple(known[name])
        for name in ("published", "updated"):
            known[name] = datetime.fromisoformat(known[name])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """One answer of arXiv, best fit first."""

    records: tuple[PaperRecord, ...]
    total: int
    """Papers that fit in all of arXiv, 0 or more."""
    from_cache: bool
    """True when nothing was asked of arXiv."""
    notices: tuple[str, ...] = ()
    """One sentence for each thing the reader should know, e.g. that the answer is old."""
