"""Whether a sentence says the opposite of its source: a "not" on one side only, or an opposite word."""

from __future__ import annotations

import re
from functools import cache

from agent.words import content_stems, stem, words

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|cannot|without|nothing|hardly|scarcely|unable|lack(?:s|ed|ing)?|absence|"
    r"eschew(?:s|ed|ing)?|dispens(?:e|es|ed|ing)|eliminat(?:e|es|ed|ing)|"
    r"fail(?:s|ed|ing)? to|rather than|instead of|free of)\b|n['’]t\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,.;:!?()]|\b(?:but|and instead|and rather)\b")
SCOPE_WORDS = 6
"""So many topic words after a "not" are taken as denied, unless the clause ends before."""
SHARED_DENIAL = 0.6
"""A denial of the source counts against a sentence that says so much of its words without denying them."""
_HARMLESS = re.compile(r"\bnot\s+only\b|\bno\s+(?:longer|matter|doubt)\b|\bwhether\s+or\s+not\b|\bnon-", re.IGNORECASE)
_OPPOSITES = (
    ("increase rise grow raise", "decrease reduce drop fall shrink lower"),
    ("improve", "worsen degrade hurt harm"),
    ("high higher highest", "low lower lowest"),
    ("large larger largest big bigger biggest huge", "small smaller smallest tiny little"),
    ("more most", "less fewer least"),
    ("better best", "worse worst"),
    ("fast faster fastest", "slow slower slowest"),
    ("long longer longest", "short shorter shortest"),
    ("before", "after"),
    ("always", "never"),
    ("all", "none"),
    ("outperform surpass exceed", "underperform"),
    ("maximum maximize", "minimum minimize"),
    ("positive", "negative"),
    ("same", "different"),
    ("supervised", "unsupervised"),
    ("bidirectional", "unidirectional"),
    ("trainable", "frozen freeze"),
    ("encoder", "decoder"),
    ("input", "output"),
    ("add", "remove"),
    ("sparse", "dense"),
    ("deep deeper", "shallow shallower"),
    ("strong stronger strongest", "weak weaker weakest"),
    ("parallel", "sequential"),
)


def denied_stems(text: str) -> list[frozenset[str]]:
    """For each denial of the text, the topic words that it denies."""
    text = _HARMLESS.sub(" ", text)
    denials = []
    for match in _NEGATION.finditer(text):
        end = _CLAUSE_END.search(text, match.end())
        scope = text[match.end() : end.start() if end else len(text)]
        denials.append(frozenset(content_stems(scope)[:SCOPE_WORDS]))
    return denials


def contradicts(sentence: str, source: str) -> bool:
    """Whether one denies what the other says, judging by words only; both should be about the same thing."""
    said, stated = frozenset(content_stems(sentence)), frozenset(content_stems(source))
    denied_here, denied_there = denied_stems(sentence), denied_stems(source)
    all_here = frozenset[str]().union(*denied_here)
    all_there = frozenset[str]().union(*denied_there)
    for scope in denied_here:
        shared = scope & stated
        if shared and 2 * len(shared & all_there) < len(shared):
            return True
    for scope in denied_there:
        shared = scope & said
        if len(shared) >= max(2, SHARED_DENIAL * len(scope)) and not shared & all_here:
            return True
    return _has_opposite(sentence, source)


def _has_opposite(sentence: str, source: str) -> bool:
    said, stated = _stems(sentence), _stems(source)
    return any(
        here & said and not there & said and there & stated and not here & stated
        for one, other in _opposite_stems()
        for here, there in ((one, other), (other, one))
    )


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(part) for word in words(text) for part in word.split("-"))


@cache
def _opposite_stems() -> list[tuple[frozenset[str], frozenset[str]]]:
    return [(_stems(one), _stems(other)) for one, other in _OPPOSITES]
