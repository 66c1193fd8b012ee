"""The Markdown of our notes, sheets, lessons and briefs as HTML: formulas drawn, code coloured, references to click."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ui.markup import escape_html, pieces
from ui.note_view import FORMULA_PLACE, PRIVATE, without_formulas

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Replacements = Mapping[re.Pattern[str], Callable[[re.Match[str]], str]]
"""What to look for in the prose, and the HTML that takes its place; HTML of ours, it is put in as it is."""

HEADING_SHIFT = 1
"""A text's own title becomes a heading of the second level: the first is the page's."""

_TABLE = '<div class="table-frame" tabindex="0" role="group" aria-label="Table"><table>'
_INSERTION = "\ue104{}\ue105"
_INSERTION_PLACE = re.compile("\ue104(\\d+)\ue105")
_LONE_PLACE = re.compile("<p>\ue104(\\d+)\ue105</p>")


def markdown_html(text: str, replacements: Replacements | None = None, *, shift: int = HEADING_SHIFT) -> str:
    """The text as HTML. Its own HTML, links and pictures stay plain text."""
    formulas: list[str] = []
    inserted: list[str] = []
    source = _with_places(PRIVATE.sub(" ", text), replacements or {}, inserted)
    source = without_formulas(source, formulas)
    renderer = _renderer()
    tokens = renderer.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    html = str(renderer.renderer.render(tokens, renderer.options, {}))
    html = html.replace("<table>", _TABLE).replace("</table>", "</table></div>")
    html = FORMULA_PLACE.sub(lambda match: formulas[int(match[1])], html)
    html = _LONE_PLACE.sub(lambda match: _block(inserted[int(match[1])]), html)
    return _INSERTION_PLACE.sub(lambda match: inserted[int(match[1])], html)


def inline_html(text: str) -> str:
    """One line of the same Markdown without a paragraph around it: a list's number or a rule stays text."""
    formulas: list[str] = []
    source = without_formulas(PRIVATE.sub(" ", " ".join(text.split())), formulas)
    html = str(_renderer().renderInline(source))
    return FORMULA_PLACE.sub(lambda match: formulas[int(match[1])], html)


def code_html(code: str, language: str = "python") -> str:
    """The code in a block of its own, coloured where the language is known."""
    return f'<pre class="code-block" tabindex="0"><code>{_coloured(code, language, None)}</code></pre>'


def _block(html: str) -> str:
    """A figure may not stand in a paragraph; everything else may."""
    return html if html.startswith("<figure") else f"<p>{html}</p>"


def _with_places(text: str, replacements: Replacements, inserted: list[str]) -> str:
    """The text with places in its prose instead of what is replaced."""

    def put(html: str) -> str:
        inserted.append(html)
        return _INSERTION.format(len(inserted) - 1)

    written = []
    for piece in pieces(text):
        part = text[piece.start : piece.end]
        if piece.kind == "prose":
            for pattern, make in replacements.items():
                part = pattern.sub(lambda match, make=make: put(make(match)), part)  # type: ignore[misc]
        written.append(part)
    return "".join(written)


def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": False, "linkify": False, "typographer": False, "highlight": _coloured}
    renderer = MarkdownIt("js-default", options)
    renderer.disable(["link", "image", "autolink", "reference", "html_block", "html_inline", "lheading", "code"])
    return renderer


def _coloured(code: str, language: str, _attributes: Any) -> str:
    """The code's words in `span` elements with short class names; plain where the language is not known."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape_html(code)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix="tok-"))).removesuffix("\n")
