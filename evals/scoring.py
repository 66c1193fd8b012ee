"""All metrics of one question that need no judge: of the passages found, and of the answer given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from agent.citations import Similarity, check_answer
from agent.claims import sentences_of
from agent.events import Answer, Citation
from agent.quantities import missing, quantities
from evals.answers import first_paragraph, states_facts
from evals.cases import Case, Evidence
from evals.citations import CitationOutcome
from evals.outcome import Claim, Found
from evals.questions import PageReference
from evals.ragas_scores import RagasScores
from evals.retrieval import ndcg_at, recall_at, reciprocal_rank, with_stand_ins
from evals.spans import span_ranking
from ingestion.document import ChunkId, DocumentId
from vectorstore.passage import Passage

PARTLY = 0.5
"""What a sentence counts that its spans carry in part."""

_MARK = re.compile(r"\s?\[\d+(?:\s*[,–-]\s*\d+)*\]")


class Scorer:
    """Puts a number to each question. Without RAGAS its scores are left out."""

    def __init__(
        self,
        *,
        ragas: RagasScores | None = None,
        similarity: Similarity | None = None,
        reference_chunks: Callable[[Evidence], Mapping[str, str]] | None = None,
    ) -> None:
        """Prepare the scores.

        Args:
            ragas: RAGAS's own metrics.
            similarity: cosine similarity of a sentence to others, for paraphrases of a cited span.
            reference_chunks: the library's chunks (text by id) that hold an evidence, which RAGAS compares with.
        """
        self._ragas = ragas
        self._similarity = similarity
        self._reference_chunks = reference_chunks

    def of_retrieval(self, case: Case, found: Sequence[Found]) -> dict[str, float]:
        """The scores of the passages; none for a question without an answer."""
        if not case.answerable:
            return {}
        scores = retrieval_scores(case, found)
        if self._ragas is not None and self._reference_chunks is not None:
            reference = {name: text for span in case.evidence for name, text in self._reference_chunks(span).items()}
            scores |= self._ragas.of_contexts({item.chunk_id: item.text for item in found}, reference)
        return scores

    def of_answer(
        self, case: Case, answer: Answer, citations: Sequence[CitationOutcome], pages: Callable[[str, int], str]
    ) -> tuple[dict[str, float], tuple[Claim, ...]]:
        """The scores of the answer, and the sentences behind them; `pages` gives a page's text."""
        if not case.answerable:
            return {"refused": float(answer.refused)}, ()
        scores = {"answered": float(not answer.refused), **_fact_scores(case, answer)}
        if answer.refused:
            return scores, ()
        claims = check_claims(answer, pages, self._similarity)
        scores |= citation_scores(case, citations) | claim_scores(claims)
        scores |= precision_score(answer, self._similarity)
        if self._ragas is not None:
            scores |= self._ragas.of_text(_MARK.sub("", answer.text), case.reference)
        return scores, claims


def retrieval_scores(case: Case, found: Sequence[Found]) -> dict[str, float]:
    """Recall, nDCG and reciprocal rank of the right pages, and of the passages with the evidence."""
    pages = with_stand_ins([item.page for item in found], case.pages, {item.page for item in case.also})
    spans = span_ranking(found, case.evidence, case.also)
    places = range(len(case.evidence))
    return {
        "page_hit_5": float(any(item.page in case.right_pages for item in found[:5])),
        "page_recall_5": recall_at(pages, case.pages, 5),
        "page_recall_10": recall_at(pages, case.pages, 10),
        "page_ndcg_10": ndcg_at(pages, case.pages, 10),
        "page_mrr": reciprocal_rank(pages, case.pages),
        "span_recall_5": recall_at(spans, places, 5),
        "span_recall_10": recall_at(spans, places, 10),
        "span_ndcg_10": ndcg_at(spans, places, 10),
        "span_mrr": reciprocal_rank(spans, places),
    }


