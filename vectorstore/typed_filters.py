"""Filters typed into one line with the words: `reward model topic:rlhf year:2020- section:"related work"`."""

from __future__ import annotations

import re

from vectorstore.filters import SearchFilters

_FILTER = re.compile(
    r'(?<!\S)(?P<name>paper|part|topic|year|section|kind|type):(?:"(?P<quoted>[^"]*)"|(?P<bare>\S+))(?!\S)',
    re.IGNORECASE,
)


def read_filters(line: str) -> tuple[str, SearchFilters]:
    """The words to search for, and the filters; a line of filters alone is searched for their values.

    Raises:
        FilterError: a filter has a value that there is not; the hint has those there are.
    """
    values: dict[str, list[str]] = {}
    for match in _FILTER.finditer(line):
        value = match["bare"] if match["quoted"] is None else match["quoted"]
        values.setdefault(match["name"].casefold(), []).append(value)
    filters = SearchFilters.of(
        papers=values.get("paper", ()),
        parts=values.get("part", ()),
        topics=values.get("topic", ()),
        years=" ".join(values.get("year", ())),
        section=" ".join(values.get("section", ())),
        kinds=values.get("kind", ()),
        types=values.get("type", ()),
    )
    words = " ".join(_FILTER.sub(" ", line).split())
    return words or " ".join(value for several in values.values() for value in several), filters
