"""The sentences of the found passages that answer a question best.

The score of a sentence adds what each signal sees that the others miss: embedding similarity (meaning),
weighted lexical cover (names and terms), the form the question asks for (a number, a reason, a definition),
and the passage's own search score. Picked sentences are spread by maximal marginal relevance
(Carbonell & Goldstein 1998, https://doi.org/10.1145/290941.291025).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.embedded.question import QuestionKind, form_score, question_kind
from agent.words import content_stems
from ingestion.sentences import split_sentences

FloatMatrix = NDArray[np.float32]
Embed = Callable[[Sequence[str]], FloatMatrix]
"""Texts to unit-length rows, shape (n, dimension)."""
Rarity = Callable[[str], float]
"""A stem to its weight in the library, 0 (everywhere) to 1 (nowhere)."""

SHORTEST_CHARACTERS = 20
LONGEST_CHARACTERS = 700
_LEANS_BACK = re.compile(
    r"^(it|its|this|these|those|they|their|such|he|she|here|however|moreover|furthermore|in addition|also)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts; chosen on the dev questions (`python -m evals run --split dev`)."""

    similarity: float = 1.0
    coverage: float = 0.45
    form: float = 0.14
    passage: float = 0.25
    novelty: float = 0.3
    """Penalty for similarity to an already picked sentence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence of a passage, with what speaks for it."""

    text: str
    number: int
    """The passage's citation number."""
    title: str
    from_note: bool
    position: int
    """Place among all candidates, in reading order."""
    similarity: float
    """Cosine similarity to the question, -1 to 1."""
    coverage: float
    """Weighted share of the question's words found in the sentence and its context, 0 to 1."""
    form: float
    score: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """All sentences of a turn's passages, scored."""

    evidence: tuple[Evidence, ...]
    vectors: FloatMatrix
    """Shape (number of sentences, dimension), rows of unit length."""
    kind: QuestionKind


def _readable(text: str) -> bool:
    if not SHORTEST_CHARACTERS <= len(text) <= LONGEST_CHARACTERS:
        return False
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return letters >= 0.55 * len(text) and not text.rstrip().endswith("?")


def _sentences(passage: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The readable sentences of a passage, each with its leading context."""
    text = str(passage["text"])
    context = f"{passage['title']} {passage['section']}"
    found: list[tuple[str, str]] = []
    previous = ""
    for start, end in split_sentences(text):
        sentence = " ".join(text[start:end].split())
        if previous and _LEANS_BACK.match(sentence) and len(previous) + len(sentence) < LONGEST_CHARACTERS:
            found.append((f"{previous} {sentence}", context))
        elif _readable(sentence):
            found.append((sentence, f"{context} {previous}"))
        previous = sentence if _readable(sentence) else ""
    return found


def _coverage(wanted: Mapping[str, float], sentence: str, context: str) -> float:
    total = sum(wanted.values())
    if not total:
        return 0.0
    inside = set(content_stems(sentence))
    around = set(content_stems(context))
    return (
        sum(
            weight * (1.0 if stem in inside else 0.6 if stem in around else 0.0)
            for stem, weight in wanted.items()
        )
        / total
    )


def weigh_words(question: str, rarity: Rarity | None) -> dict[str, float]:
    """The question's topic words with their weights; rare words of the library count most."""
    return {stem: rarity(stem) if rarity else 1.0 for stem in dict.fromkeys(content_stems(question))}


def collect(
    question: str,
    passages: Sequence[Mapping[str, Any]],
    *,
    embed: Embed,
    rarity: Rarity | None = None,
    weights: Weights | None = None,
) -> Candidates:
    """All readable sentences of the passages with their scores, in reading order."""
    weights = weights or Weights()
    kind = question_kind(question)
    rows = [
        (passage, sentence, context) for passage in passages for sentence, context in _sentences(passage)
    ]
    seen: set[str] = set()
    rows = [row for row in rows if not (row[1] in seen or seen.add(row[1]))]  # type: ignore[func-returns-value]
    vectors = embed([question, *(sentence for _, sentence, _ in rows)])
    similarities = vectors[1:] @ vectors[0]
    wanted = weigh_words(question, rarity)
    evidence = []
    for position, (passage, sentence, context) in enumerate(rows):
        coverage = _coverage(wanted, sentence, context)
        form = form_score(kind, question, sentence)
        similarity = float(similarities[position])
        evidence.append(
            Evidence(
                text=sentence,
                number=int(passage["number"]),
                title=str(passage["title"]),
                from_note=passage["document_kind"] == "markdown",
                position=position,
                similarity=similarity,
                coverage=coverage,
                form=form,
                score=weights.similarity * similarity
                + weights.coverage * coverage
                + weights.form * form
                + weights.passage * float(passage["score"]),
            )
        )
    return Candidates(tuple(evidence), vectors[1:], kind)


def pick(candidates: Candidates, count: int, weights: Weights | None = None) -> list[Evidence]:
    """The `count` best sentences, best first, each penalised for repeating one before it."""
    weights = weights or Weights()
    scores = np.array([item.score for item in candidates.evidence], dtype=np.float32)
    repeated = np.zeros(len(scores), dtype=np.float32)
    picked: list[int] = []
    while len(picked) < min(count, len(scores)):
        adjusted = scores - weights.novelty * repeated
        adjusted[picked] = -np.inf
        best = int(adjusted.argmax())
        picked.append(best)
        repeated = np.maximum(repeated, candidates.vectors @ candidates.vectors[best])
    return [candidates.evidence[index] for index in picked]
