"""What of a passage can be quoted: its sentences, and where they are asked for the rows of tables and the formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

from agent.embedded.table_rows import column_names, table_of
from ingestion.sentences import split_sentences

PieceKind = Literal["sentence", "row", "formula"]

SHORTEST_CHARACTERS = 20
LONGEST_CHARACTERS = 700
HEADING_CHARACTERS = 90
"""A shorter text that does not end like a sentence is taken for a heading or a label."""
FEWEST_WORDS = 4
"""Words of three letters or more; lines of a table of contents have fewer."""
CAPTION_PLACES = 2
"""A table's caption stands so many chunks before or behind it, at most."""
LONGEST_ROW_CHARACTERS = 200
_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDS = re.compile(r"[.!?:;。][\"'”’)\]\s\d]*$")
_ITEM = re.compile(r"^(?:(?:[-*•–▪]|\(?\d{1,2}[.)]|\([a-z]\))\s+|\d{1,2}(?=[A-Z][a-z]))")
"""What stands before a sentence without being part of it: list marks, the number of a footnote."""
_RECEIPT = re.compile(r"\[\d{4}\.\d{4,5}, p\. |^Unverified here:")
"""What a note ends with: where its statements stand in the papers, for those who check them."""
_EXEMPLAR = re.compile(r"[QA]: ")
"""A question or an answer of the examples in a prompt, which states nothing of the paper's own."""
_RUN_ON_ITEM = re.compile(r"^\(?1[.)]\s.*\s\(?2[.)]\s")
"""A list inside of a sentence: its first mark belongs to it as the others do."""
_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})(?:\w+[^\n]*\n.*?(?:^[ \t]*\1|\Z)|.*?^[ \t]*\1)", re.MULTILINE | re.DOTALL)
"""A block of code; one that its passage does not end must name its language, or it may be the end of another."""
_FENCE_MARK = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*(?P<language>\w*)", re.MULTILINE)
_JOINING = re.compile(r"\b(?:the|an?|of|to|is|are|was|were|we|that|with|in|for|and|by|as|on)\b", re.IGNORECASE)
FEWEST_JOINING = 2
"""Words such as "the" in an unfinished sentence; the legend of a figure has fewer."""
_LEANS_BACK = re.compile(
    r"^(?!it (?:is|was|has (?:long )?been) (?:\w+ ){0,3}that\b)(it|its|this|these|those|they|their|such|he|she|here"
    r"|however|moreover|furthermore|in addition|also)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\W{0,3}\d|O\(|[✓✗]|(?:yes|no)\b", re.IGNORECASE)
