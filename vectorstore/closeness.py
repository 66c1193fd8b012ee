"""How much of a question stands together in a passage: an answer has the question's words near one another.

BM25 counts a word wherever it stands in a chunk. Added to the fused score, closeness brings nDCG@10 on QASPER evidence
from .338 to .341, and a right page to the top in 1.4 points more of the golden set's dev questions; on SciFact, whose
claims are whole abstracts, it goes from .738 to .730. With a quarter less weight for the words QASPER has .344 and
SciFact .733, but a right page is on top in .7 points fewer of the golden questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from vectorstore.keywords import keywords

SENTENCES = 3
"""That many in a row are looked at; two or four do less for the golden set, and the same for QASPER."""
WORDS_SHARE, PAIRS_SHARE = 0.4, 0.2
"""What all words together, and all neighbouring words as neighbours, add to a fused score of about 1."""
SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+|\n\n+|\n(?=[-|•\d])")

Rarity = Callable[[Sequence[str]], Sequence[float]]
"""Words to how rare each is in the library, 0 (everywhere) to 1 (nowhere)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a question can stand in a passage."""

    weights: Mapping[str, float]
    """Each word that the library has, to how rare it is."""
    pairs: frozenset[tuple[str, str]]
    """Words that are neighbours in the question."""

    @classmethod
    def of(cls, question: str, rarity: Rarity) -> Wanted:
        """The words of a question, without those that no passage has."""
        words = keywords(question)
        different = list(dict.fromkeys(words))
        weights = {word: weight for word, weight in zip(different, rarity(different), strict=True) if weight < 1}
        return cls(weights, frozenset(pairwise(words)))


def closeness(text: str, wanted: Wanted) -> float:
    """What a passage's text earns, 0 to `WORDS_SHARE + PAIRS_SHARE`."""
    total = sum(wanted.weights.values())
    if not total:
        return 0.0
    sentences = _sentences(text)
    held = [wanted.weights.keys() & words for words, _ in sentences]
    most = 0.0
    for start in range(max(1, len(held) - SENTENCES + 1)):
        together = set().union(*held[start : start + SENTENCES])
        most = max(most, sum(wanted.weights[word] for word in together))
    earned = WORDS_SHARE * most / total
    if wanted.pairs:
        found = wanted.pairs.intersection(*[set().union(*(pairs for _, pairs in sentences))])
        earned += PAIRS_SHARE * len(found) / len(wanted.pairs)
    return earned


@lru_cache(maxsize=4_000)
def _sentences(text: str) -> tuple[tuple[frozenset[str], frozenset[tuple[str, str]]], ...]:
    """The words of each sentence, and which of them are neighbours."""
    rows = [keywords(sentence) for sentence in SENTENCE_END.split(text) if sentence]
    return tuple((frozenset(row), frozenset(pairwise(row))) for row in rows)
