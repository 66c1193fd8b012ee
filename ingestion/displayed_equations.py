"""Finds the numbered equations that stand on lines of their own, from a page's clean text alone.

A PDF gives a displayed formula as a handful of short lines and ends it with its number, "(7)". The text layer often
lacks Greek letters and lays fractions flat, so what is found says where an equation stands, not how to set it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.document import Page
from ingestion.words import word_set

MOST_LINES = 12
"""An equation is followed upwards over at most this many printed lines."""
LONGEST_LINE = 160
"""Characters; a longer line is a paragraph, whatever is in it."""
LONGEST_FORMULA = 400
"""Characters; no formula on one line is longer, so no more of a paragraph is looked at."""
LABEL = re.compile(r"(?<!\S)\(((?:[A-Z]\.|\d{1,2}\.)?\d{1,2}[a-z]?)\)(?=\s|$)")
RELATION = re.compile(r"[=≈∼~∝≡≤≥≪≫≲≳<>∈→←⊂⇡]|\|\||\b(?:log|exp|max|min)\b")
OPERATOR = re.compile(r"[=≈∼~∝≡≤≥≪≫≲≳<>∈→←⊂+−×·∗/^|∑∏√∂∇]|\d")
JOINED = re.compile(r"[=≈∼∝≡≤≥≪≫≲≳<>∈+−×·]")
FUNCTIONS = word_set("""
    log exp max min arg argmax argmin sin cos tan tanh softmax sigmoid relu lim sup inf det tr var cov mod
""")
CAPTION_OR_LIST = re.compile(r"\s*(?:(?:Figure|Table|Algorithm)\s+\S+[:.]|[-•∙▪*]\s|\d{1,2}[.)]\s|https?://)")
PLAIN_WORD = re.compile(r"[(“\"]?[A-Za-z][a-z’'-]*[,;:.)”\"]*")


@dataclass(frozen=True, slots=True)
class DisplayedEquation:
    """An equation with a number, set on lines of its own."""

    number: str
    """As printed, without the parentheses, such as "7" or "B.3"."""
    text: str
    """Exactly `page.text[start:end]`; the number in parentheses ends it."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Line:
    """The characters `start` to `end` of a page's text, without a line break."""

    start: int
    end: int
    text: str


def displayed_equations(page: Page) -> list[DisplayedEquation]:
    """The numbered equations of a page in the order they are printed; none for a page of plain prose."""
    lines = list(_lines(page.text))
    headings = {heading.start for heading in page.headings}
    found: list[DisplayedEquation] = []
    floor = 0  # nothing above the last number belongs to the next equation
    for place, line in enumerate(lines):
        if CAPTION_OR_LIST.match(line.text):
            continue
        for label in LABEL.finditer(line.text):
            start = _start(line, label, floor)
            if start == line.start:
                start = _climb(lines, place, headings, floor)
            end = line.start + label.end()
            if start is not None and RELATION.search(page.text, start, line.start + label.start()):
                found.append(DisplayedEquation(label[1], page.text[start:end], start, end))
                floor = end
    return found


def _lines(text: str) -> Iterator[_Line]:
    for match in re.finditer(r"[^\n]+", text):
        if match.group().strip():
            yield _Line(match.start(), match.end(), match.group())


def _start(line: _Line, label: re.Match[str], floor: int) -> int | None:
    """Where on its line the formula in front of `label` begins; None when the label is no equation number."""
    rest = line.text[label.end() : label.end() + LONGEST_FORMULA]
    cut_off = line.start + label.start() - LONGEST_FORMULA
    begin = max(floor, line.start, cut_off)
    body = line.text[begin - line.start : label.start()]
    if not _may_follow(rest) or _ends_in_prose(body):
        return None
    start = begin + _after_prose(body)
    if start > begin and rest.strip():
        return None  # prose on both sides: a point of a list inside a sentence
    return None if start == cut_off else start


def _may_follow(rest: str) -> bool:
    """True for what may stand on a line behind an equation number: nothing, or the prose that goes on."""
    words = rest.split()
    return not words or not OPERATOR.search(words[0])


def _ends_in_prose(body: str) -> bool:
    """True when the last word before the number is an ordinary one, as in "shown by Equation (3)"."""
    words = body.split()
    if not words or not _is_plain(words[-1]) or words[-1].endswith((")", ".")):
        return False
    return len(words) == 1 or not RELATION.search(words[-2])


def _after_prose(body: str) -> int:
    """How many characters of a line are the prose in front of its formula; words inside a formula do not count."""
    words = list(re.finditer(r"\S+", body))
    cut = 0
    for last in range(2, len(words)):
        run = [word.group() for word in words[last - 2 : last + 1]]
        before = body[cut : words[last - 2].start()]
        if _longest_run(run) == 3 and sum(word[0].islower() for word in run) >= 2 and not JOINED.search(before):
            cut = words[last + 1].start() if last + 1 < len(words) else len(body)
    return cut


def _climb(lines: list[_Line], place: int, headings: set[int], floor: int) -> int:
    """The start of the highest line above `place` that still belongs to the formula."""
    start = lines[place].start
    for line in reversed(lines[max(0, place - MOST_LINES) : place]):
        if line.start < floor:
            return max(floor, start) if line.end <= floor else start
        tail = _formula_after_colon(line)
        if tail is not None:
            return tail
        if line.start in headings or _is_prose(line.text):
            return start
        start = line.start
    return start


def _formula_after_colon(line: _Line) -> int | None:
    """Where the formula begins on a line such as "we find N (C): N (C)"; None when there is none."""
    colon = line.text.rfind(": ")
    if colon < 0 or not _is_prose(line.text[:colon]) or _is_prose(line.text[colon + 2 :]):
        return None
    return line.start + colon + 2


def _is_prose(text: str) -> bool:
    """True for a line of ordinary words, or one that only joins two formulas, such as "where"."""
    if len(text) > LONGEST_LINE or CAPTION_OR_LIST.match(text):
        return True
    words = text.split()
    if _longest_run(words) >= 3 and sum(_is_plain(word) and word[0].islower() for word in words) >= 2:
        return True
    lower = [word for word in words if _is_plain(word) and word[0].islower() and len(word.strip(",;:.()")) > 1]
    return bool(lower) and not OPERATOR.search(text) and 2 * len(lower) >= len(words)


def _longest_run(words: list[str]) -> int:
    """The length of the longest run of ordinary words."""
    longest = current = 0
    for word in words:
        current = current + 1 if _is_plain(word) else 0
        longest = max(longest, current)
    return longest


def _is_plain(word: str) -> bool:
    """True for an ordinary word, which no formula is made of."""
    if not PLAIN_WORD.fullmatch(word):
        return False
    bare = word.strip("(),;:.“”\"’'").casefold()
    return bare not in FUNCTIONS and (len(bare) > 1 or bare in {"a", "i"})
