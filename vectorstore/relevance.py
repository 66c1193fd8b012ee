"""Which found passages are worth showing: to a question about something else, nothing is a result.

Every search finds its nearest passages, however far they are. Two facts tell them apart: the similarity, and the
coverage, which is the share of the question's words that a passage has with its title and section, rare words
counting most.

Measured with the packaged model on 16 papers and the notes, the dev questions of `evals/data/golden` beside questions
that nothing answers, 8 passages each. Something is still shown for 144 of 145 answerable questions (the one that is
lost was misspelt beyond recognition), for 1 of 60 biomedical claims (SciFact) and 7 of 30 everyday questions, but for
80 of 100 questions about other papers of the field (QASA) and 15 of 17 about what these papers leave out: those are
near indeed, and whether a passage answers them is for the reader of the passage to say. Of 347 right passages one is
weak enough to be left out, of the passages for everyday questions 42% are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vectorstore.keywords import TOKEN, keywords
from vectorstore.passage import Passage

SIMILARITY_NEEDED = 0.32
"""Cosine that one passage must reach, or else `COVERAGE_NEEDED`. At .35 two answerable questions are lost and something
is shown for 4 everyday questions; at .28 one is lost all the same and something is shown for 12."""
COVERAGE_NEEDED = 0.8
"""A name that is looked up, like LeetcodeHardGym, has little similarity by nature."""
CODE_CHARACTERS = 4
"""A word of letters and digits that is so long, like CCL19, is looked up as well where the rest of the question is
strange to the library; shorter ones, like 4x, stand for many things."""
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
    words = list(dict.fromkeys(TOKEN.findall(question)))
    weighed = [(frozenset(keywords(word)), weight) for word, weight in zip(words, rarity(words), strict=True)]
    held = [_coverage(passage, weighed) for passage in passages]
    is_near = max(passage.similarity for passage in passages) >= SIMILARITY_NEEDED or max(held) >= COVERAGE_NEEDED
    if not is_near and not _holds_code(words, passages):
        return []
    return [
        passage
        for passage, coverage in zip(passages, held, strict=True)
        if passage.similarity >= WEAK_SIMILARITY or coverage >= WEAK_COVERAGE
    ]


def _holds_code(words: Sequence[str], passages: Sequence[Passage]) -> bool:
    """Whether a passage has one of the question's codes as it is written: CCL19, GPT-4, mT5."""
    codes = {word for word in words if len(word) >= CODE_CHARACTERS and _is_code(word)}
    return any(codes & set(TOKEN.findall(passage.text)) for passage in passages) if codes else False


def _is_code(word: str) -> bool:
    """A word of letters and digits together: nothing else is spelled like it."""
    return any(character.isdigit() for character in word) and any(character.isalpha() for character in word)


def _coverage(passage: Passage, weighed: Sequence[tuple[frozenset[str], float]]) -> float:
    """0 to 1; 0 for a question without words. A joined word counts when one of its forms is there."""
    inside = set(keywords(f"{passage.title} {passage.section} {passage.text}"))
    total = sum(weight for _, weight in weighed)
    return sum(weight for forms, weight in weighed if forms & inside) / total if total else 0.0
