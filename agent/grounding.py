"""How far a passage carries a sentence: shared words by rarity, numbers, negation, verbatim quotes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.claims import Sentence
from agent.marks import Span
from agent.negation import contradicts
from agent.quantities import missing, quantities
from agent.quotations import Canonical, Quote, canonical, find_quotes
from agent.words import NUMBER_WORDS, content_stems
from ingestion.sentences import split_sentences
from vectorstore.passage import Passage

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""(sentence, others) -> cosine similarity to each, -1 to 1."""

SUPPORTED_COVERAGE = 0.62
PARTLY_COVERAGE = 0.38
SUPPORTED_SIMILARITY = 0.68
"""Together with `PARTLY_COVERAGE`: a close paraphrase."""
PARTLY_SIMILARITY = 0.55
SAME_SUBJECT_COVERAGE = 0.45
"""From here on a denial in only one of two sentences is a contradiction."""
_SECTION_NUMBER = re.compile(r"(?:^|>)\s*[A-Z]?[\d.]+\s")
NUMBER_STEMS = frozenset({*NUMBER_WORDS, "thousand", "million", "billion", "trillion", "percent"})
WINDOW_SENTENCES = 2
JOINT_DISCOUNT = 0.9
"""Words gathered from several passages prove less than the same words in one."""
LENGTH_PENALTY = 0.03
"""Taken off a window's rank for its second sentence, so that a quote is as short as it can be."""


