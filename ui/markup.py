r"""Untrusted Markdown made safe to show: no HTML of its own, no links, no pictures; code and LaTeX kept.

The page's Markdown renderer takes HTML and fetches pictures, so text of a model or a document never
reaches it as it is. It is cut into code, formulas and prose. Code goes out in fences of our own. The
four ways to write a formula (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`) become private delimiters that no text
can hold, so that prices stay prices. In prose every character that could begin HTML, a link or a
picture becomes an entity.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

PieceKind = Literal["prose", "fence", "code", "display", "formula"]

Insertion = tuple[int, str]
"""A position in the raw text, and the trusted HTML that is put there."""

CITATION = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
"""A number, or several, in square brackets."""

_DISPLAY, _DISPLAY_END, _INLINE, _INLINE_END = "\ue010", "\ue011", "\ue012", "\ue013"

LATEX_DELIMITERS: list[dict[str, str | bool]] = [
    {"left": _DISPLAY, "right": _DISPLAY_END, "display": True},
    {"left": _INLINE, "right": _INLINE_END, "display": False},
]
"""What the page's renderer takes as formulas: only what `render` writes."""

_PRIVATE = re.compile(f"[{_DISPLAY}-{_INLINE_END}]")

_PIECE = re.compile(
    r"""
    (?P<fence>^[ ]{0,12}(?P<ticks>`{3,}|~{3,})[^\n`]*\n(?:[\s\S]*?\n)??[ ]{0,12}(?P=ticks)[`~]*[ ]*$
        |^[ ]{0,12}(?:`{3,}|~{3,})[^\n`]*(?:\n[\s\S]*)?\Z)
    |(?P<code>(?<!`)(?P<run>`+)(?!`)(?:(?!\n[ \t]*\n)[\s\S])+?(?<!`)(?P=run)(?!`))
    |(?P<display>\\\[(?:(?!\n[ \t]*\n)[\s\S])+?\\\]|\$\$(?:(?!\n[ \t]*\n)[^$])+?\$\$)
    |(?P<formula>\\\((?:(?!\n[ \t]*\n)[\s\S])+?\\\)
        |(?<![\\$\w])\$(?![\s$])(?:[^$\n\\]|\\.)+?(?<!\s)\$(?![\d$]))
    """,
    re.VERBOSE | re.MULTILINE,
)

_LANGUAGE = re.compile(r"[A-Za-z][\w+#-]{0,20}")
_DRAWN_LANGUAGES = frozenset({"mermaid"})
"""Fences that the page would draw instead of show; drawings can fetch pictures."""

