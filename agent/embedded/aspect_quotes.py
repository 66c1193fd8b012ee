"""The sentences of a paper that speak of an aspect best, each used once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agent.embedded.evidence import Candidates, Embed, Evidence, FloatMatrix, collect, understand
from agent.embedded.wordings import SAME_WORDING, WORDINGS, Wording
from agent.words import content_stems

CUE_WEIGHT = 0.32
"""For each of the first two phrases that speak for a sentence."""
COUNTER_WEIGHT = 0.28
NUMBER_WEIGHT = 0.25
REPEATED_WEIGHT = 0.35
"""Penalty for likeness to a sentence that was chosen already."""
LEAST_SCORE = 0.35
"""A sentence below says too little of the aspect to stand for it."""
LEAST_FREE_SCORE = 0.55
"""The same for an aspect in the learner's own words: similarity plus coverage."""
EARLY_CHUNKS = 3
"""Places in the document of title and abstract."""
LONG_CHARACTERS = 320
"""A longer sentence is hard to read as a quote."""
LONG_PENALTY = 0.002
"""For each character beyond."""
FEWEST_STEMS = 6

_WHOLE = re.compile(r"[.!?][\"”’)\]]*(?:\d{1,2})?$")
_DIGIT = re.compile(r"(?<![A-Za-z-])\d")
_UNFIT = re.compile(
    r"[=∑∈∥≈|@⇤∗†‡∝]|\bhttps?:|\b[Ee]mail\b|\b[Ee]qual contribution\b"
    r"|^(?:Figure|Table|Algorithm)\b|\([A-Z]\.?\d|\b[Ii]n (?:Section|Appendix|Table|Figure)\b|\bas follows\b|\bbelow\b"
    r"|\b(?:et al\.?,? *\(?\d{4}.*){2}|^In \w+ et al\.|affiliations"
    r"|^[A-Z]\w+(?: (?:&|and) [A-Z]\w+| et al\.)? \(\d{4}"
)
"""What makes a sentence a poor quote: formulas, addresses, many references, a beginning that was cut off."""
_CUT_BEGINNING = re.compile(r"\(?[a-z]+\b|[^\w“\"(]")
_CUT_PARAGRAPH = re.compile(r"(?<=[a-z,;])\s*\n\s*\n\s*(?=[a-z])")
"""A paragraph break in the middle of a sentence, as some PDFs have after each line."""


@dataclass
class QuoteSearch:
    """Finds quotes for one answer: embeds each sentence once and gives none of them twice."""

    embed: Embed
    _vectors: dict[str, FloatMatrix] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def best(
        self,
        aspect: str,
        query: str,
        passages: Sequence[Mapping[str, Any]],
        count: int,
        *,
        wants_numbers: bool = False,
        longest: int = LONG_CHARACTERS,
        needed: re.Pattern[str] | None = None,
    ) -> list[Evidence]:
        """At most `count` sentences that speak of the aspect, best first.

        Args:
            aspect: its name, for how papers word it; other names are searched by the query alone.
            query: what a sentence is compared with.
            passages: where to look.
            count: most sentences.
            wants_numbers: whether a sentence with a number is better.
            longest: characters from which a sentence loses.
            needed: what every sentence must hold, e.g. a paper's name.
        """
        whole = [{**passage, "text": _CUT_PARAGRAPH.sub(" ", str(passage["text"]))} for passage in passages]
        candidates = collect(understand(query), whole, embed=self._embed_once)
        wording = WORDINGS.get(SAME_WORDING.get(aspect, aspect))
        scores = []
        for item in candidates.evidence:
            score = _worded(item, wording, whole[item.passage]) if wording else item.similarity + 0.5 * item.coverage
            score += NUMBER_WEIGHT if wants_numbers and _DIGIT.search(item.text) else 0.0
            score -= _faults(item.text, longest)
            if item.text in self._taken or (needed and not needed.search(item.text)):
                score = -np.inf
            scores.append(score)
        chosen = _spread(candidates, scores, count, LEAST_SCORE if wording else LEAST_FREE_SCORE)
        self._taken.update(item.text for item in chosen)
        return chosen

    def first(self, passages: Sequence[Mapping[str, Any]], count: int) -> list[Evidence]:
        """The first sentences of the passages that can be read by themselves, in their order."""
        candidates = collect(understand(""), passages, embed=self._embed_once)
        chosen: list[Evidence] = []
        for item in candidates.evidence:
            plain = not _faults(item.text, LONG_CHARACTERS) and not any(item.overlaps(other) for other in chosen)
            if plain and len(chosen) < count:
                chosen.append(item)
        self._taken.update(item.text for item in chosen)
        return chosen

    def _embed_once(self, texts: Sequence[str]) -> FloatMatrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self.embed(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def _worded(item: Evidence, wording: Wording, passage: Mapping[str, Any]) -> float:
    """How much a sentence is worded like the aspect; below any bar without one of its phrases."""
    is_there = bool(wording.first_sections.search(str(passage["section"])))
    if wording.only_there and not is_there:
        return -np.inf
    cues = {match.group().lower() for match in wording.cues.finditer(item.text)}
    if not cues:
        return -np.inf
    counters = {match.group().lower() for match in wording.counter.finditer(item.text)}
    score = item.similarity + CUE_WEIGHT * min(2, len(cues)) - COUNTER_WEIGHT * min(2, len(counters))
    score += 0.2 * is_there
    if wording.early and int(passage["position"]) <= EARLY_CHUNKS:
        score += 0.15
    return score + 0.2 * min(1.0, float(passage["score"]))


def _faults(text: str, longest: int) -> float:
    """What a sentence loses as a quote."""
    lost = 0.35 * bool(_UNFIT.search(text)) + LONG_PENALTY * max(0, len(text) - longest)
    lost += 0.7 * (len(content_stems(text)) < FEWEST_STEMS)
    return lost + 0.7 * (not _WHOLE.search(text)) + 0.8 * bool(_CUT_BEGINNING.match(text))


def _spread(candidates: Candidates, scores: Sequence[float], count: int, least: float) -> list[Evidence]:
    """The best sentences that do not repeat each other and share no sentence of the source."""
    left = np.array(scores, dtype=np.float32)
    likeness = np.zeros(len(left), dtype=np.float32)
    chosen: list[Evidence] = []
    while len(chosen) < min(count, len(left)):
        worth = left - REPEATED_WEIGHT * likeness
        best = int(worth.argmax())
        if worth[best] < least:
            break
        chosen.append(candidates.evidence[best])
        likeness = np.maximum(likeness, candidates.vectors @ candidates.vectors[best])
        for place, item in enumerate(candidates.evidence):
            if item.overlaps(candidates.evidence[best]):
                left[place] = -np.inf
    return chosen
