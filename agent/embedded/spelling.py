"""Typing slips in the few words that decide what is wanted: `serach arxive`, `expalin`, `compre`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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


_ASKING_SLIPS = {
    "wat": "what", "waht": "what", "hwat": "what", "teh": "the", "hte": "the", "adn": "and", "hwo": "how",
    "hwy": "why", "wyh": "why", "wich": "which", "whcih": "which", "wehn": "when",
}  # fmt: skip
"""Slips in the words that a question is made of: some PDFs have them too, so that a library may seem to know them."""
_SHORT_FORMS = {"backprop": "backpropagation", "hyperparams": "hyperparameters", "params": "parameters"}
"""Short forms of speech, for a library that has only the long ones."""
LEAST_SLIP_LETTERS = 4
MOST_RARE = 0.8
"""Rarity, 0 to 1, from which a word of the library is too seldom to have been meant."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LOWER_WORD = re.compile(r"(?<![\w-])[a-z]+(?![\w-])")


def mended(question: str, rarity: Callable[[Sequence[str]], Sequence[float]]) -> str:
    """The question with words that no document has replaced by the commonest word one slip away, where there is one.

    A name, an acronym and a word of the library stay as they are, and so does the first letter of a word.

    Args:
        question: what the learner wrote.
        rarity: words to how rare they are in the library, 0 to 1; 1 for a word that no document has.
    """
    question = _LOWER_WORD.sub(lambda match: _ASKING_SLIPS.get(match.group(), match.group()), question)
    words = list(dict.fromkeys(match.group() for match in _LOWER_WORD.finditer(question)))
    known = dict(zip(words, rarity(words), strict=True))
    meant = {word: _SHORT_FORMS[word] for word in words if word in _SHORT_FORMS and known[word] >= 1.0}
    meant |= {
        word: _commonest(word, rarity)
        for word in words
        if len(word) >= LEAST_SLIP_LETTERS and known[word] >= 1.0 and word not in meant
    }
    return _LOWER_WORD.sub(lambda match: meant.get(match.group(), match.group()), question)


def _commonest(word: str, rarity: Callable[[Sequence[str]], Sequence[float]]) -> str:
    near = [one for one in _slips(word) if len(one) >= LEAST_SLIP_LETTERS]
    rare, place = min(zip(rarity(near), range(len(near)), strict=True))
    return near[place] if rare < MOST_RARE else word


def _slips(word: str) -> list[str]:
    """Every text one slip away, likely slips first: a letter swapped with the next, left out, put in, or changed.

    The first letter stays.
    """
    cuts = [(word[:place], word[place:]) for place in range(1, len(word) + 1)]
    slips = [left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1]
    slips += [left + letter + right for left, right in cuts for letter in _LETTERS]
    slips += [left + right[1:] for left, right in cuts if right]
    slips += [left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS]
    return [slip for slip in dict.fromkeys(slips) if slip != word]
