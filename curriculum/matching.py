"""Finding what a learner means by a few words: exact, contained, or nearly right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curriculum.contents import Contents

_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a about after an and are before can come comes do does explain for from how i in is it learn me my "
        "next of on or please read should show study tell the there to topic what when where which who why "
        "with you",
    )
)

ACCEPTED_FIT = 0.6
"""A candidate below this fit (0 to 1) is not what was meant."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something with a name; several candidates may stand for the same thing."""

    kind: str
    key: str
    label: str


def words_of(text: str) -> list[str]:
    """The words that carry meaning, in lower case and without a plural s."""
    words = re.findall(r"[a-z0-9]+", text.casefold().replace("'", ""))
    meaningful = [word for word in words if word not in _FILLERS] or words
    return [_singular(word) for word in meaningful]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def fit(query: list[str], label: list[str]) -> float:
    """How well a label answers a query, from 0 (not at all) to 1 (the same words)."""
    if not query or not label:
        return 0.0
    if query == label:
        return 1.0
    if _contains(query, label):
        return min(0.95, 0.8 + 0.03 * len(label))
    if set(query) <= set(label):
        return 0.7 + 0.1 * len(query) / len(label)
    ratio = SequenceMatcher(None, " ".join(query), " ".join(label)).ratio()
    return max(0.0, ratio - 0.2)


def _contains(words: list[str], phrase: list[str]) -> bool:
    length = len(phrase)
    return any(words[start : start + length] == phrase for start in range(len(words) - length + 1))


def candidates_of(contents: Contents) -> Iterator[Candidate]:
    """Topics, parts and papers of the roadmap, each by every name that it has."""
    for topic in contents.topics:
        for label in (topic.title, *topic.keywords):
            yield Candidate("topic", topic.id, label)
    for part in contents.parts:
        for label in (f"part {part.number}", part.title, *part.keywords):
            yield Candidate("part", part.id, label)
    for paper in contents.papers:
        for label in (paper.title, *paper.aliases, paper.arxiv_id or paper.title):
            yield Candidate("paper", paper.id, label)


def ranked(query: str, candidates: Iterable[Candidate]) -> list[tuple[float, Candidate]]:
    """All candidates with their fit, best first; equal fits keep the order they came in."""
    words = words_of(query)
    scored = [(fit(words, words_of(candidate.label)), candidate) for candidate in candidates]
    return sorted(scored, key=lambda pair: -pair[0])