"""How a cell begins that holds a figure, a complexity, or a yes or no."""
_CELL = re.compile(
    r"(?<![\w.])[-+−±<>≈~$]?\d[\d.,]*[%A-Za-z]{0,3}(?![\w.])|O\([^)]*\)|(?<!\w)(?:✓|✗|yes|no)(?!\w)", re.IGNORECASE
)
_LABEL = re.compile(r"[A-Za-z]{2,}")
_EQUATION = re.compile(r"[=←≈∝]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A quotable piece before it is scored."""

    passage: int
    """Place of its passage among those given."""
    first: int
    """Place of its first sentence, or row, in the passage."""
    last: int
    sentences: tuple[str, ...]
    """The sentence; before it the one that it leans on, if it does."""
    context: str
    """What it is read with: title, section, the sentence before, the caption of a table."""
    kind: PieceKind = "sentence"
    caption: str = ""
    """Of the table that a row stands in."""
    columns: tuple[str, ...] = ()
    """The names of that table's columns; empty when they are not known."""
    table: str = ""
    """Which table that is."""

    @property
    def text(self) -> str:
        """All its sentences in one line."""
        return " ".join(self.sentences)

    @property
    def compared(self) -> str:
        """What its meaning is taken from: a row says little without the caption of its table."""
        return f"{self.caption} {self.text}" if self.caption else self.text


def pieces_of(passages: Sequence[Mapping[str, Any]], *, rows: bool = False, formulas: bool = False) -> list[Piece]:
    """Every piece of the passages once, in reading order.

    Args:
        passages: as the tools give them.
        rows: whether rows of tables are among them.
        formulas: whether formulas are, each with the sentence before it.
    """
    unique: dict[str, Piece] = {}
    for place, passage in enumerate(passages):
        if passage.get("kind") == "table":
            found = _rows(place, passage, passages) if rows else iter(())
        else:
            found = _sentences(place, passage, formulas=formulas)
        for piece in found:
            unique.setdefault(piece.text, piece)
    return list(unique.values())


def _sentences(place: int, passage: Mapping[str, Any], *, formulas: bool) -> Iterator[Piece]:
    """The readable sentences of a passage, each with its leading context."""
    text = str(passage["text"])
    code = _code_of(text)
    context = f"{passage['title']} {passage['section']}"
    previous = ""
    for index, (start, end) in enumerate(split_sentences(text)):
        if any(first <= start < last for first, last in code):
            previous = ""
            continue
        sentence = _unmarked(" ".join(text[start:end].split()))
        fits = previous and len(previous) + len(sentence) < LONGEST_CHARACTERS
        if fits and _LEANS_BACK.match(sentence) and sentence[0].isupper():
            yield Piece(place, index - 1, index, (previous, sentence), context)
        elif readable(sentence):
            yield Piece(place, index, index, (sentence,), f"{context} {previous}")
        elif fits and formulas and _is_formula(sentence):
            yield Piece(place, index - 1, index, (previous, sentence), context, "formula")
            continue
        previous = sentence if readable(sentence) else ""


def _code_of(text: str) -> list[tuple[int, int]]:
    """Where a passage holds code; an odd mark without a language ends a block that began in the passage before."""
    marks = list(_FENCE_MARK.finditer(text))
    begins = marks[0].end() if len(marks) % 2 and not marks[0]["language"] else 0
    return [*([(0, begins)] if begins else []), *(match.span() for match in _FENCED.finditer(text, begins))]


def _unmarked(sentence: str) -> str:
    """The sentence without the mark of a list item before it."""
    return sentence if _RUN_ON_ITEM.match(sentence) else _ITEM.sub("", sentence)


def _rows(place: int, passage: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    """The rows of a table that have a label and a cell."""
    lines = [" ".join(line.split()) for line in str(passage["text"]).split("\n")]
    caption = _caption(passage, passages)
    heads = " ".join(line for line in lines if line and not _CELL.search(line))
    context = f"{passage['title']} {passage['section']} {caption} {heads}"
    columns, table = _columns(passage, passages), table_of(passage)
    for index, line in enumerate(lines):
        if len(line) <= LONGEST_ROW_CHARACTERS and _LABEL.search(line) and _CELL.search(line) and not _is_head(line):
            yield Piece(place, index, index, (line,), context, "row", caption, columns, table)


def _columns(table: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The names of a table's columns, which stand in its first passage; empty when that is not among the passages."""
    parts = [passage for passage in passages if passage.get("kind") == "table" and table_of(passage) == table_of(table)]
    first = min(parts, key=lambda passage: int(passage["position"]))
    lines = (" ".join(line.split()) for line in str(first["text"]).split("\n"))
    return column_names(takewhile(_is_head, (line for line in lines if line.startswith("|"))))


def _is_head(line: str) -> bool:
    """Whether parted cells name columns only: beside the first, none of them begins with a figure."""
    cells = [cell.strip() for cell in line.strip("| ").split("|")]
    return len(cells) > 1 and not any(_FIGURE.match(cell) for cell in cells[1:])


def _caption(table: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]) -> str:
    """The caption nearest to a table among the passages; empty when none is there."""
    near = [
        (abs(int(passage["position"]) - int(table["position"])), str(passage["text"]))
        for passage in passages
        if passage.get("kind") == "caption"
        and passage["document_id"] == table["document_id"]
        and abs(int(passage["position"]) - int(table["position"])) <= CAPTION_PLACES
        and str(passage["text"]).startswith("Table")
    ]
    return " ".join(min(near)[1].split()) if near else ""


def readable(text: str) -> bool:
    """Whether a text is a sentence a learner can read: no heading, no question, no rows of figures."""
    ends = bool(_ENDS.search(text))
    if not ends and (len(text) < HEADING_CHARACTERS or len(_JOINING.findall(text)) < FEWEST_JOINING):
        return False
    if not SHORTEST_CHARACTERS <= len(text) <= LONGEST_CHARACTERS:
        return False
    if _RECEIPT.search(text) or _EXEMPLAR.match(text):
        return False
    letters = sum(character.isalpha() or character.isspace() for character in text)
    enough_words = len(_WORD.findall(text)) >= FEWEST_WORDS
    return enough_words and letters >= 0.55 * len(text) and not text.rstrip().endswith("?")


def _is_formula(text: str) -> bool:
    return bool(_EQUATION.search(text)) and SHORTEST_CHARACTERS // 3 <= len(text) <= LONGEST_ROW_CHARACTERS
