"""What a search may be narrowed to: papers, parts and topics of the roadmap, years, sections, kinds of passages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, get_args

from errors import FilterError
from ingestion.document import ChunkKind
from vectorstore.keywords import keywords
from vectorstore.reports import DocumentSummary

DocumentType = Literal["paper", "note", "other"]
SubjectKind = Literal["part", "topic"]

CHUNK_KINDS: tuple[ChunkKind, ...] = get_args(ChunkKind)
DOCUMENT_TYPES: tuple[DocumentType, ...] = get_args(DocumentType)

OTHER_KIND_NAMES: Mapping[str, ChunkKind] = {
    "prose": "text",
    "paragraph": "text",
    "figure": "caption",
    "formula": "equation",
    "bibliography": "reference",
    "program": "code",
}
YEARS_HINT = "Give one year (2020), two (2019-2021), or one with an open end (2020- or -2020)."

_YEAR = r"(?:19|20)\d\d"
_YEARS = re.compile(rf"\s*(?P<first>{_YEAR})?\s*(?P<to>-|–|\.\.+|to)?\s*(?P<last>{_YEAR})?\s*", re.IGNORECASE)
_SINCE = re.compile(rf"\s*(?:since|from)\s+({_YEAR})\s*", re.IGNORECASE)
_UNTIL = re.compile(r"\s*(?:until|up to)\s+", re.IGNORECASE)
_Word = TypeVar("_Word", bound=str)


class Subject(Protocol):
    """A part or topic of the roadmap as `curriculum.shelves` gives it: plain values, documents by their names."""

    @property
    def kind(self) -> SubjectKind:
        """Which of the two."""
        ...

    @property
    def id(self) -> str:
        """Its short name, e.g. "scaling-laws"."""
        ...

    @property
    def title(self) -> str:
        """What it is called."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """What else it is called."""
        ...

    @property
    def documents(self) -> frozenset[str]:
        """ArXiv ids, titles and file names of its papers and notes, in lower case."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """Every filter that is set must hold; several values of one filter are alternatives.

    A document without the fact that a filter asks for, e.g. without a year, is not found by it.
    """

    papers: tuple[str, ...] = ()
    """Documents by id, arXiv id or title."""
    parts: tuple[str, ...] = ()
    """Parts of the roadmap by id, number or title."""
    topics: tuple[str, ...] = ()
    """Topics of the roadmap by id or title."""
    first_year: int | None = None
    last_year: int | None = None
    section: str = ""
    """Words, or the number, of a heading on the passage's section path: "Experiments" also holds for "5.1 Baselines"
    below "5 Experiments"."""
    kinds: tuple[ChunkKind, ...] = ()
    types: tuple[DocumentType, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        papers: Sequence[str] = (),
        parts: Sequence[str] = (),
        topics: Sequence[str] = (),
        years: str = "",
        section: str = "",
        kinds: Sequence[str] = (),
        types: Sequence[str] = (),
    ) -> SearchFilters:
        """The filters of what somebody wrote.

        Raises:
            FilterError: the years are none, or there is no such kind or type; the hint has those there are.
        """
        first, last = _years(years)
        return cls(
            papers=_named(papers),
            parts=_named(parts),
            topics=_named(topics),
            first_year=first,
            last_year=last,
            section=section.strip(),
            kinds=tuple(_one_of(kind, CHUNK_KINDS, OTHER_KIND_NAMES, "kind of passage") for kind in _named(kinds)),
            types=tuple(_one_of(name, DOCUMENT_TYPES, {}, "type of document") for name in _named(types)),
        )

    def __bool__(self) -> bool:
        """False when nothing is filtered."""
        return self != SearchFilters()

    @property
    def years(self) -> str:
        """The years in words; empty when they are not asked about."""
        match self.first_year, self.last_year:
            case None, None:
                return ""
            case None, last:
                return f"{last} or earlier"
            case first, None:
                return f"{first} or later"
            case first, last:
                return str(first) if first == last else f"{first} to {last}"


def type_of(document: DocumentSummary) -> DocumentType:
    """What a document is: PDFs and all with an arXiv id are papers; notes, notebooks and plain texts are notes."""
    if document.kind == "pdf" or document.arxiv_id:
        return "paper"
    return "other" if document.kind == "html" else "note"


def find_subject(reference: str, kind: SubjectKind, subjects: Sequence[Subject]) -> Subject:
    """The part or topic that a few words name: its id, number, title or another name, or some words of one title.

    Raises:
        FilterError: there is none, or several fit; the hint lists all.
    """
    known = [subject for subject in subjects if subject.kind == kind]
    wanted = re.sub(rf"^{kind}s?\s+(?=\S)", "", reference.strip().casefold())
    for fits in (_is_called, _has_stems, _holds_stems):
        found = [subject for subject in known if fits(subject, wanted)]
        if len(found) == 1:
            return found[0]
    if not known:
        raise FilterError(f"There are no {kind}s of a roadmap to search in.", hint="Search without that filter.")
    listed = ", ".join(subject.id for subject in known)
    raise FilterError(f"The roadmap has no {kind} {reference.strip()!r}.", hint=f"Its {kind}s: {listed}.")


def _is_called(subject: Subject, wanted: str) -> bool:
    return wanted in {name.casefold() for name in (subject.id, subject.title, *subject.names)}


def _has_stems(subject: Subject, wanted: str) -> bool:
    stems = keywords(wanted)
    return bool(stems) and any(keywords(name) == stems for name in (subject.id, subject.title, *subject.names))


def _holds_stems(subject: Subject, wanted: str) -> bool:
    stems = set(keywords(wanted))
    return bool(stems) and stems <= set(keywords(f"{subject.id} {subject.title}"))


def _named(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def _one_of(text: str, known: tuple[_Word, ...], others: Mapping[str, _Word], what: str) -> _Word:
    word = text.casefold()
    for form in (word, word.removesuffix("s")):
        for name in known:
            if form == name:
                return name
        if form in others:
            return others[form]
    raise FilterError(f"There is no {what} {text!r}.", hint=f"There are: {', '.join(known)}.")


def _years(text: str) -> tuple[int | None, int | None]:
    if not text.strip():
        return None, None
    match = _YEARS.fullmatch(_UNTIL.sub("-", _SINCE.sub(r"\1-", text)))
    first, last = (match["first"], match["last"]) if match else (None, None)
    if match is None or not (first or last) or (first and last and not match["to"]):
        raise FilterError(f"{text.strip()!r} is no year.", hint=YEARS_HINT)
    years = [None if year is None else int(year) for year in (first, last)]
    if match["to"] is None:
        years = [years[0] or years[1]] * 2
    if years[0] and years[1] and years[0] > years[1]:
        years.reverse()
    return years[0], years[1]
