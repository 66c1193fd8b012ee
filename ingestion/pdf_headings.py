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


def find_titles(lines: Sequence[Line], outline: Sequence[OutlineEntry], body: float) -> dict[int, Title]:
    """Section titles by the index of their first line."""
    wanted = {key(entry.title): entry for entry in outline if len(key(entry.title)) >= 4}
    titles: dict[int, Title] = {}
    index = 0
    while index < len(lines):
        title = _outline_title(lines, index, wanted, body) or _styled_title(lines, index, body)
        if title:
            titles[index] = title
        index += title.line_count if title else 1
    return titles


def key(text: str) -> str:
    """Letters and digits only, without case and accents: equal for a bookmark and its printed title."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def _outline_title(
    lines: Sequence[Line], index: int, wanted: Mapping[str, OutlineEntry], body: float
) -> Title | None:
    if not wanted or lines[index].size < 0.9 * body:
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
    if CAPTION_START.match(text) or line.size < 0.93 * body:
        return 0
    stands_out = line.bold or line.size >= 1.08 * body
    if NAMED.fullmatch(text.rstrip(":. ")) and (stands_out or text.isupper() or text.istitle()):
        return 1
    match = NUMBERED.fullmatch(text)
    if match and _number_is_sane(match["number"]):
        rest = match["rest"]
        if (stands_out or rest.isupper()) and (rest[0].isupper() or not rest[0].isascii()):
            return _level(match["number"])
        return 0
    if unnumbered and line.bold and line.size >= 1.1 * body and text[0].isupper():
        return 1 if line.size >= 1.3 * body else 2
    return 0


def _same_style(above: Line, below: Line) -> bool:
    return (
        above.bold == below.bold
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
