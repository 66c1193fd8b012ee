"""The sentences of the found passages that answer a question best.

The score of a sentence adds what each signal sees that the others miss: embedding similarity (meaning),
weighted lexical cover (names and terms), the form the question asks for (a number, a reason, a definition),
and the passage's own search score. Picked sentences are spread by maximal marginal relevance
(Carbonell & Goldstein 1998, https://doi.org/10.1145/290941.291025).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.embedded.pieces import Piece, PieceKind, pieces_of
from agent.embedded.question import (
    QuestionKind,
    asks_for_cells,
    asks_for_formula,
    counted_noun,
    form_score,
    names_in,
    pointed_places,
    question_kind,
)
from agent.embedded.shelf import NamedPaper
from agent.words import content_stems, content_words, stem
from vectorstore.expansion import expand, names, without_titles

FloatMatrix = NDArray[np.float32]
Embed = Callable[[Sequence[str]], FloatMatrix]
"""Texts to unit-length rows, shape (n, dimension)."""
Rarity = Callable[[Sequence[str]], Sequence[float]]
"""Words to their weights in the library, 0 (everywhere) to 1 (nowhere)."""

ASKING_WEIGHT = 0.15
_ASKING_WORDS = """
answer author authors best better call called cause compare compared default defaults describe detail details
differ difference different disadvantage downside effect exact exactly explain factor find found general happen
help idea improve instead kind keep kept know long main mean meaning means name need number often paper part
percentage percent point points prevent purpose reach reached reason report reported result results role say
score share shortcoming show stand state take tell thing total treat type value way work works worse wrote year
"""
ASKING_WORDS = frozenset(_ASKING_WORDS.split())
"""Words that say what kind of answer is asked for rather than what it is about."""
_ASKING_STEMS = frozenset(stem(word) for word in ASKING_WORDS)


def remembering(embed: Embed) -> Embed:
    """The same, with each text embedded once: for one answer that reads its passages more than once."""
    known: dict[str, FloatMatrix] = {}

    def embed_once(texts: Sequence[str]) -> FloatMatrix:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new), strict=True))
        return np.stack([known[text] for text in texts])

    return embed_once


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as sentences are compared with it."""

    text: str
    """Without the titles it names, with its acronyms and their meanings side by side."""
    kind: QuestionKind
    wanted: Mapping[str, float]
    """Stems of its topic words and their weights, 0 to 1."""
    acronyms: Mapping[str, str]
    """Those acronyms with their meanings of which the question has one or the other."""
    pointed: frozenset[str] = frozenset()
    """The figures and tables it points to, as "figure 4"; of the papers it names, if it names any."""
    rows: bool = False
    """Whether the row of a table may answer it."""
    formulas: bool = False
    """Whether a formula may."""
    names: tuple[str, ...] = ()
    """Its words that are names."""
    counted: str = ""
    """What it wants the number of; empty for words such as points that go without saying."""
    papers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names it gives papers, by document id."""

    def compared(self, sentence: str) -> str:
        """A sentence with both forms of the question's acronyms, so that NSP meets next sentence prediction."""
        return expand(sentence, self.acronyms) if self.acronyms else sentence


def understand(
    question: str,
    titles: Collection[str] = (),
    *,
    rarity: Rarity | None = None,
    glossary: Mapping[str, str] | None = None,
    papers: Sequence[NamedPaper] = (),
) -> Asked:
    """The question to compare with; words of the `titles` it names are not what it asks about."""
    text = without_titles(question, titles)
    acronyms = {acronym: meaning for acronym, meaning in (glossary or {}).items() if names(text, acronym, meaning)}
    kind = question_kind(question)
    counted = counted_noun(question)
    return Asked(
        text=expand(text, acronyms),
        kind=kind,
        wanted=weigh_words(text, rarity),
        acronyms=acronyms,
        pointed=pointed_places(question),
        rows=asks_for_cells(question, kind),
        formulas=asks_for_formula(question),
        names=names_in(question),
        counted="" if stem(counted) in _ASKING_STEMS else counted,
        papers={paper.document_id: paper.names for paper in papers},
    )


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts; chosen on the dev questions (`python -m evals run --split dev`)."""

    similarity: float = 1.0
    coverage: float = 0.45
    form: float = 0.15
    passage: float = 0.05
    neighbours: float = 0.25
    """Weight of the best similarity among the two sentences before and after."""
    misconception: float = 0.15
    """Penalty for a sentence that refutes a misconception nobody asked about."""
    pointed: float = 0.7
    """Reward for the caption of a figure or table that the question points to, and for the rows of the table."""
    row: float = 0.15
    formula: float = 0.4
    """Rewards for the row of a table and for a formula, which are among the pieces only where one may be asked for."""
    novelty: float = 0.6
    """Penalty for similarity to an already picked sentence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence of a passage, with what speaks for it."""

    sentences: tuple[str, ...]
    """The sentence; before it the one that it leans on, if it does."""
    number: int
    """The passage's citation number."""
    from_note: bool
    passage: int
    """Place of its passage among those given."""
    first: int
    """Place of its first sentence in the passage."""
    last: int
    """Place of its last sentence: one more than `first` when the sentence before was needed to understand it."""
    similarity: float
    """Cosine similarity to the question, -1 to 1."""
    coverage: float
    """Weighted share of the question's words found in the sentence and its context, 0 to 1."""
    form: float
    score: float
    pointed: bool = False
    """It is the caption of a figure or table that the question points to, or a row of the table."""
    kind: PieceKind = "sentence"
    caption: str = ""
    """Of the table that a row stands in."""
    columns: tuple[str, ...] = ()
    """The names of that table's columns; empty when they are not known."""
    table: str = ""
    """Which table that is."""

    @property
    def text(self) -> str:
        """All its sentences in one line."""
        return " ".join(self.sentences)

    def overlaps(self, other: Evidence) -> bool:
        """Whether both have a sentence of the source in common."""
        return self.passage == other.passage and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Candidates:
    """All sentences of a turn's passages, scored."""

    evidence: tuple[Evidence, ...]
    vectors: FloatMatrix
    """Shape (number of sentences, dimension), rows of unit length."""