_SPECIAL_IN_PROSE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])|(?P<colon>:)(?=//)|(?<=mailto)(?P<mail>:)"
    r"|(?i:(?<=\bwww)|(?<=\bftp))(?P<dot>\.)|(?P<single>[&<\[\]@$\\%])"
)
_SPECIAL_IN_LINE = re.compile(r"""[`*_\[\]$\\|~@%<>&"']|:(?=//)|(?i:(?<=\bwww)|(?<=\bftp))\.""")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of raw text of one kind, characters `start` to `end`."""

    kind: PieceKind
    start: int
    end: int


def pieces(text: str) -> Iterator[Piece]:
    """The text cut into prose, code and formulas, in order and without gaps."""
    kinds: tuple[PieceKind, ...] = ("fence", "code", "display", "formula")
    position = 0
    for match in _PIECE.finditer(text):
        if match.start() > position:
            yield Piece("prose", position, match.start())
        yield Piece(next(kind for kind in kinds if match[kind] is not None), match.start(), match.end())
        position = match.end()
    if position < len(text):
        yield Piece("prose", position, len(text))


def escape_text(text: str) -> str:
    """One line for HTML content or an attribute, which no Markdown or LaTeX rule can change."""
    one_line = " ".join(_PRIVATE.sub("", text).split())
    return _SPECIAL_IN_LINE.sub(lambda match: _entity(match[0]), one_line)


def escape_html(text: str) -> str:
    """Text for HTML outside the chat, with its line ends."""
    return html.escape(text, quote=True)


def render(
    text: str,
    *,
    insertions: Sequence[Insertion] = (),
    citation: Callable[[int, int], str] | None = None,
) -> str:
    """Markdown that shows `text` and can do nothing else.

    `insertions` are placed at their positions, or behind the code or formula they fall into.
    `citation` gives the HTML for a number in square brackets and the place of its bracket in `text`;
    without it brackets are plain text.
    """
    raw = _PRIVATE.sub(" ", text)
    waiting = sorted(insertions, key=lambda item: item[0])
    written: list[str] = []
    for piece in pieces(raw):
        position = piece.start
        if piece.kind == "prose":
            while waiting and waiting[0][0] <= piece.end:
                cut = max(waiting[0][0], position)
                written += _render_prose(raw, position, cut, citation), waiting.pop(0)[1]
                position = cut
            written.append(_render_prose(raw, position, piece.end, citation))
            continue
        written.append(_render_special(piece.kind, raw[piece.start : piece.end]))
        while waiting and waiting[0][0] <= piece.end:
            written += "\n\n" if piece.kind == "fence" else "", waiting.pop(0)[1]
    written += [inserted for _, inserted in waiting]
    return "".join(written)


def render_line(text: str) -> str:
    """One line of a document for HTML in the chat: formulas and code drawn, all else as it is written."""
    line = " ".join(_PRIVATE.sub("", text).split())
    return "".join(_render_in_line(piece.kind, line[piece.start : piece.end]) for piece in pieces(line))


def _render_in_line(kind: PieceKind, raw: str) -> str:
    match kind:
        case "prose" | "fence":
            return _SPECIAL_IN_LINE.sub(lambda match: _entity(match[0]), raw)
        case "display":
            return _render_formula(raw[2:-2], _INLINE, _INLINE_END)
        case _:
            return _render_special(kind, raw)


def _render_special(kind: PieceKind, raw: str) -> str:
    match kind:
        case "fence":
            return _render_fence(raw)
        case "code":
            run = len(raw) - len(raw.lstrip("`"))
            return f"<code>{escape_text(raw[run:-run])}</code>"
        case "display":
            return _render_formula(raw[2:-2], _DISPLAY, _DISPLAY_END)
        case _:
            inner = raw[2:-2] if raw.startswith("\\(") else raw[1:-1]
            return _render_formula(inner, _INLINE, _INLINE_END)


def _render_fence(raw: str) -> str:
    """The block in a fence longer than any run of backticks in it, its language a plain word."""
    first, _, rest = raw.strip(" ").partition("\n")
    info = first.lstrip("`~")
    mark = first[: len(first) - len(info)]
    language = _LANGUAGE.match(info.strip())
    name = language[0].lower() if language else "text"
    lines = rest.split("\n")
    last = lines[-1].strip()
    if last.startswith(mark) and not last.strip(mark[0]):
        lines.pop()
    return code_block("\n".join(lines), "text" if name in _DRAWN_LANGUAGES else name)


def code_block(body: str, language: str) -> str:
    """The text in a fence that nothing in it can close; `language` is a word of ours."""
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{_PRIVATE.sub(' ', body)}\n{fence}"


def display_formula(latex: str) -> str:
    """The LaTeX as a formula on a line of its own."""
    return _render_formula(_PRIVATE.sub(" ", latex), _DISPLAY, _DISPLAY_END)


def inline_formula(latex: str) -> str:
    """The LaTeX as a formula within a line."""
    return _render_formula(_PRIVATE.sub(" ", latex), _INLINE, _INLINE_END)


def _render_formula(inner: str, left: str, right: str) -> str:
    """The formula between its delimiters; nothing for an empty one, whose delimiters would pair with others."""
    formula = inner.replace("<", "\\lt ").replace(">", "\\gt ").replace("\n", " ").strip()
    return f"{left}{formula}{right}" if formula else ""


def _render_prose(raw: str, start: int, end: int, citation: Callable[[int, int], str] | None) -> str:
    if citation is None:
        return _escape_prose(raw[start:end])
    written: list[str] = []
    position = start
    for match in CITATION.finditer(raw, start, end):
        written.append(_escape_prose(raw[position : match.start()]))
        written += [citation(int(number), match.start()) for number in re.findall(r"\d+", match[1])]
        position = match.end()
    written.append(_escape_prose(raw[position:end]))
    return "".join(written)


def _escape_prose(text: str) -> str:
    return _SPECIAL_IN_PROSE.sub(lambda match: _entity(match["escaped"] or match[0]), text)


def _entity(character: str) -> str:
    return f"&#{ord(character)};"
