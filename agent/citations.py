"""Checks every sentence of an answer against the passages it cites, and finds the span behind each number.

Nothing is hidden and nothing is rewritten: a sentence that its passages do not carry keeps its place and
gets a mark. The verdicts come from words, numbers, negation and verbatim quotes, so the same answer always
gets the same marks; an embedding model, when given, only helps a paraphrase.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from agent.claims import Sentence, plain_formula, sentences_of
from agent.events import Citation, SentenceCheck, Support
from agent.grounding import (
    PARTLY_COVERAGE,
    PARTLY_SIMILARITY,
    SUPPORTED_COVERAGE,
    SUPPORTED_SIMILARITY,
    Finding,
    Rarity,
    Similarity,
    Source,
    find_joint_support,
    find_support,
)
from agent.marks import Span, find_marks
from agent.quantities import missing
from agent.quotations import find_quotes
from agent.words import content_stems
from vectorstore.passage import Passage

__all__ = ["Similarity", "check_answer"]

TRUSTED_COVERAGE = 0.8
"""Share of a sentence's topic words that the list of documents or the roadmap must hold."""
TRUSTED_FRAME = "roadmap library documents papers notes study covers contains includes lists holds teaches arxiv et al"
"""Words that a sentence about such a text adds."""
SHARE_COVERAGE = 0.25
"""Share of a sentence's words that one of several cited passages must hold to count for it."""

_ORDER: dict[Support, int] = {"supported": 3, "partly": 2, "unsupported": 1, "uncited": 0, "exempt": 0}


def check_answer(
    text: str,
    sources: Mapping[int, Passage],
    *,
    similarity: Similarity | None = None,
    trusted: Sequence[str] = (),
) -> tuple[tuple[SentenceCheck, ...], tuple[Citation, ...]]:
    """The checks of all sentences in order, and a citation for each span that a number stands for.

    Args:
        text: the answer in Markdown.
        sources: the passages by number.
        similarity: cosine similarity of a sentence to others; words alone decide when None.
        trusted: texts of our own (the roadmap, the list of documents), whose words need no citation.
    """
    named = {number for mark in find_marks(text) for number in mark.numbers}
    prepared = {number: Source(sources[number]) for number in sorted(named & sources.keys())}
    sentences = sentences_of(text, quoted=_verbatim(text, prepared.values()))
    cited = {number for sentence in sentences for number in sentence.numbers if number in prepared}
    rarity = Rarity(prepared[number] for number in sorted(cited))
    checks: list[SentenceCheck] = []
    spans: dict[tuple[int, Span], list[tuple[Support, int]]] = {}
    for place, sentence in enumerate(sentences):
        findings = {
            number: find_support(sentence, prepared[number], rarity, similarity)
            for number in sentence.numbers
            if number in prepared
        }
        joint = find_joint_support(sentence, [prepared[number] for number in findings], rarity)
        checks.append(_check(sentence, findings, joint, trusted))
        for number, finding in findings.items():
            spans.setdefault((number, finding.span), []).append((_share_of(finding, joint), place))
    citations = [
        _citation(number, prepared[number].passage, span, verdicts) for (number, span), verdicts in spans.items()
    ]
    return tuple(checks), tuple(citations)


def _verbatim(text: str, sources: Iterable[Source]) -> list[Span]:
    """The quotes in an answer that stand in a source as they are."""
    quotes = find_quotes(text)
    if not quotes:
        return []
    known = [source.canonical for source in sources]
    return [(quote.start, quote.end) for quote in quotes if any(source.find(quote.text) for source in known)]


def _check(
    sentence: Sentence, findings: Mapping[int, Finding], joint: Finding | None, trusted: Sequence[str]
) -> SentenceCheck:
    support, score = _judge(sentence, findings, joint, trusted)
    return SentenceCheck(sentence.start, sentence.end, sentence.text, sentence.numbers, support, score)


def _judge(
    sentence: Sentence, findings: Mapping[int, Finding], joint: Finding | None, trusted: Sequence[str]
) -> tuple[Support, float]:
    if not sentence.numbers:
        if not sentence.claims or any(_repeats(sentence.words, known) for known in trusted):
            return "exempt", 1.0
        return "uncited", 0.0
    if not findings:
        return "unsupported", 0.0
    together = [*findings.values(), joint] if joint else [*findings.values()]
    verdicts = [(_verdict(finding), finding.score) for finding in together]
    support, score = max(verdicts, key=lambda verdict: (_ORDER[verdict[0]], verdict[1]))
    if len(findings) < len(sentence.numbers) and support == "supported":
        support = "partly"
    return support, score


def _share_of(finding: Finding, joint: Finding | None) -> Support:
    """The verdict on one of the cited passages; `partly` where it holds a share of what all hold together."""
    verdict = _verdict(finding)
    shares = joint is not None and _verdict(joint) != "unsupported" and finding.coverage >= SHARE_COVERAGE
    return "partly" if verdict == "unsupported" and shares and not finding.contradicted else verdict


def _verdict(finding: Finding) -> Support:
    if finding.quoted:
        return "supported"
    if finding.missing_numbers or finding.contradicted:
        return "unsupported"
    similar = finding.similarity >= SUPPORTED_SIMILARITY and finding.coverage >= PARTLY_COVERAGE
    if finding.coverage >= SUPPORTED_COVERAGE or similar:
        return "partly" if finding.missing_soft or finding.misquoted else "supported"
    if finding.coverage >= PARTLY_COVERAGE or finding.similarity >= PARTLY_SIMILARITY:
        return "partly"
    return "unsupported"


def _repeats(said: str, known: str) -> bool:
    stems = content_stems(said)
    have = frozenset(content_stems(f"{known} {plain_formula(known)} {TRUSTED_FRAME}"))
    covered = sum(stem in have for stem in stems) >= TRUSTED_COVERAGE * len(stems)
    return covered and not missing(said, known).numbers


def _citation(number: int, passage: Passage, span: Span, verdicts: Sequence[tuple[Support, int]]) -> Citation:
    start, end = span
    return Citation(
        number=number,
        document_id=passage.document_id,
        title=passage.title,
        arxiv_id=passage.arxiv_id,
        page_number=passage.page_number,
        page_label=passage.page_label,
        section=passage.section,
        chunk_id=passage.chunk_id,
        start=passage.start + start,
        end=passage.start + end,
        quote=passage.text[start:end],
        supported=max((support for support, _ in verdicts), key=lambda support: _ORDER[support]),
        sentences=tuple(place for _, place in verdicts),
    )
