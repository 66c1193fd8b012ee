"""A page's lines become its clean text, with the box of every word and the place of every title."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingestion.document import Heading, Page, WordBox
from ingestion.lines import Line, RawPage, make_line
from ingestion.pdf_headings import Title
from ingestion.pdf_paragraphs import SPACE, Hyphens, separators

NUMBER_RANGE = re.compile(r"\d[–-]$")


@dataclass
class TextBuilder:
    """Text under construction; a word's place is its length so far."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    words: list[WordBox] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Append text that stands nowhere, such as a space."""
        self.parts.append(text)
        self.length += len(text)


def compose(page: RawPage, lines: Sequence[Line], titles: Mapping[int, Title], hyphens: Hyphens, label: str) -> Page:
    """The page as the rest of the project sees it."""
    builder = TextBuilder()
    headings: list[Heading] = []
    before = separators(lines, titles)
    for index, line in enumerate(lines):
        if line.cells:
            builder.add(before[index])
            _add_row(builder, line)
            continue
        dash = _ends_with_dash(line) and index + 1 < len(lines) and before[index + 1] == SPACE
        joins = dash and index + 1 < len(lines)
        if not (index and before[index] == SPACE and _ends_with_dash(lines[index - 1])):
            builder.add(_gap(before[index], lines, index))
        if index in titles:
            title = titles[index]
            text = " ".join(line.text for line in lines[index : index + title.line_count])
            headings.append(Heading(builder.length, title.level, text))
        drops = joins and not hyphens.keeps(line.words[-1].text.rstrip("-"), lines[index + 1].words[0].text)
        _add_line(builder, line, drop_dash=drops)
    return Page(
        page.number,
        label,
        "".join(builder.parts),
        round(page.width_points, 2),
        round(page.height_points, 2),
        tuple(builder.words),
        tuple(headings),
    )


def _ends_with_dash(line: Line) -> bool:
    last = line.words[-1].text
    return not line.cells and len(last) > 1 and last[-1] == "-" and last[-2].isalpha()


def _gap(separator: str, lines: Sequence[Line], index: int) -> str:
    """No space between two lines of Chinese or Japanese."""
    if separator == SPACE and _is_cjk(lines[index - 1].words[-1].text[-1]) and _is_cjk(lines[index].words[0].text[0]):
        return ""
    if separator == SPACE and NUMBER_RANGE.search(lines[index - 1].text) and lines[index].text[0].isdigit():
        return ""
    return separator


def _is_cjk(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uff00" <= character <= "\uff60"


def _add_row(builder: TextBuilder, line: Line) -> None:
    """A row of a table, with a bar between its cells."""
    builder.add("|")
    begin = 0
    for count in line.cells:
        if count:
            builder.add(SPACE)
            _add_line(builder, make_line(list(line.words[begin : begin + count])), drop_dash=False)
        builder.add(" |")
        begin += count


def _add_line(builder: TextBuilder, line: Line, *, drop_dash: bool) -> None:
    add_part, add_word, length = builder.parts.append, builder.words.append, builder.length
    last = len(line.words) - 1
    for position, (text, box, _, glued) in enumerate(line.words):
        if position and not glued:
            add_part(SPACE)
            length += 1
        if drop_dash and position == last:
            text = text.rstrip("-")
        add_part(text)
        end = length + len(text)
        add_word(WordBox(length, end, box))
        length = end
    builder.length = length
