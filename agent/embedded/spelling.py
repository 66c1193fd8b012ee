"""Typing slips in the few words that decide what is wanted: `serach arxive`, `expalin`, `compre`."""

from __future__ import annotations

import re

KEYWORDS = (
    "arxiv",
    "calculate",
    "compare",
    "compute",
    "derivative",
    "differentiate",
    "equation",
    "exercise",
    "explain",
    "factor",
    "integral",
    "integrate",
    "paper",
    "papers",
    "prediction",
    "search",
    "softmax",
    "temperature",
)
SHORTEST_LETTERS = 5
"""Shorter words have too many neighbours that are words too."""
_WORD = re.compile(r"[A-Za-z]+")
_NEIGHBOURS = """
taper tapers caper capers pacer pacers computer computed compared explains explained searched factors actor
equations exercises integrals predictions predication temperatures derivatives reach starch larch safer pager
papered temperate commute commuted archive archives
"""
_TRUE_WORDS = frozenset(_NEIGHBOURS.split())
"""Words of the language that are one slip away from a keyword."""


_SHORT_SLIPS = {
    "plto": "plot", "polt": "plot", "plott": "plot", "ploy": "plot", "fidn": "find", "fnid": "find", "teh": "the",
    "adn": "and", "hte": "the", "runn": "run", "quizz": "quiz", "arxive": "arxiv", "arxivs": "arxiv", "arixv": "arxiv",
}  # fmt: skip
"""Slips in short words, which have too many neighbours to be found by likeness."""


def corrected(text: str) -> str:
    """The text with slips in the deciding words mended; all else as it was written."""
    return _WORD.sub(lambda match: _nearest(match.group()), text)


def _nearest(word: str) -> str:
    folded = word.lower()
    if folded in _SHORT_SLIPS:
        return _SHORT_SLIPS[folded]
    if len(folded) < SHORTEST_LETTERS or folded in KEYWORDS or folded in _TRUE_WORDS:
        return word
    for keyword in KEYWORDS:
        if not folded.startswith(keyword) and _one_slip(folded, keyword):
            return keyword
    return word


def _one_slip(word: str, keyword: str) -> bool:
    """Whether one letter was left out, doubled, put in, changed, or swapped with its neighbour."""
    if abs(len(word) - len(keyword)) > 1 or word[0] != keyword[0]:
        return False
    place = next(
        (at for at, (a, b) in enumerate(zip(word, keyword, strict=False)) if a != b), min(len(word), len(keyword))
    )
    rest, other = word[place:], keyword[place:]
    if len(rest) == len(other):
        swapped = len(rest) > 1 and rest[0] == other[1] and rest[1] == other[0] and rest[2:] == other[2:]
        return rest[1:] == other[1:] or swapped
    return rest[1:] == other if len(rest) > len(other) else rest == other[1:]
