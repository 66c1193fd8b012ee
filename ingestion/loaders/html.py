"""Web pages: titles, prose, lists, tables, code and formulas; not scripts, menus and footers."""

from __future__ import annotations

import re
import warnings as python_warnings
from pathlib import Path
from typing import Any

from errors import DamagedDocumentError
from ingestion.characters import clean_text
from ingestion.document import Document
from ingestion.single_page import PageText, single_page_document
from ingestion.words import word_set

DROPPED = word_set(
    "script style nav footer aside form noscript template svg iframe button input select textarea canvas "
    "video audio img picture object embed head"
)
BLOCKS = word_set(
    "p div section article main header ul ol li dl dt dd blockquote figure figcaption table thead tbody "
    "tfoot tr pre h1 h2 h3 h4 h5 h6 hr body html details summary address center fieldset"
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LAYOUT_CELL_CHARACTERS = 300
"""A table with a longer cell lays out the page and is no table."""


def load_html(path: Path, content: bytes) -> Document:
    """The page's main text with its section titles.

    Raises:
        DamagedDocumentError: the markup is nested too deeply to read.
    """
    from bs4 import BeautifulSoup

    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            soup = BeautifulSoup(content, "html.parser")
        title = soup.title.get_text(" ", strip=True) if soup.title else ""
        author = soup.find("meta", attrs={"name": "author"})
        authors = str(author.get("content") or "") if author else ""
        for element in soup.find_all(_is_dropped):
            element.decompose()
        page = PageText()
        walker = Walker(page)
        walker.walk(_main(soup))
        walker.flush()
    except RecursionError as error:
        raise DamagedDocumentError(
            f"{path.name} is nested too deeply to be read.", hint="Save it as text or PDF from a browser."
        ) from error
    title = page.first_title if page.first_title and page.first_title in title else title
    return single_page_document(
        path, content, "html", page, title=clean_text(title).strip(), authors=clean_text(authors).strip()
    )


def _is_dropped(element: Any) -> bool:
    if element.name in DROPPED or element.has_attr("hidden"):
        return True
    style = str(element.get("style") or "").replace(" ", "").lower()
    if "display:none" in style or "visibility:hidden" in style:
        return True
    return element.get("role") in {"navigation", "banner", "search", "contentinfo"}


def _main(soup: Any) -> Any:
    """The element with the page's own text: `main` or `article` when it holds most of it."""
    body = soup.body or soup
    whole = len(body.get_text())
    for name in ("main", "article"):
        found = soup.find_all(name)
        if len(found) == 1 and len(found[0].get_text()) > 0.5 * whole:
            return found[0]
    return body


class Walker:
    """Goes through the elements in order and hands paragraphs to the page."""

    def __init__(self, page: PageText) -> None:
        self.page = page
        self.inline: list[str] = []
        self.prefix = ""

    def flush(self) -> None:
        """End the paragraph."""
        text = clean_text("".join(self.inline))
        self.inline.clear()
        text = re.sub(r"[ \n]+", " ", text.replace("\ue002", "")).strip()
        if text:
            self.page.add(self.prefix + text)
            self.prefix = ""

    def walk(self, element: Any) -> None:
        """Add everything inside `element`."""
        from bs4.element import NavigableString, PreformattedString

        for child in element.children:
            if isinstance(child, NavigableString):
                if not isinstance(child, PreformattedString):
                    self.inline.append(str(child))
            elif child.name == "math" or "katex" in (child.get("class") or []):
                self.inline.append(_formula(child))
            elif child.name == "br":
                self.inline.append(" ")
            elif child.name in BLOCKS:
                self.flush()
                self._block(child)
                self.flush()
            else:
                self.walk(child)

    def _block(self, element: Any) -> None:
        if element.name in HEADINGS:
            self.page.add_heading(HEADINGS[element.name], clean_text(element.get_text()).rstrip("¶#§ \n"))
        elif element.name == "pre":
            code = clean_text(element.get_text()).strip("\n")
            if code.strip():
                self.page.add(f"```\n{code}\n```")
        elif element.name == "table" and _is_data(element):
            rows = (_row(row) for row in element.find_all("tr"))
            self.page.add("\n".join(row for row in rows if row))
        else:
            if element.name == "li":
                self.prefix = "- "
            self.walk(element)
            self.flush()
            self.prefix = ""


def _is_data(table: Any) -> bool:
    cells = table.find_all(["td", "th"])
    return not table.find("table") and all(len(cell.get_text()) <= LAYOUT_CELL_CHARACTERS for cell in cells)


def _row(row: Any) -> str:
    cells = [" ".join(clean_text(cell.get_text(" ")).split()) for cell in row.find_all(["td", "th"])]
    return "| " + " | ".join(cells) + " |" if any(cells) else ""


def _formula(element: Any) -> str:
    """The formula as LaTeX between dollars where the page carries it, else as its characters."""
    source = element.find("annotation", attrs={"encoding": "application/x-tex"})
    latex = source.get_text() if source else element.get("alttext")
    return f"${' '.join(str(latex).split())}$" if latex else str(element.get_text(" ", strip=True))
