"""Whether found passages carry an answer at all, so that a weak match is refused and not dressed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded.evidence import Asked, Candidates
from agent.words import content_stems

SIMILARITY_NEEDED = 0.42
"""Cosine of question and best sentence below which nothing is answered."""
COVERAGE_NEEDED = 0.55
"""Share of the question's weighted words that the passages must hold."""
STRENGTH_NEEDED = 1.25
"""Similarity plus coverage needed together; chosen on the dev questions."""
NAME_RARITY = 0.6
"""A word this rare, when every word of the question is covered, is a name that was looked up: similarity of
made-up names is low by nature ("What is LeetcodeHardGym?")."""


@dataclass(frozen=True, slots=True)
class Support:
    """How strongly the passages carry an answer."""

    similarity: float
    """Best cosine of the question and one sentence."""
    coverage: float
    """Share of the question's weighted words in the best passage with its title, 0 to 1."""
    missing: tuple[str, ...]
    """Words of the question that no passage holds, rarest first."""
    enough: bool


def measure_support(asked: Asked, candidates: Candidates, passages: Sequence[Mapping[str, Any]]) -> Support:
    """How strongly the sentences and passages carry an answer to the question."""
    wanted = asked.wanted
    if not candidates.evidence:
        return Support(0.0, 0.0, tuple(wanted), False)
    similarity = max(item.similarity for item in candidates.evidence)
    spoken = [set(content_stems(f"{passage['title']} {passage['section']} {passage['text']}")) for passage in passages]
    total = sum(wanted.values()) or 1.0
    coverage = max(sum(weight for stem, weight in wanted.items() if stem in held) / total for held in spoken)
    everywhere = set().union(*spoken)
    missing = sorted((stem for stem in wanted if stem not in everywhere), key=lambda stem: -wanted[stem])
    strong = similarity >= SIMILARITY_NEEDED and similarity + coverage >= STRENGTH_NEEDED
    looked_up = coverage >= 0.99 and max(wanted.values(), default=0.0) >= NAME_RARITY
    return Support(similarity, coverage, tuple(missing), (strong and coverage >= COVERAGE_NEEDED) or looked_up)
