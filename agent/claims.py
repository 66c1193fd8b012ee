"""The sentences of an answer in Markdown, and which of them claim something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.marks import Mark, Protected, Span, find_marks, protected_parts, without_marks
from agent.quantities import quantities
from agent.refusal import REFUSAL
from agent.table_cells import row_of_claims
from agent.words import content_stems
from ingestion.sentences import split_sentences

INTRODUCTION_WORDS = 25
"""A longer line before a list says something itself."""
SHORT_CELL_STEMS = 3
"""A table cell of fewer topic words ("8 heads") is read with the label of its row."""

_HEADING = re.compile(r"[ >]{0,6}#{1,6}\s")
_ITEM = re.compile(r"[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+")
_QUOTE_PREFIX = re.compile(r"[ \t]*(?:>[ \t]?)+")
_TABLE_ROW = re.compile(r"[ \t]*\|")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t:|-]*-{2,}[ \t:|-]*$")
_BOLD_LINE = re.compile(r"\s*(?:\*\*[^*\n]{1,80}\*\*|__[^_\n]{1,80}__):?\s*$")
_MARKUP = re.compile(r"[*_`#|~]+")
_MATH = re.compile(r"\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
_NAMED = re.compile(r"\\(?:text|mathrm|mathbf|mathit|textbf|textit|operatorname)\{([^{}]*)\}")
_SUBSCRIPT = re.compile(r"_\{?([^\W_]+)\}?")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_CUT_DECIMAL = re.compile(r"\d\.\d+$")
_LONE_DIGIT = re.compile(r"(?<![\d.])(?<!10\^)(?<!10\^\{)\d(?![\d.])")
"""A single digit; none that says how large a power of ten is."""

_PLEASANTRY = re.compile(
    r"(?:hi|hello|hey|welcome|thanks|thank you|you(?:'|’)re welcome|sure|of course|certainly|great question"
    r"|okay|ok|good (?:morning|afternoon|evening|question))\b.{0,60}$",
    re.IGNORECASE | re.DOTALL,
)
_OFFER = re.compile(
    r"(?:let me know|feel free|would you like|shall i|do you want|if you(?:['’]d| would)? (?:like|want|need)"
    r"|i (?:can|could|will|would|am|answer|reached|only|understand)\b|this question looks"
    r"|your library (?:is|holds|has)"
    r"|(?:you (?:can|could|may|might) (?:also )?)?(?:ask|add|connect|choose|try|open|upload)\b.{0,80}"
    r"\b(?:again|me|a paper|papers? or notes?|library|settings|other words|another question|a model)\b)",
    re.IGNORECASE,
)
_DEED = re.compile(
    r"(?:i (?:ran this|kept this in|did the first)"
    r"|it (?:printed|prints|ran without printing|did not run to|was not run here)"
    r"|the (?:code|figures?|value|cards?)\b.{0,20} (?:was not run|(?:is|are) shown|the last line|show the rest)"
    r"|you (?:declined to|predicted)|say (?:add|another)|type your prediction|this part was left out"
    r"|to read before it|its topics on your roadmap)\b",
    re.IGNORECASE,
)
"""What was done for the learner, which no document can bear out."""
_HONESTY = re.compile(
    rf"{REFUSAL}|\bi (?:could|can|did|do|have|was|am)(?:n['’]t|not| not| unable| found no)\b"
    r"|\bno (?:passages?|documents?|sources?)\b|\bthe nearest places\b"
    r"|\b(?:library|passages?|documents?|sources?)\b.{0,40}"
    r"\b(?:do(?:es)?|did|is|are|was|were)(?:n['’]t| not)\b.{0,40}"
    r"\b(?:say|state|mention|hold|contain|tell|give|cover|include|describe|explain|specify|report|provide"
    r"|discuss|answer|stated|mentioned|given|covered|included|described|specified|reported|found)\b",
    re.IGNORECASE,
)
_TURNS = re.compile(r"[,;:—–]\s*(?:but|yet|though|although|while|whereas|and)\b|\b(?:but|however)\b", re.IGNORECASE)
CLAIM_AFTER_TURN_WORDS = 3
"""So many topic words after a "but" are a claim, whatever stood before."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer."""

    start: int
    end: int
    text: str
    """Exactly the answer's characters `start` to `end`."""
    words: str
    """What it says: without marks, markup and single digits of formulas."""
    marks: tuple[Mark, ...]
    claims: bool
    """False for what needs no source: headings, questions, list introductions, greetings, "not found"."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The cited numbers, each once, in order."""
        return tuple(dict.fromkeys(number for mark in self.marks for number in mark.numbers))


def sentences_of(text: str, *, quoted: Sequence[Span] = ()) -> list[Sentence]:
    """The sentences of an answer, in order; code fences and displayed formulas between them are left out.

    Args:
        text: an answer in Markdown.
        quoted: verbatim quotes, which are not split and in which brackets are no citations.
    """
    protected = protected_parts(text)
    marks = find_marks(text, ignored=quoted)
    whole = [*protected.spans, *quoted, *((mark.start, mark.end) for mark in marks)]
    sentences = []
    for start, end, is_heading, label in _claim_blocks(text, protected, whole, marks):
        for first, last in _split(text, start, end, whole, marks):
            own = tuple(mark for mark in marks if first <= mark.start < last)
            said = _said(without_marks(text, marks, first, last))
            claims = not is_heading and _claims(said)
            if label and len(content_stems(said)) < SHORT_CELL_STEMS:
                said = f"{_said(label)} {said}"
            sentences.append(Sentence(first, last, text[first:last], said, own, claims))
    return sentences


