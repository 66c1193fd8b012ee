"""Markdown and MDX notes: prose, formulas and code stay; targets of links, pictures and markup go."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.characters import clean_text
from ingestion.decode import decode
from ingestion.document import Document
from ingestion.single_page import PageText, single_page_document

# Repetitions are bounded where an opening mark may stand without its end: else each of many would read to the end.
FENCE = re.compile(r"^(?P<indent>[ ]{0,12}(?:>[ ]?)?)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)$", re.MULTILINE)
INLINE_CODE = re.compile(r"(?P<mark>`+)(?!`)(?P<code>[^\n]{0,2000}?[^`])(?P=mark)(?!`)")
FORMULA = re.compile(
    r"\$\$.{1,3000}?\$\$|\\\[.{1,3000}?\\\]|\\\(.{1,500}?\\\)|(?<![\\$\w])\$(?![\s$])[^$\n]{0,400}?(?<![\s\\])\$(?![\d$])",
    re.DOTALL,
)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|\{/\*.{0,5000}?\*/\}", re.DOTALL)
HIDDEN_ELEMENT = re.compile(r"<(?P<name>script|style|svg|iframe|video|audio)\b", re.IGNORECASE)
TAG = re.compile(
    r"</?[A-Za-z][A-Za-z0-9.:-]*(?:\s(?:[^<>\"'{}]|\"[^\"]{0,2000}\"|'[^']{0,2000}'|\{[^{}]{0,2000}\}){0,2000})?/?>|</?>"
)
HEADING_TAG = re.compile(
    r"<h(?P<level>[1-6])\b[^>]{0,500}>(?P<title>.{0,500}?)</h(?P=level)\s*>", re.DOTALL | re.IGNORECASE
)
LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
IMAGE = re.compile(r"!\[[^\]\n]{0,500}\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\]\n]*\])")
LINK = re.compile(r"\[(?P<text>[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
REFERENCE_LINK = re.compile(r"(?<!\])\[(?P<text>[^\[\]\n]+)\]\[[^\[\]\n]*\]")
DEFINITION = re.compile(r"^[ ]{0,3}\[(?!\^)[^\]\n]+\]:[ ]*\S+.*$", re.MULTILINE)
AUTOLINK = re.compile(r"<((?:https?|mailto):[^>\s]+)>")
IMAGE_ADDRESS = re.compile(
    r"(?<![^\s()<>\"\'])(?:https?://|/|\.{1,2}/)[^\s()<>\"']+\.(?:png|jpe?g|gif|svg|webp|bmp|ico)(?:\?[^\s()<>\"']*)?",
    re.IGNORECASE,
)
STRONG = re.compile(r"(\*\*|__)(?=\S)(?P<text>.{1,2000}?)(?<=\S)\1")
EMPHASIS = re.compile(r"(?<![\w*\\])([*_])(?=[^\s*_])(?P<text>[^*_\n]{0,2000}?[^\s*_])\1(?![\w*])")
STRUCK = re.compile(r"~~(?=\S)(?P<text>.{1,2000}?)~~")
ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~$-])")
MODULE_LINE = re.compile(
    r"^(?:import\s+.+?\s+from\s+['\"].*|import\s+['\"].*|export\s+(?:const|default|function|let)\b.*)$",
    re.MULTILINE,
)
HEADING = re.compile(r"^[ ]{0,3}(?P<marks>#{1,6})(?:[ \t]+(?P<title>.*?))?(?:[ \t]+#+)?[ \t]*$")
UNDERLINE = re.compile(r"^[ ]{0,3}(=+|-{2,})[ ]*$")
RULE = re.compile(r"^[ ]{0,3}(?:(?:\*[ ]*){3,}|(?:-[ ]*){3,}|(?:_[ ]*){3,})$")
OWN_LINE = re.compile(r"^\s*(?:[-*+]\s|\d{1,3}[.)]\s|\||\[\^)|^\s{4,}\S")
HEADING_ANCHOR = re.compile(r"\s*\{#[\w-]+\}\s*$|\[\[[\w-]+\]\]")
FRONT_MATTER = re.compile(r"\A---[ ]*\n(?P<fields>.*?)\n(?:---|\.\.\.)[ ]*(?:\n|\Z)", re.DOTALL)
FIELD = re.compile(r"^(?P<name>title|author|authors)[ ]*:[ ]*(?P<value>.+)$", re.MULTILINE | re.IGNORECASE)
HELD = re.compile("\ue000(\\d+)\ue001")
FRAGMENT = re.compile("\\s*\ue000(\\d+)\ue001\\s*")


@dataclass
class Holder:
    """Pieces of text kept out of the way of the rules, put back at the end."""

    pieces: list[str] = field(default_factory=list)
    blocks: set[int] = field(default_factory=set)
    """Which pieces are paragraphs of their own."""

    def hold(self, piece: str, *, block: bool = False) -> str:
        """A short mark that stands for `piece`; private-use characters, which clean text never has."""
        if block:
            self.blocks.add(len(self.pieces))
        self.pieces.append(piece)
        return f"\ue000{len(self.pieces) - 1}\ue001"

    def restore(self, text: str) -> str:
        """`text` with all pieces back in place."""
        while HELD.search(text):
            text = HELD.sub(lambda match: self.pieces[int(match.group(1))], text)
        return text


def load_markdown(path: Path, content: bytes) -> Document:
    """The note as readable text with its section titles."""
    source, warnings = decode(content)
    page = PageText()
    fields = add_markdown(page, clean_text(source), is_mdx=path.suffix.lower() == ".mdx")
    title = fields.get("title", "")
    return single_page_document(
        path, content, "markdown", page, title=title, authors=fields.get("authors", ""), warnings=warnings
    )


def add_markdown(page: PageText, source: str, *, is_mdx: bool = False) -> dict[str, str]:
    """Append clean Markdown to `page`; returns `title` and `authors` of its front matter."""
    fields: dict[str, str] = {}
    front = FRONT_MATTER.match(source)
    if front:
        fields = _fields(front["fields"])
        source = source[front.end() :]
    holder = Holder()
    text = _without_markup(_hold_code(source, holder), holder, is_mdx=is_mdx)
    _add_blocks(page, text, holder)
    return fields


def _fields(text: str) -> dict[str, str]:
    fields = {}
    for match in FIELD.finditer(text):
        name = "title" if match["name"].lower() == "title" else "authors"
        fields[name] = _bare_value(match["value"].strip())
    return fields


def _bare_value(value: str) -> str:
    """A value without the brackets and quotation marks around it; those of a title that ends with a name stay."""
    if value.startswith("["):
        return value.strip("\"'[] ")
    around = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if around else value


def _hold_code(source: str, holder: Holder) -> str:
    """Fenced code blocks replaced by marks; an open fence ends with the text."""
    result: list[str] = []
    position = 0
    while opening := FENCE.search(source, position):
        mark = opening["mark"]
        closing = re.compile(rf"^[ >]*{re.escape(mark[0])}{{{len(mark)},}}[ ]*$", re.MULTILINE).search(
            source, opening.end()
        )
        end, after = (closing.start(), closing.end()) if closing else (len(source), len(source))
        body = source[opening.end() : end].strip("\n")
        if opening["indent"]:
            body = re.sub(rf"^(?:[ ]{{0,{len(opening['indent'])}}})(?:>[ ]?)?", "", body, flags=re.MULTILINE)
        language = opening["info"].strip().split(" ")[0].strip("{}")
        held = holder.hold(f"```{language}\n{body.rstrip()}\n```", block=True) if body.strip() else ""
        result += [source[position : opening.start()], "\n\n", held, "\n\n"]
        position = after
    return "".join([*result, source[position:]])


def _without_markup(text: str, holder: Holder, *, is_mdx: bool) -> str:
    text = HEADING_TAG.sub(_heading_line, COMMENT.sub("", text))
    text = INLINE_CODE.sub(lambda match: holder.hold(match["code"].strip()), text)
    text = FORMULA.sub(lambda match: holder.hold(match.group()), text)
    if is_mdx:
        text = MODULE_LINE.sub("", text)
    text = LINE_BREAK_TAG.sub("\n", _without_hidden(text))
    text = AUTOLINK.sub(r"\1", text)
    text = TAG.sub("", IMAGE.sub("", TAG.sub("", text)))
    keep: Callable[[re.Match[str]], str] = lambda match: match["text"]  # noqa: E731 - one rule used six times
    text = LINK.sub(keep, IMAGE.sub("", LINK.sub(keep, text)))
    text = IMAGE_ADDRESS.sub("", DEFINITION.sub("", REFERENCE_LINK.sub(keep, text)))
    for pattern in (STRONG, EMPHASIS, STRUCK):
        text = pattern.sub(keep, text)
    return ESCAPE.sub(r"\1", text)


def _without_hidden(text: str) -> str:
    """Without scripts and the like; one that is never closed stays as text."""
    kept: list[str] = []
    position = 0
    open_names: set[str] = set()
    for match in HIDDEN_ELEMENT.finditer(text):
        name = match["name"].lower()
        if match.start() < position or name in open_names:
            continue
        end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, match.end())
        if end:
            kept.append(text[position : match.start()])
            position = end.end()
        else:
            open_names.add(name)
    return "".join([*kept, text[position:]])


def _is_table_rule(line: str) -> bool:
    return "-" in line and set(line) <= set("|:- ")


def _heading_line(match: re.Match[str]) -> str:
    return f"\n\n{'#' * int(match['level'])} {' '.join(match['title'].split())}\n\n"


def _add_blocks(page: PageText, text: str, holder: Holder) -> None:
    lines: list[list[str]] = []

    def flush() -> None:
        page.add(holder.restore("\n".join(map("".join, lines))))
        lines.clear()

    for raw in text.split("\n"):
        line = re.sub(r"^[ ]{0,3}(?:>[ ]?)+", "", raw).rstrip()
        heading = HEADING.match(line)
        if not line.strip() or RULE.match(line) and not UNDERLINE.match(line):
            flush()
        elif heading:
            flush()
            page.add_heading(len(heading["marks"]), HEADING_ANCHOR.sub("", holder.restore(heading["title"] or "")))
        elif UNDERLINE.match(line):
            if len(lines) == 1 and not OWN_LINE.match(lines[0][0]):
                title = "".join(lines.pop())
                page.add_heading(1 if "=" in line else 2, holder.restore(title))
            flush()
        elif not _is_table_rule(line):
            _add_line(lines, line, hard=raw.endswith("  "))
    flush()


def _add_line(lines: list[list[str]], line: str, *, hard: bool) -> None:
    """Append a line of a paragraph; wrapped prose goes on on the line before.

    A line is a list of its pieces: a paragraph of a hundred thousand lines would take minutes to add up as text.
    """
    own = OWN_LINE.match(line) and not (
        lines and line.startswith("    ") and OWN_LINE.match(lines[-1][0]) and not OWN_LINE.match(line.strip())
    )
    if lines and not own and not lines[-1][-1].endswith("\n"):
        lines[-1].append(" " + line.strip())
    else:
        lines.append([line])
    if hard:
        lines[-1].append("\n")
