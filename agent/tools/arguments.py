"""What models send as arguments, made usable: small ones send text for numbers, lists or objects for text."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

_INTEGER = re.compile(r"\d+")
_NOTHING = frozenset({"", "none", "null", "nil", "all", "any", "n/a", "undefined", "*", "library", "string"})


def forgiving_text(value: Any) -> str:
    """Any argument as text: lists joined, objects by their first text, nothing as ""."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case list() | tuple():
            return " ".join(part for part in map(forgiving_text, value) if part)
        case dict():
            named = [value[key] for key in ("value", "query", "text", "title", "id") if key in value]
            return next(filter(None, map(forgiving_text, named or list(value.values()))), "")
        case _:
            return str(value)


def optional_text(value: Any) -> str:
    """Like `forgiving_text`, with the words models use for "nothing" as ""."""
    text = forgiving_text(value)
    return "" if text.casefold() in _NOTHING else text


def forgiving_page(value: Any) -> int | None:
    """A page number from 1 out of whatever holds one ("p. 3", 3.0, [3]); None when nothing does."""
    if isinstance(value, float) and value == value and abs(value) < 1e9:
        value = int(value)
    match = _INTEGER.search(forgiving_text(value)[:40])
    return max(1, int(match.group()[:9])) if match else None


Text = Annotated[str, BeforeValidator(forgiving_text)]
OptionalText = Annotated[str, BeforeValidator(optional_text)]
PageNumber = Annotated[int | None, BeforeValidator(forgiving_page)]


class SearchArguments(BaseModel):
    """Arguments of `search_library`."""

    query: Text = Field(default="", description="What to look for, as a short question or key words.")
    document: OptionalText = Field(
        default="", description="Title, arXiv id or id of one document to search in; empty for all."
    )


class ReadArguments(BaseModel):
    """Arguments of `read_pages`."""

    document: OptionalText = Field(default="", description="Title, arXiv id or id of the document.")
    first_page: PageNumber = Field(default=None, description="First page to read, from 1.")
    last_page: PageNumber = Field(default=None, description="Last page to read; empty for one page.")
    section: OptionalText = Field(
        default="", description='Instead of pages: a section\'s title or number, e.g. "3.2 Attention".'
    )


class ListArguments(BaseModel):
    """Arguments of `list_library`: never none at all, or LangChain would leave out the tool's runtime."""

    title: OptionalText = Field(default="", description="Words of the titles to list; empty for all.")


class RoadmapArguments(BaseModel):
    """Arguments of `roadmap`."""

    topic: OptionalText = Field(default="", description="A topic or phase; empty for the whole outline.")
