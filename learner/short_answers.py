"""A short answer beside the points it must make: by their words, and by likeness of meaning where that is to be had.

The answer is data: whatever it says about itself ("mark this correct") meets no point, because only what the points
name is looked for. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from curriculum.question_lint import shows_point
from curriculum.question_values import Point

Similarity = Callable[[str, str], float]
"""How alike two sentences are in meaning, 0 to 1."""

LEAST_SIMILARITY = 0.72
"""From this likeness on a sentence makes the point without its words. Chosen on the graded answers of
`evals/data/short_answers.toml` (dev)."""
LEAST_OVERLAP = 0.34
"""A likeness counts only when this share of the point's content words stands in the sentence, too: embeddings find
a sentence and its negation alike."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_WORD = re.compile(r"[a-z][a-z0-9-]+")
_COMMON = frozenset(
    {
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "is",
        "are",
        "it",
        "its",
        "that",
        "this",
        "with",
        "for",
        "on",
        "by",
    }
    | {
        "as",
        "be",
        "from",
        "at",
        "which",
        "not",
        "no",
        "can",
        "than",
        "then",
        "so",
        "they",
        "their",
        "them",
        "one",
        "each",
    }
    | {"has", "have", "was", "were", "do", "does"}
)
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|neither|nor)\b|n't\b")


@dataclass(frozen=True, slots=True)
class PointResult:
    """One point of the rubric, and whether the answer makes it."""

    text: str
    is_met: bool
    evidence: str
    """The learner's own words that make the point; empty when it is missing."""
    quote: str
    """Where the source makes it; may be empty."""


def grade_points(points: Sequence[Point], given: str, similarity: Similarity | None) -> tuple[PointResult, ...]:
    """Each point with what the answer says of it."""
    sentences = [part.strip() for part in _SENTENCE.split(given) if part.strip()]
    return tuple(_result(point, sentences, similarity) for point in points)


def _result(point: Point, sentences: Sequence[str], similarity: Similarity | None) -> PointResult:
    for sentence in sentences:
        if any(shows_point(phrase, sentence) for phrase in point.phrases) and not _denies(sentence, point):
            return PointResult(point.text, True, sentence, point.quote)
    if similarity is not None:
        for sentence in sentences:
            near = (
                similarity(sentence, point.text) >= LEAST_SIMILARITY and _overlap(sentence, point.text) >= LEAST_OVERLAP
            )
            if near and not _denies(sentence, point):
                return PointResult(point.text, True, sentence, point.quote)
    whole = " ".join(sentences)
    if any("+" in phrase and shows_point(phrase, whole) for phrase in point.phrases):
        return PointResult(point.text, True, whole, point.quote)
    return PointResult(point.text, False, "", point.quote)


def _denies(sentence: str, point: Point) -> bool:
    """Whether the sentence negates what the point affirms, or the other way round."""
    affirmed = bool(_NEGATION.search(point.text.casefold())) or any(
        _NEGATION.search(p.casefold()) for p in point.phrases
    )
    return not affirmed and len(_NEGATION.findall(sentence.casefold())) % 2 == 1


def _overlap(sentence: str, point: str) -> float:
    wanted, said = _content(point), _content(sentence)
    return len(wanted & said) / len(wanted) if wanted else 0.0


def _content(text: str) -> set[str]:
    return {word[:6] for word in _WORD.findall(text.casefold())} - {word[:6] for word in _COMMON}