def check_claims(
    answer: Answer, pages: Callable[[str, int], str], similarity: Similarity | None = None
) -> tuple[Claim, ...]:
    """Each sentence that needs a source, judged anew against the spans it cites, and its numbers against their pages.

    The tutor judges a sentence against whole passages; here only the spans count that a learner is shown.
    """
    exempt = {sentence.text for sentence in answer.sentences if sentence.support == "exempt"}
    checks, _ = check_answer(answer.text, _span_sources(answer.citations), similarity=similarity)
    said = {sentence.start: sentence.words for sentence in sentences_of(answer.text)}
    return tuple(
        Claim(check.text, check.numbers, check.support, _missing_numbers(check.numbers, said_here, answer, pages))
        for check in checks
        if check.support != "exempt" and check.text not in exempt
        for said_here in (said.get(check.start, _MARK.sub("", check.text)),)
    )


def claim_scores(claims: Sequence[Claim]) -> dict[str, float]:
    """Claim support, citation recall, and the share of sentences whose numbers stand in the source."""
    if not claims:
        return {}
    worth = {"supported": 1.0, "partly": PARTLY}
    numeric = [claim for claim in claims if quantities(_MARK.sub("", claim.text))]
    scores = {
        "claim_support": sum(worth.get(claim.support, 0.0) for claim in claims) / len(claims),
        "citation_recall": sum(claim.support == "supported" for claim in claims) / len(claims),
    }
    if numeric:
        scores["numbers_in_source"] = sum(not claim.missing_numbers for claim in numeric) / len(numeric)
    return scores


def citation_scores(case: Case, citations: Sequence[CitationOutcome]) -> dict[str, float]:
    """The share of citations that stand on the page they name, and whether a right page is among them."""
    cited = {PageReference(citation.document, citation.page_number) for citation in citations if citation.on_page}
    scores = {"right_page_cited": float(bool(cited & set(case.right_pages)))}
    if citations:
        scores["citation_on_page"] = sum(citation.on_page for citation in citations) / len(citations)
    return scores


def precision_score(answer: Answer, similarity: Similarity | None = None) -> dict[str, float]:
    """The share of (sentence, number) pairs whose span carries the sentence, at least in part."""
    sources = _span_sources(answer.citations)
    pairs = [
        (sentence.text, number)
        for sentence in sentences_of(answer.text)
        if sentence.claims
        for number in sentence.numbers
    ]
    if not pairs:
        return {}
    good = sum(_carries(text, number, sources, similarity) for text, number in pairs)
    return {"citation_precision": good / len(pairs)}


def _carries(text: str, number: int, sources: Mapping[int, Passage], similarity: Similarity | None) -> bool:
    if number not in sources:
        return False
    checks, _ = check_answer(text, {number: sources[number]}, similarity=similarity)
    return any(check.support in ("supported", "partly") for check in checks)


def _fact_scores(case: Case, answer: Answer) -> dict[str, float]:
    if not case.facts:
        return {}
    return {
        "fact_stated": float(not answer.refused and states_facts(answer.text, case.facts)),
        "fact_first": float(not answer.refused and states_facts(first_paragraph(answer.text), case.facts)),
    }


def _span_sources(citations: Sequence[Citation]) -> dict[int, Passage]:
    spans: dict[int, list[Citation]] = {}
    for citation in citations:
        spans.setdefault(citation.number, []).append(citation)
    return {number: _span_passage(cited) for number, cited in spans.items()}


def _span_passage(citations: Sequence[Citation]) -> Passage:
    first = citations[0]
    text = "\n".join(dict.fromkeys(citation.quote for citation in citations))
    return Passage(
        chunk_id=ChunkId(first.chunk_id),
        document_id=DocumentId(first.document_id),
        document_kind="pdf",
        title=first.title,
        arxiv_id=first.arxiv_id,
        page_number=first.page_number,
        page_label=first.page_label,
        section=first.section,
        kind="text",
        start=0,
        end=len(text),
        text=text,
        position=0,
        similarity=0.0,
        keyword_score=0.0,
        score=0.0,
    )


def _missing_numbers(numbers: Sequence[int], said: str, answer: Answer, pages: Callable[[str, int], str]) -> int:
    places = {(item.document_id, item.page_number) for item in answer.citations if item.number in numbers}
    return missing(said, "\n".join(pages(*place) for place in sorted(places))).numbers
