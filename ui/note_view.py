"""The text of a note as HTML: headings, lists, tables, code and formulas drawn, and a passage marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingestion.document import Page
from ui.formula import formula_html
from ui.markup import pieces

_OPEN, _CLOSE = "\ue100", "\ue101"
"""Stand for the mark's tags while the Markdown is rendered; private characters of the text are taken out before."""
_FORMULA = "\ue102{}\ue103"
FORMULA_PLACE = re.compile("\ue102(\\d+)\ue103")
PRIVATE = re.compile("[\ue000-\uf8ff]")
_LINE_START = re.compile(r"[ \t>]*(?:#{1,6}[ \t]+|(?:[-*+•]|\d{1,3}[.)])[ \t]+)?")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t:|-]*-{2,}[ \t:|-]*$")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})")


def note_html(page: Page, start: int = 0, end: int = 0) -> str:
    """The page's text as HTML, characters `start` to `end` in `mark` elements.

    Links, pictures and HTML of the note stay plain text.
    """
    text = PRIVATE.sub(" ", page.text)
    formulas: list[str] = []
    prepared: list[str] = []
    headings = {heading.start: heading.level for heading in page.headings}
    position = 0
    fenced = False
    for line in text.split("\n"):
        stop = position + len(line)
        level = next((headings[place] for place in headings if position <= place < max(stop, position + 1)), 0)
        if _FENCE.match(line):
            fenced = not fenced
            prepared.append(line)
        elif fenced:
            prepared.append(_marked_code(text, position, stop, start, end))
        else:
            shown = _marked_line(text, position, stop, start, end)
            prepared.append("#" * min(level + 2, 6) + f" {shown.lstrip('# ')}" if level else shown)
        position = stop + 1
    source = without_formulas("\n".join(_with_table_rules(prepared)), formulas)
    html = _markdown(source)
    html = FORMULA_PLACE.sub(lambda match: formulas[int(match[1])], html)
    return html.replace(_OPEN, "<mark>").replace(_CLOSE, "</mark>")


def _with_table_rules(lines: Sequence[str]) -> Iterator[str]:
    """The lines, with a rule below the first row of each table: reading a note drops the rules, drawing needs them."""
    inside = False
    for index, line in enumerate(lines):
        yield line
        is_row = line.lstrip().startswith("|")
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if is_row and not inside and not _TABLE_RULE.match(following):
            yield "|" + "---|" * max(1, line.strip().strip("|").count("|") + 1)
        inside = is_row


def _marked_code(text: str, start: int, stop: int, mark_start: int, mark_end: int) -> str:
    """The line of a program with the marked part between private characters, which no Markdown rule touches there."""
    first, last = max(start, mark_start), min(stop, mark_end)
    if first >= last:
        return text[start:stop]
    return f"{text[start:first]}{_OPEN}{text[first:last]}{_CLOSE}{text[last:stop]}"


def _marked_line(text: str, start: int, stop: int, mark_start: int, mark_end: int) -> str:
    """The line with the marked part between private characters, behind the mark of a list and inside table cells."""
    line = text[start:stop]
    content = start + (match.end() if (match := _LINE_START.match(line)) else 0)
    first, last = max(content, mark_start), min(stop, mark_end)
    if first >= last:
        return line
    if line.lstrip().startswith("|"):
        cells = (f" {_OPEN}{cell.strip()}{_CLOSE} " if cell.strip() else cell for cell in line.split("|"))
        return "|".join(cells)
    return f"{text[start:first]}{_OPEN}{text[first:last]}{_CLOSE}{text[last:stop]}"


def without_formulas(source: str, formulas: list[str]) -> str:
    """The text with places instead of its formulas, whose HTML goes to `formulas`."""
    written: list[str] = []
    for piece in pieces(source):
        raw = source[piece.start : piece.end]
        if piece.kind not in {"display", "formula"}:
            written.append(raw)
            continue
        display = piece.kind == "display"
        width = 2 if display or raw.startswith("\\") else 1
        inner = raw[width:-width]
        drawn = formula_html(inner.replace(_OPEN, "").replace(_CLOSE, "").strip(), display=display)
        formulas.append(f"{_OPEN * inner.count(_OPEN)}{drawn}{_CLOSE * inner.count(_CLOSE)}")
        written.append(_FORMULA.format(len(formulas) - 1))
    return "".join(written)


def _markdown(source: str) -> str:
    from markdown_it import MarkdownIt

    renderer = MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False})
    renderer.disable(["link", "image", "autolink", "reference", "html_block", "html_inline", "lheading", "code"])
    return str(renderer.render(source))
