"""Which found passages are worth showing: to a question about something else, nothing is a result.

Every search finds its nearest passages, however far they are. Two facts tell them apart: the similarity, and the
coverage, which is the share of the question's words that a passage has with its title and section, rare words
counting most.

Measured with the packaged model on 16 papers and the notes, the dev questions of `evals/data/golden` beside questions
that nothing answers, 8 passages each. Something is still shown for 144 of 145 answerable questions (the one that is
lost was misspelt beyond recognition), for 1 of 60 biomedical claims (SciFact) and 7 of 30 everyday questions, but for
79 of 100 questions about other papers of the field (QASA) and 15 of 17 about what these papers leave out: those are
near indeed, and whether a passage answers them is for the reader of the passage to say. Of 347 right passages none is
weak enough to be left out, of the passages for everyday questions 43% are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vectorstore.keywords import keywords
from vectorstore.passage import Passage

SIMILARITY_NEEDED = 0.32
"""Cosine that one passage must reach, or else `COVERAGE_NEEDED`. At .35 two answerable questions are lost and one
everyday question fewer is shown; at .28 one is lost, too, and 12 of 30 everyday questions are shown."""
COVERAGE_NEEDED = 0.8
"""A name that is looked up, like LeetcodeHardGym, has little similarity by nature."""
WEAK_SIMILARITY = 0.2
WEAK_COVERAGE = 0.3
"""Among passages worth showing, one below both is left out."""
CALIBRATED = (
    "packaged",
    "sentence-transformers/all-MiniLM-L6-v2",
    "sentence-transformers/sentence-transformers/all-MiniLM-L6-v2",
)
"""How the names of the embedders begin that were measured; other models have scales of their own."""

Rarity = Callable[[Sequence[str]], Sequence[float]]
"""Words to how rare each is in the library, 0 (everywhere) to 1 (nowhere)."""


def can_judge(embedder_name: str) -> bool:
    """Whether the limits were measured with this embedder."""
    return embedder_name.startswith(CALIBRATED)


def worth_showing(question: str, passages: Sequence[Passage], rarity: Rarity) -> list[Passage]:
    """The passages that have to do with the question, in their order; none when no passage has."""
    if not passages:
        return []
    words = list(dict.fromkeys(keywords(question)))
    weights = dict(zip(words, rarity(words), strict=True))
    held = [_coverage(passage, weights) for passage in passages]
    if max(passage.similarity for passage in passages) < SIMILARITY_NEEDED and max(held) < COVERAGE_NEEDED:
        return []
    return [
        passage
        for passage, coverage in zip(passages, held, strict=True)
        if passage.similarity >= WEAK_SIMILARITY or coverage >= WEAK_COVERAGE
    ]


def _coverage(passage: Passage, weights: dict[str, float]) -> float:
    """0 to 1; 0 for a question without words."""
    inside = set(keywords(f"{passage.title} {passage.section} {passage.text}"))
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in inside) / total if total else 0.0