class Source:
    """A passage, prepared for comparison."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage

    @cached_property
    def sentences(self) -> list[Span]:
        """The sentences of the text, or all of it when it has none."""
        return split_sentences(self.passage.text) or [(0, len(self.passage.text))]

    @cached_property
    def canonical(self) -> Canonical:
        """The text reduced to what a verbatim quote keeps."""
        return canonical(self.passage.text)

    @cached_property
    def frame(self) -> str:
        """Title, section and id: what a sentence may name without the passage repeating it."""
        passage = self.passage
        section = _SECTION_NUMBER.sub(" ", passage.section)
        return f"{passage.title} {section} {passage.arxiv_id or ''}"

    @cached_property
    def frame_stems(self) -> frozenset[str]:
        """The stems of the frame."""
        return frozenset(content_stems(self.frame))

    @cached_property
    def stems(self) -> frozenset[str]:
        """All stems of text and frame."""
        return frozenset(content_stems(self.passage.text)) | self.frame_stems

    @cached_property
    def sentence_stems(self) -> list[frozenset[str]]:
        """The stems of each sentence."""
        return [frozenset(content_stems(self.passage.text[start:end])) for start, end in self.sentences]

    @cached_property
    def windows(self) -> list[tuple[int, int]]:
        """All runs of up to `WINDOW_SENTENCES` sentences, as first and last index."""
        count = len(self.sentences)
        return [
            (first, first + length)
            for first in range(count)
            for length in range(WINDOW_SENTENCES)
            if first + length < count
        ]

    def span(self, first: int, last: int) -> Span:
        """The characters of a run of sentences."""
        return self.sentences[first][0], self.sentences[last][1]

    def text_of(self, span: Span) -> str:
        """The characters of a span."""
        return self.passage.text[span[0] : span[1]]


class Rarity:
    """How much a word counts: words of few passages count more."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._counts: Counter[str] = Counter()
        self._total = 0
        for source in sources:
            self._counts.update(source.stems)
            self._total += 1

    def weight(self, stem: str) -> float:
        """1 for a word of all passages, more for a rarer one."""
        return 1.0 + math.log((self._total + 1) / (self._counts[stem] + 0.5))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one source, or several together, hold of a sentence."""

    coverage: float
    """Weighted share of its topic words, 0 to 1."""
    similarity: float
    """Cosine similarity to the nearest sentence of the source; 0 when not asked."""
    quoted: bool
    """It is a verbatim quote."""
    misquoted: bool
    missing_numbers: int
    missing_soft: int
    contradicted: bool
    span: Span
    """The best span of the passage."""

    @property
    def score(self) -> float:
        """How much of the sentence the source holds, 0 to 1."""
        if self.quoted:
            return 1.0
        carried = max(self.coverage, min(self.similarity, self.coverage + 0.25))
        faults = 0.5 * bool(self.missing_numbers) + 0.2 * bool(self.missing_soft) + 0.3 * self.contradicted
        return round(max(0.0, min(1.0, carried - faults)), 4)


def find_support(sentence: Sentence, source: Source, rarity: Rarity, similarity: Similarity | None = None) -> Finding:
    """What the source holds of the sentence."""
    quotes = find_quotes(sentence.words)
    found = _find_quotes(quotes, find_quotes(sentence.text), source)
    wanted = _weights(sentence.words, rarity)
    covered = frozenset(stem for quote in found for stem in content_stems(quote.text))
    best = _best_window(sentence.words, wanted, covered, source)
    coverage = _coverage(wanted, covered, source, best)
    near = _nearest(sentence.words, source, similarity) if _unsure(coverage) and similarity else None
    if near and near[1] > SUPPORTED_SIMILARITY and coverage < PARTLY_COVERAGE:
        best = source.span(near[0], near[0])
    outside = _outside_quotes(sentence.words, found)
    absent = missing(outside, f"{source.frame} {source.passage.text}")
    quoted = bool(found) and len(found) == len(quotes) and _only_frames(outside, source, coverage)
    return Finding(
        coverage=coverage,
        similarity=near[1] if near else 0.0,
        quoted=quoted and not absent.numbers,
        misquoted=len(found) < len(quotes),
        missing_numbers=absent.numbers,
        missing_soft=absent.soft,
        contradicted=not quoted and coverage >= SAME_SUBJECT_COVERAGE and contradicts(outside, source.text_of(best)),
        span=_hull(found.values()) if found else best,
    )


def find_joint_support(sentence: Sentence, sources: Sequence[Source], rarity: Rarity) -> Finding | None:
    """What several sources hold of the sentence together; None for fewer than two."""
    if len(sources) < 2:
        return None
    wanted = _weights(sentence.words, rarity)
    spans = [_best_window(sentence.words, wanted, frozenset(), source) for source in sources]
    near = frozenset[str]().union(
        *(content_stems(source.text_of(span)) for source, span in zip(sources, spans, strict=True)),
        *(source.frame_stems for source in sources),
    )
    texts = " ".join(f"{source.frame} {source.passage.text}" for source in sources)
    absent = missing(sentence.words, texts)
    windows = " ".join(source.text_of(span) for source, span in zip(sources, spans, strict=True))
    far = frozenset[str]().union(*(source.stems for source in sources))
    coverage = JOINT_DISCOUNT * (0.5 * _share(wanted, near) + 0.5 * _share(wanted, far))
    return Finding(
        coverage=coverage,
        similarity=0.0,
        quoted=False,
        misquoted=False,
        missing_numbers=absent.numbers,
        missing_soft=absent.soft,
        contradicted=coverage >= SAME_SUBJECT_COVERAGE and contradicts(sentence.words, windows),
        span=spans[0],
    )


def _unsure(coverage: float) -> bool:
    return coverage < SUPPORTED_COVERAGE


def _weights(text: str, rarity: Rarity) -> dict[str, float]:
    """The weight of each topic word; numbers are compared as numbers, compounds by their parts."""
    return {
        stem: rarity.weight(stem)
        for stem in dict.fromkeys(content_stems(text))
        if "-" not in stem and not stem[0].isdigit() and stem not in NUMBER_STEMS
    }


def _share(wanted: Mapping[str, float], have: frozenset[str]) -> float:
    total = sum(wanted.values())
    return sum(weight for stem, weight in wanted.items() if stem in have) / total if total else 0.0


def _coverage(wanted: Mapping[str, float], covered: frozenset[str], source: Source, best: Span) -> float:
    """Between what the best window holds and what the whole passage holds: words far apart prove less."""
    near = frozenset(content_stems(source.text_of(best))) | covered | source.frame_stems
    return 0.5 * _share(wanted, near) + 0.5 * _share(wanted, source.stems | covered)


def _best_window(said: str, wanted: Mapping[str, float], covered: frozenset[str], source: Source) -> Span:
    """The run of sentences that holds most of the words and numbers; the earliest and shortest of equals."""
    sizes = {quantity.size for quantity in quantities(said) if not quantity.spelled}

    def rank(window: tuple[int, int]) -> float:
        first, last = window
        have = frozenset[str]().union(*source.sentence_stems[first : last + 1])
        value = _share(wanted, have | covered)
        if sizes:
            stated = {quantity.size for quantity in quantities(source.text_of(source.span(first, last)))}
            value = 0.7 * value + 0.3 * len(sizes & stated) / len(sizes)
        return value - LENGTH_PENALTY * (last - first)

    return source.span(*max(source.windows, key=rank))


def _nearest(said: str, source: Source, similarity: Similarity) -> tuple[int, float]:
    """The index of the sentence most similar in meaning, and that similarity."""
    texts = [source.text_of(span) for span in source.sentences]
    values = similarity(said, texts)
    index = max(range(len(texts)), key=lambda place: values[place])
    return index, float(values[index])


def _find_quotes(quotes: Sequence[Quote], written: Sequence[Quote], source: Source) -> dict[Quote, Span]:
    """The quotes that stand in the source, as it is said or as it is `written`: a note writes formulas in LaTeX too."""
    if len(written) != len(quotes):
        written = quotes
    spans = (
        source.canonical.find(said.text) or source.canonical.find(raw.text)
        for said, raw in zip(quotes, written, strict=True)
    )
    return {quote: span for quote, span in zip(quotes, spans, strict=True) if span}


def _outside_quotes(said: str, found: Mapping[Quote, Span]) -> str:
    for quote in sorted(found, key=lambda quote: quote.start, reverse=True):
        said = f"{said[: quote.start]} {said[quote.end :]}"
    return said


def _only_frames(outside: str, source: Source, coverage: float) -> bool:
    """Whether what stands around a quote adds no claim of its own ("The paper says: …")."""
    own = [stem for stem in content_stems(outside) if stem not in source.stems]
    return len(own) <= 3 or coverage >= SUPPORTED_COVERAGE


def _hull(spans: Iterable[Span]) -> Span:
    spans = list(spans)
    return min(start for start, _ in spans), max(end for _, end in spans)
