"""Readers of single arguments: whatever a model sent, as the text, number, program or list that was meant."""

from __future__ import annotations

import json
import re
from typing import Any

_INTEGER = re.compile(r"\d+")
_NOTHING = frozenset({"", "none", "null", "nil", "all", "any", "n/a", "undefined", "*", "library", "string"})
_FENCED_CODE = re.compile(r"\s*```[\w+-]*[ \t]*\n(?P<code>.*?)\n?\s*```\s*", re.DOTALL)


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


def forgiving_code(value: Any) -> str:
    """A program out of what models send: Markdown's fence taken off, a list of lines joined, escapes undone."""
    match value:
        case None:
            return ""
        case list() | tuple():
            text = "\n".join(map(str, value))
        case dict():
            named = [value[key] for key in ("code", "value", "text", "content") if key in value]
            return forgiving_code(next(iter(named or value.values()), ""))
        case _:
            text = str(value)
    text = text.replace("\r\n", "\n")
    if fence := _FENCED_CODE.fullmatch(text):
        text = fence["code"]
    if "\n" not in text.strip() and "\\n" in text and not _compiles(text):
        unescaped = text.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
        text = unescaped if _compiles(unescaped) else text
    return text.strip("\n").rstrip()


def _compiles(code: str) -> bool:
    try:
        compile(code, "<cell>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def forgiving_symbols(value: Any) -> list[dict[str, Any]]:
    """A list of symbols out of a list, one symbol, a mapping of symbol to meaning, or lines of text."""
    match value:
        case str():
            try:
                return forgiving_symbols(json.loads(value))
            except ValueError:
                return [_symbol(line) for line in value.splitlines() if line.strip()]
        case dict() if "latex" in value or "meaning" in value:
            return [value]
        case dict():
            return [{"latex": name, **_meaning(meaning)} for name, meaning in value.items()]
        case list() | tuple():
            return [dict(one) if isinstance(one, dict) else _symbol(forgiving_text(one)) for one in value]
        case _:
            return []


def _meaning(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"meaning": value}


def _symbol(line: str) -> dict[str, Any]:
    latex, _, meaning = line.strip(" -*").partition(":")
    return {"latex": latex.strip(), "meaning": meaning.strip()}
