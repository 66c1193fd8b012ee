"""A question made ready to be compared: acronyms and their meanings together, titles it names left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from vectorstore.keywords import keywords
from vectorstore.titles import SAFE_LETTERS

FEWEST_TITLE_WORDS = 3
"""A shorter title may be the very thing that is asked about."""


def names(text: str, acronym: str, meaning: str) -> bool:
    """Whether a text has an acronym or its meaning."""
    return _has_acronym(text, acronym) or meaning.casefold() in text.casefold()


def expand(text: str, expansions: Mapping[str, str]) -> str:
    """The text with the meaning of its acronyms behind it, and the acronym of spelled-out terms."""
    folded = text.casefold()
    extra: list[str] = []
    for acronym, meaning in expansions.items():
        has_acronym = _has_acronym(text, acronym)
        has_meaning = meaning.casefold() in folded
        if has_acronym and not has_meaning:
            extra.append(meaning)
        elif has_meaning and not has_acronym:
            extra.append(acronym)
    return f"{text} ({'; '.join(extra)})" if extra else text


def without_titles(question: str, titles: Collection[str]) -> str:
    """The question without the titles of papers that stand in it word by word.

    "How long did the authors of Attention Is All You Need train?" asks about training, not about attention.
    The question stays whole when nothing would be left of it.
    """
    rest = question
    for title in titles:
        if len(title.split()) >= FEWEST_TITLE_WORDS:
            rest = re.sub(re.escape(title), " ", rest, flags=re.IGNORECASE)
    rest = " ".join(rest.split())
    return rest if rest != question and len(keywords(rest)) >= 2 else question


def _has_acronym(text: str, acronym: str) -> bool:
    flags = re.NOFLAG if acronym.isupper() and len(acronym) < SAFE_LETTERS else re.IGNORECASE
    return re.search(rf"(?<![\w-]){re.escape(acronym)}(?![\w-])", text, flags) is not None
