"""What an answer becomes in the page, and which addresses of other origins stand in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.events import Answer

_ADDRESS = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
_NO_PROSE = re.compile(
    r"^(?P<fence>`{3,})[\s\S]*?^(?P=fence)|`[^`\n]+`|<[^>]*>|\]\([^)]*\)|[\ue010-\ue013][^\ue010-\ue013]*[\ue011\ue013]",
    re.MULTILINE,
)
"""Code, tags, destinations and the page's formulas: no renderer makes links of addresses there."""
_BARE = re.compile(r"(?:https?://|ftp://|\bwww\.)[^\s<>&]{1,80}", re.IGNORECASE)
"""What a renderer makes a link of where it stands in prose."""
CARRYING = frozenset({"src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster", "ping", "style"})


def addresses_shown(answer: Answer) -> list[str]:
    """The addresses of other origins in what the page shows of an answer, as attributes of its elements."""
    from ui.answer import answer_markdown

    return addresses_in(answer_markdown(answer))


def addresses_in(markdown: str) -> list[str]:
    """The addresses of other origins in Markdown that a renderer reads generously: with HTML and bare addresses."""
    from markdown_it import MarkdownIt

    finder = _Finder()
    finder.feed(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown))
    prose = _NO_PROSE.sub(" ", markdown)
    return finder.found + [f"bare: {match}" for match in _BARE.findall(prose)]


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Look at what an element loads, leads to or runs."""
        for name, value in attributes:
            if (name in CARRYING and _leads_away(name, value or "")) or name.startswith("on"):
                self.found.append(f"<{tag} {name}> {value}"[:200])
        if tag in ("script", "iframe", "object", "embed", "base", "meta", "link"):
            self.found.append(f"<{tag}>")


def _leads_away(name: str, value: str) -> bool:
    return "url(" in value if name == "style" else bool(_ADDRESS.match(value))
