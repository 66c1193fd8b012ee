"""Whether found passages carry an answer at all, so that a weak match is refused and not dressed up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded.evidence import Asked, Candidates, Evidence
from agent.words import content_stems

SIMILARITY_NEEDED = 0.45
"""Cosine of question and best sentence below which nothing is answered."""
COVERAGE_NEEDED = 0.35
"""Share of the question's weighted words that the passages must hold."""
SIMILARITY_WEIGHT, COVERAGE_WEIGHT = 1.2, 0.8
STRENGTH_NEEDED = 1.18
"""Weighted sum of both needed; chosen on the dev questions, like what is added and taken away."""
MISSING_NAME = 0.25
"""So much more is needed where no passage has a name of the question: "Which rank for Stable Diffusion?"."""
MISSING_COUNT = 0.35
"""So much more where no passage speaks of what is counted: tokens, in "On how many tokens?"."""
MISSING_PAIR = 0.35
"""So much more where what is counted is never told of the name, which is none of a paper here: "How many parameters
does GPT-4 have?"."""
POINTED = 0.2
"""So much less where the figure or table that the question points to was found."""
NAME_RARITY = 0.6
"""A word this rare, when every word of the question is covered, is a name that was looked up: similarity of
made-up names is low by nature ("What is LeetcodeHardGym?")."""

_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_HOW_MANY = re.compile(r"\bhow (?:many|much)\b|\b\w+ count\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Support:
    """How strongly the passages carry an answer."""

    similarity: float
    """Best cosine of the question and one sentence."""
    coverage: float
    """Share of the question's weighted words in the best passage with its title, 0 to 1."""
    missing: tuple[str, ...]
    """Words of the question that no passage holds, as the learner wrote them, rarest first."""
    enough: bool


def measure_support(asked: Asked, candidates: Candidates, passages: Sequence[Mapping[str, Any]]) -> Support:
    """How strongly the sentences and passages carry an answer to the question."""
    wanted = asked.wanted
    if not candidates.evidence:
        return Support(0.0, 0.0, _as_written(asked.text, tuple(wanted)), False)
    similarity = max(item.similarity for item in _fitting(asked, candidates))
    spoken = [_stems_of(asked, passage) for passage in passages]
    total = sum(wanted.values()) or 1.0
    coverage = max(sum(weight for stem, weight in wanted.items() if stem in held) / total for held in spoken)
    everywhere = frozenset[str]().union(*spoken)
    missing = sorted((stem for stem in wanted if stem not in everywhere), key=lambda stem: -wanted[stem])
    needed = STRENGTH_NEEDED - POINTED * any(item.pointed for item in candidates.evidence)
    needed += MISSING_NAME * any(_is_absent(name, everywhere) for name in asked.names)
    needed += MISSING_COUNT * _is_absent(asked.counted, everywhere)
    needed += MISSING_PAIR * are_apart(asked, candidates, passages)
    strength = SIMILARITY_WEIGHT * similarity + COVERAGE_WEIGHT * coverage
    strong = similarity >= SIMILARITY_NEEDED and strength >= needed
    looked_up = coverage >= 0.99 and max(wanted.values(), default=0.0) >= NAME_RARITY
    return Support(
        similarity, coverage, _as_written(asked.text, missing), (strong and coverage >= COVERAGE_NEEDED) or looked_up
    )


def _as_written(question: str, stems: Sequence[str]) -> tuple[str, ...]:
    """The first word of the question with each stem: a learner knows "population", not "popul"."""
    written: dict[str, str] = {}
    for match in _WORD.finditer(question):
        for word in (match.group(), *match.group().split("-")):
            for found in content_stems(word):
                written.setdefault(found, word)
    return tuple(written.get(one, one) for one in stems)


def _is_absent(word: str, stems: frozenset[str]) -> bool:
    own = content_stems(word)
    return bool(own) and stems.isdisjoint(own)


def are_apart(asked: Asked, candidates: Candidates, passages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no sentence has a name of the question together with what is counted.

    The name of a paper that was found need not stand there: the paper says "we" and "our model".
    """
    counted = content_stems(asked.counted) if _HOW_MANY.search(asked.text) else []
    titles = frozenset(content_stems(" ".join(str(passage["title"]) for passage in passages)))
    own = frozenset(content_stems(" ".join(" ".join(said) for said in asked.papers.values())))
    foreign = [stems for name in asked.names if (stems := set(content_stems(name))) and not stems <= titles | own]
    if not counted or not foreign:
        return False
    sentences = [set(content_stems(f"{item.caption} {item.text}")) for item in candidates.evidence]
    return not any(set(counted) <= held and any(stems <= held for stems in foreign) for held in sentences)


def _fitting(asked: Asked, candidates: Candidates) -> Sequence[Evidence]:
    """The sentences that can answer: those with a number where one is asked for, if there are any."""
    if asked.kind != "number":
        return candidates.evidence
    return [item for item in candidates.evidence if item.form > 0] or candidates.evidence


def _stems_of(asked: Asked, passage: Mapping[str, Any]) -> frozenset[str]:
    """The stems of a passage with its title, and the names that the question gives its paper."""
    names = " ".join(asked.papers.get(str(passage.get("document_id")), ()))
    return frozenset(content_stems(f"{passage['title']} {names} {passage['section']} {passage['text']}"))
