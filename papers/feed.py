"""arXiv's Atom feeds become records.

What comes from the network is untrusted. The package `arxiv` parses leniently (what it cannot read it leaves
out), so a feed first has to pass a strict reading that refuses document types, and with them every entity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

from errors import ArxivError
from papers.arxiv_id import ArxivId
from papers.values import PaperRecord

if TYPE_CHECKING:
    from arxiv import Result

MOST_DEPTH = 20
MOST_TEXT_CHARACTERS = 20_000
"""Of one title, abstract or comment."""
MOST_AUTHORS = 3000
"""Some collaborations are that large."""
ERROR_MARK = "/api/errors"
UNREADABLE = "arXiv's answer cannot be read"
HINT = "Try again in a minute; if it stays so, arXiv's interface may have changed."

WITHDRAWN = re.compile(
    r"\b(?:this|the|our)\s+(?:\w+\s+){0,2}?(?:paper|article|manuscript|submission|preprint|work|note|version|draft)"
    r"\s+(?:has\s+been|have\s+been|was|is(?:\s+being)?|had\s+to\s+be)\s+(?:\w+\s+)?(?:withdrawn|retracted)\b"
    r"|\b(?:paper|article|manuscript|submission|preprint)\s+(?:withdrawn|retracted)\b"
    r"|\b(?:withdrawn|retracted)\s+by\s+(?:the\s+)?(?:arxiv|author|submitter)"
    r"|^\W*(?:withdrawn|retracted)\b|\b(?:I|we)\s+(?:have\s+)?withdr[ae]wn?\s+th(?:is|e)\s+(?:paper|article|submission)",
    re.IGNORECASE,
)
WITHDRAWN_CHARACTERS = 400
"""Where an abstract tells it, it does so at its beginning."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One answer of the search interface."""

    records: tuple[PaperRecord, ...]
    total: int


def parse_feed(content: bytes) -> Feed:
    """The records of a feed.

    Raises:
        ArxivError: it is no feed, it is damaged, it holds entities, or it tells of an error.
    """
    outline = _read_strictly(content)
    if outline.fault is not None:
        raise ArxivError(f"arXiv does not understand the question: {outline.fault}.", hint="Ask in other words.")
    from arxiv._feed import parse  # the only part of the package that reads bytes we fetched ourselves

    try:
        feed = parse(content)
        records = tuple(_record(result) for result in feed.results)
    except (ValueError, TypeError, ArxivError) as error:
        raise ArxivError(f"{UNREADABLE}: a paper in it has no usable id or date.", hint=HINT) from error
    if feed.malformed or len(records) != outline.entries:
        raise ArxivError(f"{UNREADABLE}: a paper in it is incomplete.", hint=HINT)
    return Feed(records, max(0, feed.header.total_results))


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Whether authors or arXiv say that they took the paper back."""
    return any(WITHDRAWN.search(text.strip()[:WITHDRAWN_CHARACTERS]) for text in (comment, abstract))


@dataclass
class _Outline:
    """What the strict reading saw."""

    entries: int = 0
    fault: str | None = None
    """The sentence of an error entry."""


class _Reader:
    """Counts entries and finds error entries; refuses anything a feed of arXiv never has."""

    def __init__(self) -> None:
        self.outline = _Outline()
        self._path: list[str] = []
        self._texts: dict[str, str] = {}

    def start(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if not self._path and name != "http://www.w3.org/2005/Atom feed":
            raise ArxivError(f"{UNREADABLE}: it is not a feed but {local[:40]!r}.", hint=HINT)
        self._path.append(local)
        if len(self._path) > MOST_DEPTH:
            raise ArxivError(f"{UNREADABLE}: it is nested too deeply.", hint=HINT)
        if self._path == ["feed", "entry"]:
            self.outline.entries += 1
            self._texts = {}

    def text(self, data: str) -> None:
        if self._path[:2] == ["feed", "entry"] and len(self._path) == 3 and self._path[2] in ("id", "summary"):
            key = self._path[2]
            self._texts[key] = (self._texts.get(key, "") + data)[:400]

    def end(self, _: str) -> None:
        if self._path == ["feed", "entry"] and ERROR_MARK in self._texts.get("id", ""):
            said = " ".join(self._texts.get("summary", "").split()).rstrip(".")
            self.outline.fault = said[:200] or "it gives no reason"
        self._path.pop()

    def refuse(self, *_: object) -> None:
        raise ArxivError(f"{UNREADABLE}: it defines a document type, which arXiv's feeds do not.", hint=HINT)

    def declaration(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.upper() not in ("UTF-8", "US-ASCII", "ASCII"):
            raise ArxivError(f"{UNREADABLE}: it is written in {encoding[:20]!r}.", hint=HINT)


def _read_strictly(content: bytes) -> _Outline:
    reader = _Reader()
    parser = expat.ParserCreate(encoding="UTF-8", namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.XmlDeclHandler = reader.declaration
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ArxivError(f"{UNREADABLE}: it is damaged or cut off ({error}).", hint=HINT) from error
    return reader.outline


def _record(result: Result) -> PaperRecord:
    known = ArxivId.parse(result.get_short_id())
    comment, abstract = _line(result.comment), _line(result.summary)
    return PaperRecord(
        arxiv_id=known.number,
        version=known.version or 1,
        title=_line(result.title),
        authors=tuple(name for author in result.authors[:MOST_AUTHORS] if (name := _line(author.name))),
        abstract=abstract,
        published=result.published,
        updated=result.updated,
        categories=tuple(_line(category) for category in result.categories),
        primary_category=_line(result.primary_category),
        comment=comment,
        journal_reference=_line(result.journal_ref),
        doi=_line(result.doi),
        withdrawn=is_withdrawn(comment, abstract),
    )


def _line(text: str | None) -> str:
    """The text on one line, without what cannot be printed."""
    printable = "".join(letter if letter.isprintable() else " " for letter in (text or "")[:MOST_TEXT_CHARACTERS])
    return " ".join(printable.split())
