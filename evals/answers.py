"""What an answer's text says, and how its sentences stand to their sources."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from agent.events import SentenceCheck, Support
from evals.pagetext import plain

_CITATION_MARK = re.compile(r"\s?\[\d+(?:\s*[,–-]\s*\d+)*\]")
_EMPHASIS = re.compile(r"[*`]")


def states_fact(text: str, patterns: Iterable[str]) -> bool:
    """True when the text, without citation marks and emphasis, matches one of the patterns."""
    bare = plain(_EMPHASIS.sub("", _CITATION_MARK.sub("", text)))
    return any(re.search(pattern, bare, re.IGNORECASE | re.DOTALL) for pattern in patterns)


def states_facts(text: str, groups: Iterable[Iterable[str]]) -> bool:
    """True when the text matches a pattern of every group; a group is one fact in its several wordings."""
    return all(states_fact(text, patterns) for patterns in groups)


def first_paragraph(text: str) -> str:
    """The text up to the first empty line."""
    return text.strip().split("\n\n", 1)[0]


def count_support(sentences: Iterable[SentenceCheck]) -> dict[Support, int]:
    """How many sentences have each verdict; verdicts that do not occur are 0."""
    counts = Counter(sentence.support for sentence in sentences)
    return {verdict: counts[verdict] for verdict in get_args(Support)}


def support_shares(counts: Iterable[Mapping[Support, int]]) -> dict[Support, float]:
    """The share of each verdict, 0 to 1, among all sentences that need a source."""
    total: Counter[Support] = Counter()
    for count in counts:
        total.update({verdict: number for verdict, number in count.items() if verdict != "exempt"})
    sentences = total.total()
    verdicts: tuple[Support, ...] = get_args(Support)
    return {verdict: total[verdict] / sentences if sentences else 0.0 for verdict in verdicts if verdict != "exempt"}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, nearest rank; 0 without values."""
    if not values:
        return 0.0
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]
