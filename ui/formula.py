"""A LaTeX formula as MathML, which browsers draw by themselves."""

from __future__ import annotations

from xml.etree import ElementTree

from ui.markup import escape_html, pieces

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = """
math mrow mi mn mo mtext mspace msqrt mroot mfrac mstyle mpadded mphantom menclose munder mover munderover msub msup
msubsup mtable mtr mtd mfenced
"""
ELEMENTS = frozenset(_ELEMENTS.split())
_ATTRIBUTES = """
display mathvariant stretchy fence form separator accent accentunder linethickness columnalign columnspacing rowspacing
columnlines rowlines displaystyle scriptlevel movablelimits lspace rspace minsize maxsize width notation
"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
LONGEST_FORMULA = 2000
"""Characters; a longer one is shown as it is written."""


def formula_html(latex: str, *, display: bool) -> str:
    """The formula as MathML made of known elements and attributes only; as written where that cannot be had.

    The formula comes from a document: whatever the converter makes of it is taken apart and put together again, so
    that no link, style or other element gets into the page.
    """
    from latex2mathml.converter import convert

    written = f"<code>{escape_html(latex)}</code>"
    if len(latex) > LONGEST_FORMULA:
        return written
    try:
        root = ElementTree.fromstring(convert(latex, display="block" if display else "inline"))
        return _element(root)
    except Exception:  # the converter's errors have no common base, and every formula may be malformed
        return written


def line_html(text: str) -> str:
    """A line of a document for HTML outside the chat, its formulas drawn."""
    written: list[str] = []
    for piece in pieces(text):
        raw = text[piece.start : piece.end]
        if piece.kind in ("display", "formula"):
            width = 2 if piece.kind == "display" or raw.startswith("\\") else 1
            written.append(formula_html(raw[width:-width].strip(), display=False))
        else:
            written.append(escape_html(raw))
    return "".join(written)


def _element(node: ElementTree.Element) -> str:
    name = node.tag.removeprefix(NAMESPACE)
    if name not in ELEMENTS:
        raise ValueError(name)
    attributes = "".join(f' {key}="{escape_html(value)}"' for key, value in node.attrib.items() if key in ATTRIBUTES)
    inner = escape_html(node.text or "")
    for child in node:
        inner += _element(child) + escape_html(child.tail or "")
    return f"<{name}{attributes}>{inner}</{name}>"
