"""A short answer beside the points it must make: by their words, and by likeness of meaning where that is to be had.

The answer is data: whatever it says about itself ("mark this correct") meets no point, because only what the points
name is looked for, and what repeats the question is not read. A point counts as made when one of its phrases stands in
the answer and its clause does not deny it. A bare list of the right words would pass: words are judged, not honesty.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from curriculum.question_values import Point

Similarity = Callable[[str, str], float]
"""How alike two sentences are in meaning, 0 to 1."""

LEAST_SIMILARITY = 0.72
"""From this likeness on a sentence makes the point without its words."""
LEAST_OVERLAP = 0.34
"""A likeness counts only when this share of the point's content words stands in the sentence, too: embeddings find
a sentence and its negation alike."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_WORD = re.compile(r"[a-z][a-z0-9_-]*|\d+(?:[.,]\d+)*")
_COMMON = frozenset(
    _WORD.findall(
        "the a an and or of to in is are it its that this with for on by as be from at which not no can than then so "
        "they their them one each has have was were do does"
    )
)
_CLAUSE = re.compile(
    r"[.!?;:](?=\s|$)|,(?=\s)|\s[–—-]\s|"  # noqa: RUF001
    r"\b(?:and|but|because|since|so|while|whereas|which|although|though|however|otherwise|then|yet|unless|if|when)\b"
)
_DENIAL_BEFORE = re.compile(r"\b(?:not(?! (?:only|just|merely))|never|cannot|(?:false|untrue|wrong) that)\b|n't\b")
"""Denies what comes after it in its clause."""
_DENIAL_NEAR = re.compile(
    r"(?:\b(?:no|none of|nothing|neither|nor|lack(?:s|ing)?|fail(?:s|ed)? to|hardly|rather than|instead of)|"
    r"\S\s+without)\b(?:\s+\S+){0,2}\s*$"
)
"""Denies only the next words. A clause that begins with `without` says when, and denies nothing."""
_DENIAL_AFTER = re.compile(
    r"^\S*(?:\s+\S+){0,1}?\s+(?:(?:is|are|was|were)(?: not|n't)\b|"
    r"(?:do|does|did)(?: not|n't) (?:happen|occur|matter|arise|exist|change))|^\S*\s+never\b"
)
"""Denies what stood before it: "saturation is not the reason"."""
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|neither|nor)\b|n't\b")
_WHOLE_WORD_LETTERS = 2


@dataclass(frozen=True, slots=True)
class PointResult:
    """One point of the rubric, and whether the answer makes it."""

    text: str
    is_met: bool
    evidence: str
    """The learner's own words that make the point; empty when it is missing."""
    quote: str
    """Where the source makes it; may be empty."""


def grade_points(
    points: Sequence[Point], given: str, similarity: Similarity | None = None, *, prompt: str = ""
) -> tuple[PointResult, ...]:
    """Each point with what the answer says of it; sentences that only repeat the prompt are passed over."""
    asked = _content(prompt)
    parts = [part.strip() for part in _SENTENCE.split(given) if part.strip()]
    sentences = [part for part in parts if not (_content(part) and _content(part) <= asked)]
    return tuple(_result(point, sentences, similarity) for point in points)


def _result(point: Point, sentences: Sequence[str], similarity: Similarity | None) -> PointResult:
    for sentence in sentences:
        if any(_affirms(phrase, sentence, point) for phrase in point.phrases):
            return PointResult(point.text, True, sentence, point.quote)
    if similarity is not None:
        for sentence in sentences:
            if _is_alike(sentence, point.text, similarity):
                return PointResult(point.text, True, sentence, point.quote)
    whole = " ".join(sentence if sentence[-1] in ".!?;" else f"{sentence}." for sentence in sentences)
    for phrase in point.phrases:
        if "+" in phrase and _affirms(phrase, whole, point):
            parts = [part.strip() for part in phrase.split("+")]
            said = [one for one in sentences if any(_affirms(part, one, point) for part in parts)]
            return PointResult(point.text, True, " ".join(said), point.quote)
    return PointResult(point.text, False, "", point.quote)


def _affirms(phrase: str, text: str, point: Point) -> bool:
    """Whether every part of a phrase (`a + b`) stands in the text, at the start of a word, in a clause that affirms it.

    Where the phrase or its point says `no` or `not` itself, the words are looked for as they are.
    """
    folded = _folded(text)
    negative = bool(_NEGATION.search(_folded(f"{phrase} {point.text}")))
    return all(
        any(negative or not _is_denied(folded, *span) for span in _places(_folded(part), folded))
        for part in phrase.split("+")
    )


def _places(part: str, folded: str) -> Iterator[tuple[int, int]]:
    if not part:
        return
    start = r"(?<!\w)" if part[0].isalnum() else ""
    end = r"(?!\w)" if len(part) <= _WHOLE_WORD_LETTERS and part.isalnum() else ""
    for match in re.finditer(start + re.escape(part) + end, folded):
        yield match.span()


def _is_denied(folded: str, start: int, end: int) -> bool:
    """Whether the clause around these characters denies them; two denials affirm."""
    left = max((match.end() for match in _CLAUSE.finditer(folded, 0, start) if match.end() <= start), default=0)
    following = _CLAUSE.search(folded, end)
    before, after = folded[left:start], folded[end : following.start() if following else len(folded)]
    count = len(_DENIAL_BEFORE.findall(before))
    count += bool(_DENIAL_NEAR.search(before)) + bool(_DENIAL_AFTER.search(after))
    return count % 2 == 1


def _is_alike(sentence: str, point: str, similarity: Similarity) -> bool:
    same_side = len(_NEGATION.findall(_folded(sentence))) % 2 == len(_NEGATION.findall(_folded(point))) % 2
    return same_side and _overlap(sentence, point) >= LEAST_OVERLAP and similarity(sentence, point) >= LEAST_SIMILARITY


def _overlap(sentence: str, point: str) -> float:
    wanted, said = _content(point), _content(sentence)
    return len(wanted & said) / len(wanted) if wanted else 0.0


def _content(text: str) -> set[str]:
    return {word[:6] for word in _WORD.findall(_folded(text)) if word not in _COMMON}


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())  # noqa: RUF001
