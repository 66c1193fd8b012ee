"""Two rankings become one: normalised, weighted, boosted, and thinned of near-duplicates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingestion.document import Chunk, ChunkId, ChunkKind, DocumentId
from vectorstore.asking import QUESTIONS_FACTOR, only_asks

DENSE_WEIGHT = 0.45
"""Share of the dense score; the rest is the keyword score. nDCG@10 on QASPER evidence and SciFact: min-max fusion
.336 and .734 at .4, .331 and .740 at .5; reciprocal ranks .313 and .718; dense alone .243 and .645, keywords alone
.316 and .689."""

TITLE_BOOST = 0.25
"""Added in full to passages of a document that the question surely means."""

BONUSES = 60
"""Candidates that a bonus is worked out for, which takes .1 ms each; with all of them no figure here is another."""

PAGE_FACTOR = 0.95
"""What a passage is multiplied by for each better one of its page, so that a note, which is one page, does not take all
places. A right page is among the first five in .7 points more of the golden set's dev questions; at .9 the evidence
itself is lost oftener."""

APPENDIX_FACTOR = 0.95
"""What a passage of an appendix is multiplied by: it repeats in detail what the text before it states."""
APPENDIX = re.compile(r"^(?:\d+\.\s+)?(?:Appendi|Supplement)|^[B-H]\.?\s|(?:^| > )[A-H](?:\.\d+)+\.?\s")
"""In a section path; a title may begin with the word A."""

KIND_FACTORS: Mapping[ChunkKind, float] = {"reference": 0.3}
"""What a kind of chunk is multiplied by; a list of references names every topic and explains none."""

DUPLICATE_OVERLAP = 0.8
"""Share of common words from which two passages count as the same."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk with both of its scores."""

    chunk: Chunk
    similarity: float | None
    """Cosine, -1 to 1; None when the chunk has no vector."""
    keyword_score: float
    """BM25, 0 or more."""
    asked_score: float | None = None
    """What the keyword score counts as in a document that the question names; None elsewhere."""

    @property
    def rank_score(self) -> float:
        """The keyword score that ranks."""
        return self.keyword_score if self.asked_score is None else self.asked_score


def fuse(
    candidates: Sequence[Candidate],
    *,
    boosts: Mapping[DocumentId, float],
    dense: bool = True,
    bonus: Callable[[Chunk], float] | None = None,
) -> list[tuple[Candidate, float]]:
    """Candidates with their fused score, 0 to about 1 and what boosts and bonus add, best first.

    Similarities are stretched over the range they have among the candidates, keyword scores over 0
    to their highest; a chunk without a vector counts as the least similar. `boosts` says for each
    document, 0 to 1, how surely the question means it; `dense` is False when there are no similarities
    to use. `bonus` is added for what else a chunk has.
    """
    if not candidates:
        return []
    similarities = [candidate.similarity for candidate in candidates if candidate.similarity is not None] or [0.0]
    low, span = min(similarities), (max(similarities) - min(similarities)) or 1.0
    highest = max(candidate.rank_score for candidate in candidates) or 1.0
    weight = DENSE_WEIGHT if dense else 0.0

    def score(candidate: Candidate) -> float:
        mixed = 0.0 if candidate.similarity is None else weight * (candidate.similarity - low) / span
        mixed += (1 - weight) * candidate.rank_score / highest
        return mixed + TITLE_BOOST * boosts.get(candidate.chunk.document_id, 0.0)

    ranked = _sorted((candidate, score(candidate)) for candidate in candidates)
    if bonus is not None:
        best = [(candidate, mixed + bonus(candidate.chunk)) for candidate, mixed in ranked[:BONUSES]]
        ranked = best + ranked[BONUSES:]
    return _sorted(_spread(_sorted((candidate, mixed * _factor(candidate.chunk)) for candidate, mixed in ranked)))


def _factor(chunk: Chunk) -> float:
    """What the score of a chunk is multiplied by for being what it is."""
    factor = KIND_FACTORS.get(chunk.kind, 1.0)
    factor *= APPENDIX_FACTOR if APPENDIX.search(chunk.section) else 1.0
    return factor * (QUESTIONS_FACTOR if only_asks(chunk.text) else 1.0)


def _sorted(scored: Iterable[tuple[Candidate, float]]) -> list[tuple[Candidate, float]]:
    # Rounded, so that the last digits of Chroma's floats do not decide between equals.
    return sorted(scored, key=lambda pair: (-round(pair[1], 5), pair[0].chunk.document_id, pair[0].chunk.position))


def _spread(ranked: Iterable[tuple[Candidate, float]]) -> Iterator[tuple[Candidate, float]]:
    """The passages, each worth a little less for every better one of its page."""
    better: Counter[tuple[DocumentId, int]] = Counter()
    for candidate, score in ranked:
        page = (candidate.chunk.document_id, candidate.chunk.page_number)
        yield candidate, score * PAGE_FACTOR ** better[page]
        better[page] += 1


def without_duplicates(ranked: Sequence[tuple[Candidate, float]], limit: int) -> list[tuple[Candidate, float]]:
    """The first `limit` passages, leaving out those that say the same as a better one on the same page."""
    kept: list[tuple[Candidate, float]] = []
    words: dict[ChunkId, frozenset[str]] = {}
    for candidate, score in ranked:
        if len(kept) == limit:
            break
        chunk = candidate.chunk
        words[chunk.id] = frozenset(chunk.text.lower().split())
        if not any(_same(chunk, other.chunk, words) for other, _ in kept):
            kept.append((candidate, score))
    return kept


def _same(chunk: Chunk, other: Chunk, words: Mapping[ChunkId, frozenset[str]]) -> bool:
    if chunk.text == other.text:
        return True
    if (chunk.document_id, chunk.page_number) != (other.document_id, other.page_number):
        return False
    mine, theirs = words[chunk.id], words[other.id]
    return len(mine & theirs) >= DUPLICATE_OVERLAP * max(1, min(len(mine), len(theirs)))
