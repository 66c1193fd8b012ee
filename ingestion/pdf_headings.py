"""Which lines of a PDF page are section titles: by number, name, type size, weight and the outline."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.lines import LETTERS, Line

NUMBERED = re.compile(r"(?P<number>(?:Appendix\s+)?(?:[A-Z]|\d{1,2})(?:\.\d{1,2}){0,3})[.:]?\s+(?P<rest>\S.*)")
NAMED = re.compile(
    r"(?:abstract|references|bibliography|acknowledge?ments?|appendix|appendices|conclusions?|introduction|"
    r"related work|background|discussion|limitations|broader impact|contents|supplementary materials?|"
    r"ethics statement|ethical considerations|reproducibility statement|author contributions)",
    re.IGNORECASE,
)
NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
TITLE_WORD = re.compile(r"[^\W\d_]{3}")
LETTERED = re.compile(r"[A-Z]\s")
"""A lone letter may number an appendix or be the article: where there are bookmarks, they decide."""
CONTENTS_LINE = re.compile(r"[\s.]\d{1,3}$")
MAXIMUM_WORDS = 16
MAXIMUM_LINES = 3
CAPTION_START = re.compile(r"(?:figure|fig\.|table|algorithm|listing)\s+[A-Z]?\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark of the PDF; level 1 is the highest."""

    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Title:
    """A section title that takes `line_count` lines from line `first` on."""

    first: int
    line_count: int
    level: int


def find_titles(
    lines: Sequence[Line], outline: Sequence[OutlineEntry], body: float, *, has_outline: bool = False
) -> dict[int, Title]:
    """Section titles of a page by the index of their first line.

    `outline` holds the bookmarks that lead to this page; `has_outline` says that the document has bookmarks.
    """
    wanted = {key(entry.title): entry for entry in outline if len(key(entry.title)) >= 4}
    titles: dict[int, Title] = {}
    in_contents = False
    index = 0
    while index < len(lines):
        text = lines[index].text
        if lines[index].cells:
            index += 1
            continue
        title = _outline_title(lines, index, wanted, body)
        if not title and not (in_contents and CONTENTS_LINE.search(text)):
            title = None if has_outline and LETTERED.match(text) else _styled_title(lines, index, body)
        if title:
            titles[index] = title
            in_contents = in_contents or text.casefold() == "contents"
        index += title.line_count if title else 1
    return titles


def covered(titles: Mapping[int, Title]) -> set[int]:
    """The indexes of all lines that the titles take."""
    return {title.first + offset for title in titles.values() for offset in range(title.line_count)}


def key(text: str) -> str:
    """Letters and digits only, without case and accents: equal for a bookmark and its printed title."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return NOT_ALPHANUMERIC.sub("", text.casefold())


def _outline_title(lines: Sequence[Line], index: int, wanted: Mapping[str, OutlineEntry], body: float) -> Title | None:
    if not wanted or lines[index].size < 0.9 * body or not _may_begin(lines[index].text, wanted):
        return None
    text = ""
    for count in range(1, min(MAXIMUM_LINES, len(lines) - index) + 1):
        text = f"{text} {lines[index + count - 1].text}".strip()
        match = NUMBERED.fullmatch(text)
        entry = wanted.get(key(text)) or (wanted.get(key(match["rest"])) if match else None)
        if entry:
            level = _level(match["number"]) if match and _number_is_sane(match["number"]) else entry.level
            return Title(index, count, level)
    return None


def _may_begin(text: str, wanted: Mapping[str, OutlineEntry]) -> bool:
    match = NUMBERED.fullmatch(text)
    starts = {key(text), key(match["rest"]) if match else key(text)}
    return any(title.startswith(start) for start in starts if start for title in wanted)


def _styled_title(lines: Sequence[Line], index: int, body: float) -> Title | None:
    line = lines[index]
    level = _styled_level(line, body)
    if not level:
        return None
    count = 1
    while (
        count < MAXIMUM_LINES
        and index + count < len(lines)
        and _same_style(lines[index + count - 1], lines[index + count])
        and not _styled_level(lines[index + count], body, unnumbered=False)
    ):
        count += 1
    words = sum(len(line.words) for line in lines[index : index + count])
    return Title(index, count, level) if words <= MAXIMUM_WORDS else None


def _styled_level(line: Line, body: float, *, unnumbered: bool = True) -> int:
    """Level of the title that the line looks like, 0 for none."""
    text = line.text
    if len(line.words) > MAXIMUM_WORDS or text[-1] in ".,;" or len(LETTERS.findall(text)) < 3:
        return 0
    if CAPTION_START.match(text) or max(word.size for word in line.words) < 0.93 * body:
        return 0
    stands_out = line.bold or line.size >= 1.08 * body
    if NAMED.fullmatch(text.rstrip(":. ")) and (stands_out or text.isupper() or text.istitle()):
        return 1
    match = NUMBERED.fullmatch(text)
    if match and _number_is_sane(match["number"]):
        rest = match["rest"]
        if not _reads_like_title(rest):
            return 0
        if (stands_out or rest.isupper()) and (rest[0].isupper() or not rest[0].isascii()):
            return _level(match["number"])
        return 0
    if unnumbered and line.bold and line.size >= 1.1 * body and text[0].isupper():
        return 1 if line.size >= 1.15 * body else 2
    return 0


def _reads_like_title(text: str) -> bool:
    """True for words, not for figures or single letters."""
    letters = len(LETTERS.findall(text))
    symbols = sum(1 for character in text if not character.isspace())
    return bool(TITLE_WORD.search(text)) and letters >= 0.7 * symbols


def _same_style(above: Line, below: Line) -> bool:
    return (
        not below.cells
        and above.bold == below.bold
        and abs(above.size - below.size) < 0.3
        and 0 < below.box.bottom - above.box.bottom < 1.6 * above.size
        and abs(above.box.left - below.box.left) < 4 * above.size
        and (above.hyphenated or len(above.words) >= 5)
    )


def _number_is_sane(number: str) -> bool:
    first = number.removeprefix("Appendix").strip().split(".")[0]
    return first.isalpha() or 0 < int(first) <= 30


def _level(number: str) -> int:
    return number.count(".") + 1
