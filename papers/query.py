"""A learner's words as a query of arXiv (https://info.arxiv.org/help/api/user-manual.html, appendix 5.1).

Nothing of what was typed reaches arXiv as syntax but the fields and connectives known here: every term is
made of letters, digits and a few marks, and stands in quotes where it is more than one word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from errors import ArxivError

MOST_TERMS = 16
MOST_CHARACTERS = 500
"""Of what was typed; the rest is left out."""
FIRST_DAY = date(1991, 8, 1)
"""arXiv began in August 1991."""
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about an and any are arxiv article articles as at be by can do does for from how i in into is it its me "
        "new of on or paper papers please recent show that the their there these this to was were what when where "
        "which who why with you find search",
    )
)
CATEGORY = re.compile(
    r"(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.(?P<subject>[a-z]{2}|[a-z]+-[a-z]+|[a-z]{4,}))?", re.IGNORECASE
)
ARCHIVES_WITH_SUBJECTS = frozenset(
    re.findall(r"\S+", "astro-ph cond-mat cs econ eess math nlin physics q-bio q-fin stat")
)
TEXT_FIELDS = ("all:", "ti:", "abs:")
_TOKEN = re.compile(r'\s*(?:(?<!\w)(?P<field>ti|au|abs|cat|all):)?\s*(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_CONNECTIVES = {"AND", "OR", "NOT", "ANDNOT", "TO"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is looked for. Build one with `build_query`."""

    text: str
    """arXiv's syntax; may be empty where ids say everything."""
    words: tuple[str, ...]
    """The words and phrases of the free text, in lower case."""
    relaxed: str
    """The same with any of the words instead of all of them; empty when that is no other query."""


def build_query(
    text: str,
    *,
    author: str = "",
    category: str = "",
    since: date | str | None = None,
    until: date | str | None = None,
    today: date | None = None,
) -> Query:
    """The query for free text and filters.

    Raises:
        ArxivError: a category or a date is none, or the dates are the wrong way round.
    """
    groups, unwanted = _terms(text[:MOST_CHARACTERS])
    filters = [*_author(author), *_category(category), *_dates(since, until, today or date.today())]
    wanted = [_any_of(group) for group in groups]
    excluded = "".join(f" ANDNOT {term}" for term in unwanted) if wanted or filters else ""
    plain = [term for group in groups for term in group if term.startswith(TEXT_FIELDS)]
    strict = [term for term, group in zip(wanted, groups, strict=True) if not set(group) & set(plain)]
    relaxed = " AND ".join([_any_of(plain), *strict, *filters]) + excluded if len(plain) > 2 else ""
    return Query(
        text=" AND ".join([*wanted, *filters]) + excluded,
        words=tuple(dict.fromkeys(term.partition(":")[2].strip('"').lower() for term in plain)),
        relaxed=relaxed,
    )


def as_day(value: date | str, *, last: bool = False) -> date:
    """The day of `2024`, `2024-05`, `2024-05-17` or a date; of a year or month its first, or its `last`.

    Raises:
        ArxivError: it is no date.
    """
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    match = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", value.strip())
    try:
        if match is None:
            raise ValueError(value)
        year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
        if day or not last:
            return date(year, month or 1, day or 1)
        following = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
        return following - timedelta(days=1)
    except ValueError as error:
        raise ArxivError(
            f"{value[:40]!r} is no date.", hint="Write a year, month or day: 2024, 2024-05 or 2024-05-17."
        ) from error


def _terms(text: str) -> tuple[list[list[str]], list[str]]:
    """Groups of alternatives that must all be met, and terms that must not occur."""
    groups: list[list[str]] = []
    unwanted: list[str] = []
    connective = ""
    for match in _TOKEN.finditer(unicodedata.normalize("NFC", text)):
        if match["word"] and match["word"].strip("()") in _CONNECTIVES:
            connective = match["word"].strip("()")
            continue
        term = _term(match["field"] or "all", match["phrase"], match["word"])
        if term and connective in ("NOT", "ANDNOT"):
            unwanted.append(term)
        elif term and connective == "OR" and groups:
            groups[-1].append(term)
        elif term and [term] not in groups:
            groups.append([term])
        connective = ""
    meaningful = [group for group in groups if len(group) > 1 or group[0].removeprefix("all:") not in STOP_WORDS]
    return (meaningful or groups)[:MOST_TERMS], unwanted[:MOST_TERMS]


def _term(field: str, phrase: str | None, word: str | None) -> str:
    value = _plain(phrase if phrase is not None else word or "")
    if field == "cat":
        return _category_term(value)
    if not value or not any(letter.isalnum() for letter in value):
        return ""
    lower = value.lower()
    return f"{field}:{lower}" if lower.isalnum() else f'{field}:"{lower}"'


def _plain(text: str) -> str:
    """Letters, digits, and marks inside words; everything else becomes a space."""
    kept = re.sub(r"[^\w\s.'+-]|_", " ", text)
    words = (word.strip(".'-") for word in kept.split())
    return " ".join(word for word in words if word)


def _any_of(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})" if terms else ""


def _author(name: str) -> list[str]:
    last, comma, first = name[:MOST_CHARACTERS].partition(",")
    ordered = _plain(f"{first} {last}" if comma else name[:MOST_CHARACTERS]).replace(".", "")
    if not ordered:
        return []
    folded = unicodedata.normalize("NFKD", ordered).encode("ascii", "ignore").decode()
    spellings = dict.fromkeys(spelling for spelling in (ordered, folded.strip()) if spelling)
    return [_any_of([f'au:"{spelling}"' for spelling in spellings])]


def _category(name: str) -> list[str]:
    cleaned = name.strip().removeprefix("cat:")
    if not cleaned:
        return []
    term = _category_term(cleaned)
    if not term:
        raise ArxivError(
            f"{cleaned[:40]!r} is not a category of arXiv.",
            hint="Categories look like cs.CL, cs.LG or stat.ML; https://arxiv.org/category_taxonomy has all.",
        )
    return [term]


def _category_term(name: str) -> str:
    """`cat:cs.CL`, or `cat:cs.*` for a whole archive; empty when it is no category."""
    match = CATEGORY.fullmatch(name)
    if match is None:
        return ""
    archive, subject = match["archive"].lower(), match["subject"]
    if subject is None:
        return f"cat:{archive}.*" if archive in ARCHIVES_WITH_SUBJECTS else f"cat:{archive}"
    return f"cat:{archive}.{subject.upper() if len(subject) == 2 else subject.lower()}"


def _dates(since: date | str | None, until: date | str | None, today: date) -> list[str]:
    if not since and not until:
        return []
    first = as_day(since) if since else FIRST_DAY
    last = as_day(until, last=True) if until else today + timedelta(days=1)
    if last < first:
        raise ArxivError(
            f"There is no time between {first} and {last}.", hint="Give the earlier date as the beginning."
        )
    return [f"submittedDate:[{first:%Y%m%d}0000 TO {last:%Y%m%d}2359]"]