def _claim_blocks(
    text: str, protected: Protected, whole: Sequence[Span], marks: Sequence[Mark]
) -> Iterator[tuple[int, int, bool, str]]:
    """The blocks as (start, end, is a heading, label); the cells of a row that cites in several stand alone.

    The label is what a cell is about: the row's first cell, empty for anything but a cell.
    """
    for start, end, is_heading in _blocks(text, protected):
        row = None if is_heading else row_of_claims(text, start, end, whole, marks)
        if row is None:
            yield start, end, is_heading, ""
            continue
        yield (*row.label, True, "")
        for first, last in row.cells:
            yield first, last, False, text[slice(*row.label)]


def _said(text: str) -> str:
    text = _MATH.sub(lambda match: plain_formula(match.group()), text)
    return " ".join(_MARKUP.sub(" ", text).split())


def plain_formula(formula: str) -> str:
    r"""A formula as PDF text shows it: `d_{\text{model}}` as dmodel, without commands and single digits."""
    named = _NAMED.sub(r"\1", formula)
    joined = _SUBSCRIPT.sub(r"\1", named)
    return _LONE_DIGIT.sub(" ", _COMMAND.sub(" ", joined))


def _claims(said: str) -> bool:
    """Whether a sentence states something that needs a source."""
    bare = said.strip(" .,;!-–—\"'“”()")
    has_number = any(not quantity.spelled for quantity in quantities(bare))
    if not has_number and len(content_stems(bare)) < 2:
        return False
    if said.endswith(("?", "？")):
        return False
    if said.endswith((":", "：")) and not has_number and len(said.split()) <= INTRODUCTION_WORDS:
        return False
    return not _is_exempt_phrase(bare)


def _is_exempt_phrase(said: str) -> bool:
    if any(known.match(said) for known in (_PLEASANTRY, _OFFER, _DEED)) or _HONESTY.search(said):
        turns = list(_TURNS.finditer(said))
        return not turns or len(content_stems(said[turns[-1].end() :])) < CLAIM_AFTER_TURN_WORDS
    return False


def _blocks(text: str, protected: Protected) -> Iterator[tuple[int, int, bool]]:
    """Paragraphs, list items, table rows and headings as (start, end, is a heading), in order."""
    begin: int | None = None
    last = 0
    for start, end in _lines(text, protected):
        line = text[start:end]
        item = _ITEM.match(line)
        alone = bool(_HEADING.match(line) or _TABLE_ROW.match(line) or _BOLD_LINE.match(line))
        if begin is not None and (alone or item or not line.strip()):
            yield begin, last, False
            begin = None
        if alone:
            if not _TABLE_RULE.match(line):
                yield start, end, not _TABLE_ROW.match(line) or _is_table_head(text, end)
        elif line.strip():
            if begin is None:
                prefix = item or _QUOTE_PREFIX.match(line)
                begin = start + (prefix.end() if prefix else 0)
            last = end
    if begin is not None:
        yield begin, last, False


def _is_table_head(text: str, line_end: int) -> bool:
    following = text[line_end + 1 :].split("\n", 1)[0]
    return bool(_TABLE_RULE.match(following))


def _lines(text: str, protected: Protected) -> Iterator[Span]:
    """The lines outside of code fences and displayed formulas; a formula ends the line it stands in."""
    position = 0
    for block_start, block_end in (*protected.blocks, (len(text), len(text))):
        for match in re.finditer(r"[^\n]*\n?", text[position:block_start]):
            if match.group():
                start = position + match.start()
                yield start, start + len(match.group().rstrip("\n"))
        position = max(position, block_end)


def _split(text: str, start: int, end: int, whole: Sequence[Span], marks: Sequence[Mark]) -> list[Span]:
    """The sentences of one block, each with the marks that follow its full stop.

    No sentence begins inside of one of the spans that stay `whole`.
    """
    spans: list[list[int]] = []
    for first, last in split_sentences(text[start:end]):
        first, last = first + start, last + start
        inside = any(begin < first < stop for begin, stop in whole)
        if spans and (inside or _CUT_DECIMAL.search(text[spans[-1][0] : spans[-1][1]])):
            spans[-1][1] = last
            continue
        taken = _leading_marks_end(text, first, last, marks) if spans else first
        if taken > first and not any(spans[-1][0] <= mark.start < spans[-1][1] for mark in marks):
            spans[-1][1] = taken
            first = taken
        rest = text[first:last]
        first += len(rest) - len(rest.lstrip())
        if not any(character.isalnum() for character in rest):
            if spans:
                spans[-1][1] = max(spans[-1][1], last)
            continue
        spans.append([first, last])
    return [(first, last) for first, last in spans]


def _leading_marks_end(text: str, first: int, last: int, marks: Sequence[Mark]) -> int:
    """Past the marks that a sentence begins with, when they close the sentence before; else `first`."""
    position = first
    for mark in marks:
        if first <= mark.start < last and not text[position : mark.start].strip(" \t\n.,;"):
            position = mark.end
    following = text[position:last].lstrip(" \t\n.,;")
    closes = not following or not following[0].islower()
    return position if closes else first
