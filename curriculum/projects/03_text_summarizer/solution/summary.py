"""Summaries: sentences taken as they are, and sentences said in fewer words."""

from __future__ import annotations

from collections.abc import Sequence

from ranking import centrality, similarity_matrix
from rewriting import compress, fuse
from sentences import split_sentences

TOO_ALIKE = 0.6
"""Of two sentences whose cosine is above this, a summary holds only one."""


def extract(text: str, *, limit_words: int) -> list[str]:
    """The most central sentences as they stand in the text and in its order, together at most `limit_words` words."""
    sentences = split_sentences(text)
    return [sentences[place] for place in _chosen(sentences, limit_words)]


def summarize(text: str, *, limit_words: int) -> str:
    """A summary of at most `limit_words` words: sentences are compressed, then chosen, then fused where they can be.

    Whole sentences or nothing: it is empty when not even one fits.
    """
    sentences = [compress(sentence) for sentence in split_sentences(text)]
    told: list[str] = []
    for place in _chosen(sentences, limit_words):
        fused = fuse(told[-1], sentences[place]) if told else None
        if fused:
            told[-1] = fused
        else:
            told.append(sentences[place])
    return " ".join(told)


def _chosen(sentences: Sequence[str], limit_words: int) -> list[int]:
    """The places of the chosen sentences in order: by centrality, each that still fits and is not too alike."""
    similarities = similarity_matrix(sentences)
    scores = centrality(similarities)
    chosen: list[int] = []
    left = limit_words
    for place in sorted(range(len(sentences)), key=lambda place: (-scores[place], place)):
        length = len(sentences[place].split())
        if length <= left and all(similarities[place, other] <= TOO_ALIKE for other in chosen):
            chosen.append(place)
            left -= length
    return sorted(chosen)
