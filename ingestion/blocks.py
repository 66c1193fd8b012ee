"""What a page's text is made of: prose, captions, tables, code and references, each in its section."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingestion.document import ChunkKind, Heading, Page

BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
FENCE = re.compile(r"^```[^\n]*\n.*?(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
CAPTION = re.compile(
    r"(?:Figure|Fig\.|Table|Tab\.|Algorithm|Listing|Exhibit|Box)\s*(?:[A-Z]\.?)?\d{0,3}(?:\.\d{1,2})?\s*[:.|–—]"
    r"|(?:Figure|Table)\s+\d{1,3}(?:\s+(?-i:[A-Z])|\s*\Z)",
    re.IGNORECASE,
)
ROW = "| "
"""What every row of a table begins with."""
CAPTION_CHARACTERS = 90
"""So much of a table's caption names the table in the section path of its rows."""
REFERENCES = re.compile(
    r"(?:[\dA-Z]{1,2}\.?\s+)?(?:references|bibliography|literature cited|works cited)\s*", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[a-z)\]\"”’]{2}[.!?](?:\s|$)")
NUMBER = re.compile(r"[\d.,%±+\-−–/()=×]+")
SECTION_DEPTH = 4
SECTION_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Block:
    """Characters `start` to `end` of a page: a paragraph, a caption, a table, a title."""

    start: int
    end: int
    kind: ChunkKind
    section: str
    is_title: bool = False


class SectionPath:
    """The titles that stand above the place reached so far; it goes on from page to page."""

    def __init__(self, document_title: str) -> None:
        self._document_title = " ".join(document_title.split()).casefold()
        self._titles: list[tuple[int, str]] = []

    def enter(self, heading: Heading) -> None:
        """Go into the section that begins with `heading`."""
        while self._titles and (self._titles[-1][0] >= heading.level or self.is_references):
            self._titles.pop()
        if " ".join(heading.title.split()).casefold() != self._document_title:
            self._titles.append((heading.level, " ".join(heading.title.split())))

    @property
    def text(self) -> str:
        """For example `3 Model Architecture > 3.2 Attention`."""
        return SECTION_SEPARATOR.join(title for _, title in self._titles[:SECTION_DEPTH])

    @property
    def is_references(self) -> bool:
        """True inside the list of references."""
        return bool(self._titles) and REFERENCES.fullmatch(self._titles[-1][1]) is not None


def page_blocks(page: Page, path: SectionPath, *, is_code: bool = False) -> list[Block]:
    """The page's blocks in order; together they hold all of its text but blank lines."""
    starts = {heading.start: heading for heading in page.headings}
    blocks: list[Block] = []
    for start, end in _spans(page.text, sorted(starts)):
        heading = starts.get(start)
        if heading:
            path.enter(heading)
            title_end = start + len(heading.title)
            is_title = page.text[start:end].strip() == heading.title or title_end >= end
            blocks.append(Block(start, end, _plain_kind(path), path.text, is_title=is_title))
        else:
            kind = "code" if is_code else _kind(page.text[start:end], path)
            blocks.append(Block(start, end, kind, path.text))
    return _with_captions(page.text, blocks)


def _with_captions(text: str, blocks: list[Block]) -> list[Block]:
    """The blocks, the rows of a table with its caption as the last part of their section path."""
    result: list[Block] = []
    for index, block in enumerate(blocks):
        if block.kind == "table" and text.startswith(ROW, block.start):
            beside = (blocks[place] for place in (index - 1, index + 1) if 0 <= place < len(blocks))
            caption = next((_short(text, one) for one in beside if _is_of_table(text, one)), "")
            section = SECTION_SEPARATOR.join(part for part in (block.section, caption) if part)
            block = replace(block, section=section)
        result.append(block)
    return result


def _is_of_table(text: str, block: Block) -> bool:
    return block.kind == "caption" and text[block.start : block.start + 3].casefold() == "tab"


def _short(text: str, caption: Block) -> str:
    words = " ".join(text[caption.start : caption.end].split())
    return words if len(words) <= CAPTION_CHARACTERS else words[:CAPTION_CHARACTERS].rsplit(" ", 1)[0]


def _plain_kind(path: SectionPath) -> ChunkKind:
    return "reference" if path.is_references else "text"


def _kind(text: str, path: SectionPath) -> ChunkKind:
    if text.startswith("```") or text.startswith("Output:\n```"):
        return "code"
    if path.is_references:
        return "reference"
    if CAPTION.match(text):
        return "caption"
    return "table" if looks_tabular(text) else "text"


def looks_tabular(text: str) -> bool:
    """True for rows of numbers or of single words: tables, and the insides of figures."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("|") for line in lines):
        return True
    words = text.split()
    if len(words) < 4 or SENTENCE_END.search(text):
        return False
    numbers = sum(1 for word in words if NUMBER.fullmatch(word))
    if numbers > 0.4 * len(words):
        return True
    return len(lines) >= 3 and (numbers > 0.2 * len(words) or len(words) < 4 * len(lines))


def _spans(text: str, cuts: list[int]) -> Iterator[tuple[int, int]]:
    """Spans between blank lines, also cut before each title; a fenced code block is one span."""
    position = 0
    for fence in FENCE.finditer(text):
        yield from _paragraphs(text, position, fence.start(), cuts)
        yield fence.start(), fence.end()
        position = fence.end()
    yield from _paragraphs(text, position, len(text), cuts)


def _paragraphs(text: str, start: int, end: int, cuts: list[int]) -> Iterator[tuple[int, int]]:
    edges = [start]
    for match in BLANK_LINE.finditer(text, start, end):
        edges += [match.start(), match.end()]
    edges.append(end)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        inner = [first, *cuts[bisect_right(cuts, first) : bisect_left(cuts, last)], last]
        for begin, finish in zip(inner, inner[1:], strict=False):
            while begin < finish and text[begin].isspace():
                begin += 1
            while finish > begin and text[finish - 1].isspace():
                finish -= 1
            if begin < finish:
                yield begin, finish