def _coverage(wanted: Mapping[str, float], sentence: str, context: str) -> float:
    total = sum(wanted.values())
    if not total:
        return 0.0
    inside = set(content_stems(sentence))
    around = set(content_stems(context))
    held = (1.0 if word in inside else 0.6 if word in around else 0.0 for word in wanted)
    return sum(weight * share for weight, share in zip(wanted.values(), held, strict=True)) / total


def weigh_words(question: str, rarity: Rarity | None) -> dict[str, float]:
    """The stems of the question's topic words with their weights; rare words of the library count most."""
    wanted = list(dict.fromkeys(content_words(question)))
    weights = rarity(wanted) if rarity else [1.0] * len(wanted)
    weighed: dict[str, float] = {}
    for word, weight in zip(wanted, weights, strict=True):
        found = stem(word)
        weighed[found] = max(weighed.get(found, 0.0), ASKING_WEIGHT if found in _ASKING_STEMS else weight)
    return weighed


def _neighbour_similarities(rows: Sequence[Piece], similarities: Sequence[float]) -> list[float]:
    """For each sentence the best similarity among the two before and after it in its passage."""
    best = []
    for index, row in enumerate(rows):
        around = (
            float(similarities[other])
            for other in range(max(0, index - 2), min(len(rows), index + 3))
            if other != index and rows[other].passage == row.passage
        )
        best.append(max(around, default=0.0))
    return best


def collect(
    asked: Asked,
    passages: Sequence[Mapping[str, Any]],
    *,
    embed: Embed,
    weights: Weights | None = None,
) -> Candidates:
    """All readable sentences of the passages with their scores, in reading order."""
    weights = weights or Weights()
    rows = pieces_of(passages, rows=asked.rows, formulas=asked.formulas)
    compared = [asked.compared(row.compared) for row in rows]
    vectors = embed([asked.text, *compared])
    similarities = vectors[1:] @ vectors[0]
    around = _neighbour_similarities(rows, similarities)
    evidence = []
    for row, similarity, beside in zip(rows, similarities, around, strict=True):
        passage = passages[row.passage]
        named = asked.papers.get(str(passage.get("document_id")), ())
        coverage = _coverage(asked.wanted, asked.compared(row.text), asked.compared(" ".join([row.context, *named])))
        is_other = bool(asked.papers) and not named and passage["document_kind"] == "pdf"
        pointed = not is_other and bool(asked.pointed & pointed_places((row.caption or row.text)[:12]))
        form = form_score(asked.kind, asked.text, row.text)
        score = (
            weights.similarity * float(similarity)
            + weights.coverage * coverage
            + weights.form * form
            + weights.passage * float(passage["score"])
            + weights.neighbours * beside
            + weights.pointed * pointed
            + weights.row * (row.kind == "row")
            + weights.formula * (row.kind == "formula")
            - (weights.misconception if "misconception" in row.text and "misconception" not in asked.text else 0.0)
        )
        evidence.append(
            Evidence(
                sentences=row.sentences,
                number=int(passage["number"]),
                from_note=passage["document_kind"] == "markdown",
                passage=row.passage,
                first=row.first,
                last=row.last,
                similarity=float(similarity),
                coverage=coverage,
                form=form,
                score=score,
                pointed=pointed,
                kind=row.kind,
                caption=row.caption,
                columns=row.columns,
                table=row.table,
            )
        )
    return Candidates(tuple(evidence), vectors[1:])


def pick(candidates: Candidates, count: int, weights: Weights | None = None) -> list[Evidence]:
    """The `count` best sentences, best first, each penalised for repeating one before it.

    Two picks never share a sentence of the source.
    """
    weights = weights or Weights()
    evidence = candidates.evidence
    scores = np.array([item.score for item in evidence], dtype=np.float32)
    repeated = np.zeros(len(scores), dtype=np.float32)
    picked: list[int] = []
    while len(picked) < min(count, len(scores)):
        best = int((scores - weights.novelty * repeated).argmax())
        if not np.isfinite(scores[best]):
            break
        picked.append(best)
        repeated = np.maximum(repeated, candidates.vectors @ candidates.vectors[best])
        for index, item in enumerate(evidence):
            if item.overlaps(evidence[best]):
                scores[index] = -np.inf
    return [evidence[index] for index in picked]
