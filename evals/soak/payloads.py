"""The texts of `rendering`, each with a host of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "renderings.toml"
DOMAIN = "collect.example"
_HOST = re.compile(rf"\bp(\d\d)\.{re.escape(DOMAIN)}", re.IGNORECASE)


@dataclass(frozen=True)
class Payload:
    """A text, and by which host it is known."""

    name: str
    text: str
    is_html: bool
    is_shy: bool
    """Whether it asks nothing by itself."""
    host: str


def payloads() -> list[Payload]:
    """All of them, in the order of the file."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    shy = set(data["shy"]["names"])
    named = [(name, text, kind == "html") for kind in ("markdown", "html") for name, text in data[kind].items()]
    return [
        Payload(name, text.replace("HOST", host), is_html, name in shy, host)
        for number, (name, text, is_html) in enumerate(named)
        for host in [f"p{number:02}.{DOMAIN}"]
    ]


def together(known: Sequence[Payload], size: int) -> list[Payload]:
    """The payloads, so many in one text."""
    groups = [known[start : start + size] for start in range(0, len(known), size)]
    return [replace(group[0], text="\n\n".join(one.text for one in group)) for group in groups]


def hosts_in(text: str) -> set[str]:
    """The hosts of payloads that a text names."""
    return {f"p{number}.{DOMAIN}" for number in _HOST.findall(text)}
