"""What a text says of papers without a quote: pages it refers to, and statements it marks as unverified."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from curriculum.model import Paper, PaperId

MARK, LINE_OF_A_NOTE = "(unverified)", "- Unverified here: "

_QUOTED = re.compile(r'\[[^\]"]*"[^"]*"\]')
_PAGES = re.compile(r"\bpp?\. (\d{1,3})\b((?:(?:, | and |[-–])\d{1,3}\b)*)")
_WORK = re.compile(r"([A-Z][\w-]+)(?: et al\.| and others)?,? \(?(\d{4})\b")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?!\w*\d)")
_TENS = {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "eighty": "80", "ninety": "90"}
_DIGITS = {"eight": "8", "nine": "9", "ten": "10", "twelve": "12", **_TENS, "hundred": "100", "thousand": "1000"}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_DIGITS)})\b(?!-)")
_NAMES = re.compile(r"\b(?:Llama|Claude) \d|Mistral 7B|arXiv \d{4}\.\d{4,5}")
_AUTHOR = re.compile(r"([A-Z][\w-]+) et al\.")
_ON_ARXIV = re.compile(r"(.+?)\(?arXiv (\d{4}\.\d{4,5})[^;.)]*\)?")
_BULLET = re.compile(r"^(?:- |\d+\. |\| )")


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that a text refers to in words, such as "(Hu et al. 2021, p. 4)"."""

    source: str
    papers: tuple[PaperId, ...]
    """The papers that can be meant; none when the text names no work of ours."""
    page: int
    words: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Something said of a paper that nobody has looked up yet."""

    source: str
    paper: str
    """Id of the paper, also of one that is not in the curriculum; empty when no paper on arXiv is named."""
    text: str
    terms: tuple[str, ...]
    """What to look for: its numbers, and the authors it names."""


def references_in(text: str, source: str, papers: Sequence[Paper]) -> list[Reference]:
    """The pages named outside of quoted references, in the order of the text."""
    found = []
    for line in _QUOTED.sub(" ", text).splitlines():
        for match in _PAGES.finditer(line):
            words = line[max(0, match.start() - 60) : match.end()].strip()
            meant = _meant(line[: match.start()], papers)
            numbers = [match[1], *re.findall(r"\d+", match[2])]
            found += [Reference(source, meant, int(number), words) for number in numbers]
    return found


def unverified_in(text: str, source: str, paper: str = "") -> list[Statement]:
    """The statements of a sheet's marked lines, which are of its paper, and of the lines of a note."""
    found = []
    for line in (line.strip() for line in _QUOTED.sub(" ", text).splitlines()):
        if line.startswith(LINE_OF_A_NOTE):
            found += [_statement(source, *piece) for piece in _pieces(line.removeprefix(LINE_OF_A_NOTE))]
        elif MARK in line and f"marked {MARK}" not in line:
            found.append(_statement(source, paper, _BULLET.sub("", line)))
    return found


def numbers_in(text: str) -> tuple[str, ...]:
    """The numbers in digits and the plain ones in words, each once; those of names and list markers are none."""
    plain = _NAMES.sub(" ", _BULLET.sub("", text))
    return tuple(dict.fromkeys([*_NUMBER.findall(plain), *_NUMBER_WORD.findall(plain)]))


def pages_with(term: str, pages: Sequence[str]) -> tuple[int, ...]:
    """The 1-based pages on which a name or number stands; a number in digits, with or without commas, or in words."""
    forms = {rf"{re.escape(term)}\b"} if term[0].isalpha() else set()
    number = _DIGITS.get(term, term)
    if number[0].isdigit():
        whole, point, rest = number.replace(",", "").partition(".")
        forms |= {re.escape(f"{whole}{point}{rest}"), re.escape(f"{int(whole):,}{point}{rest}")}
    pattern = re.compile(rf"(?<![\w.,])(?:{'|'.join(sorted(forms))})(?!\d|[.,]\d)")
    return tuple(place for place, text in enumerate(pages, start=1) if pattern.search(text))


def _statement(source: str, paper: str, text: str) -> Statement:
    return Statement(source, paper, text, (*dict.fromkeys(_AUTHOR.findall(text)), *numbers_in(text)))


def _pieces(line: str) -> list[tuple[str, str]]:
    """The parts between semicolons, each with the paper on arXiv that it names; a part may name several in a row."""
    found = []
    for part in line.split("; "):
        matches = list(_ON_ARXIV.finditer(part))
        ends = [*(match.end() for match in matches[:-1]), len(part)]
        starts = [0, *ends[:-1]]
        ids = [match[2] for match in matches] or [""]
        words = (part[start:end].strip(" ,;") for start, end in zip(starts, ends, strict=True))
        found += list(zip(ids, words, strict=True))
    return found


def _meant(before: str, papers: Sequence[Paper]) -> tuple[PaperId, ...]:
    """The papers of the last author and year that stand before a page, when they are ours."""
    for name, year in reversed(_WORK.findall(before)):
        ids = tuple(paper.id for paper in papers if paper.authors.split()[0] == name and paper.year == int(year))
        if ids:
            return ids
    return ()
