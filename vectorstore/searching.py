"""Hybrid search: dense and keyword candidates, fused, with the documents the question names in front."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ingestion.document import Chunk, ChunkId, DocumentId
from vectorstore.asking import asked_for
from vectorstore.catalogue import Catalogue
from vectorstore.closeness import Wanted, closeness
from vectorstore.dense_index import DenseIndex
from vectorstore.embedder import Embedder, FloatMatrix
from vectorstore.expansion import expand, names, without_titles
from vectorstore.fusion import Candidate, fuse, without_duplicates
from vectorstore.keyword_index import KeywordIndex
from vectorstore.keywords import keywords
from vectorstore.passage import Passage
from vectorstore.reports import DocumentSummary
from vectorstore.scope import Scope
from vectorstore.titles import mentioned_documents, of_the_kind_asked, without_names

CANDIDATES = 50
"""Chunks taken from each ranking before they are fused."""
MENTIONED_CANDIDATES = 20
"""Chunks taken besides from the documents the question names."""
COMMON_CHUNKS = 10
"""An acronym that so many chunks have is not spelled out: its meaning would only drown the rest of the question."""
FEWEST_WORDS = 2
"""A question with fewer words beside the names of documents is searched for with the names."""
QUERY_CHARACTERS = 4_000
"""More of a question is not searched for; no model reads so much."""


class Searcher:
    """Search over one library's catalogue and indexes."""

    def __init__(
        self,
        catalogue: Catalogue,
        dense: DenseIndex,
        keyword: KeywordIndex,
        *,
        expansions: Mapping[str, str],
        aliases: Mapping[str, str],
    ) -> None:
        self._catalogue = catalogue
        self._dense = dense
        self._keyword = keyword
        self._expansions = expansions
        self._aliases = aliases

    def search(self, query: str, embedder: Embedder | None, *, limit: int, scope: Scope | None = None) -> list[Passage]:
        """The best passages, best first; without an embedder by keywords alone."""
        text = query[:QUERY_CHARACTERS].strip()
        if not text or limit < 1 or (scope is not None and not scope):
            return []
        documents = {summary.id: summary for summary in self._catalogue.documents()}
        if not documents:
            return []
        mentioned = mentioned_documents(text, list(documents.values()), self._aliases)
        mentioned = of_the_kind_asked(text, documents.values(), mentioned)
        if scope is not None:
            mentioned = {document_id: weight for document_id, weight in mentioned.items() if document_id in scope}
        named = [documents[document_id].title for document_id in mentioned if document_id in documents]
        expanded = self._expanded(without_titles(text, named))
        vector = None if embedder is None else embedder.embed([expanded])[0]
        beside = self._beside_names(expanded, [documents[key] for key in mentioned])
        candidates = self._candidates(
            expanded, vector, scope, sorted(mentioned), beside, wanted=max(CANDIDATES, 2 * limit)
        )
        bonus = self._bonus(text, expanded, beside)
        ranked = fuse(candidates, boosts=mentioned, dense=vector is not None, bonus=bonus)
        return self._passages(without_duplicates(ranked, limit), documents)

    def _expanded(self, text: str) -> str:
        """The text with what its rare acronyms mean; a common one finds its passages by itself."""
        used = {acronym: meaning for acronym, meaning in self._expansions.items() if names(text, acronym, meaning)}
        counts = self._keyword.chunk_counts(list(used))
        return expand(text, {acronym: used[acronym] for acronym, count in counts.items() if count < COMMON_CHUNKS})

    def _beside_names(self, text: str, named: Sequence[DocumentSummary]) -> dict[DocumentId, str]:
        """For documents that are named, the question without their names.

        Inside the LoRA paper the word LoRA tells nothing: it stands everywhere, and oftenest where it says least.
        Without the names a right page is on top in 3.4 points more of the golden set's dev questions.
        """
        rests = {document.id: without_names(text, document, self._aliases) for document in named}
        return {key: rest for key, rest in rests.items() if rest != text and len(keywords(rest)) >= FEWEST_WORDS}

    def _bonus(self, question: str, text: str, beside: Mapping[DocumentId, str]) -> Callable[[Chunk], float]:
        """What a chunk earns by more than its words: they stand together, or it is what is asked for."""
        asked = asked_for(question)
        wanted = {rest: Wanted.of(rest, self._keyword.rarity) for rest in {text, *beside.values()}}
        return lambda chunk: asked.bonus(chunk) + closeness(chunk.text, wanted[beside.get(chunk.document_id, text)])

    def _candidates(
        self,
        text: str,
        vector: FloatMatrix | None,
        scope: Scope | None,
        mentioned: Sequence[DocumentId],
        beside: Mapping[DocumentId, str],
        *,
        wanted: int,
    ) -> list[Candidate]:
        keyword_scores = self._keyword.scores(text)
        similarities: dict[ChunkId, float] = {}
        by_keyword: list[ChunkId] = []
        scopes: list[tuple[Scope | None, int]] = [(scope, wanted)]
        if mentioned:
            inside = Scope.of(mentioned) if scope is None else scope.only(mentioned)
            scopes.append((inside, MENTIONED_CANDIDATES))
        for part, count in scopes:
            by_keyword.extend(keyword_scores.best(count, part))
            if vector is not None:
                similarities.update(self._dense.search(vector, count, part))
        if vector is not None:
            similarities.update(self._missing(vector, [c for c in by_keyword if c not in similarities]))
        chunks = self._catalogue.chunks_by_id(list({**similarities, **dict.fromkeys(by_keyword)}))
        found = [
            Candidate(chunk, similarities.get(chunk_id), keyword_scores.of(chunk_id))
            for chunk_id, chunk in chunks.items()
        ]
        return self._rescored(found, beside)

    def _rescored(self, found: Sequence[Candidate], beside: Mapping[DocumentId, str]) -> list[Candidate]:
        """The candidates; those of named documents ranked by the words beside the names, the best as high as before."""
        scores = {rest: self._keyword.scores(rest) for rest in set(beside.values())}
        fresh = {
            candidate.chunk.id: scores[beside[candidate.chunk.document_id]].of(candidate.chunk.id)
            for candidate in found
            if candidate.chunk.document_id in beside
        }
        highest: dict[DocumentId, tuple[float, float]] = {}
        for candidate in found:
            before, after = highest.get(candidate.chunk.document_id, (0.0, 0.0))
            now = fresh.get(candidate.chunk.id, 0.0)
            highest[candidate.chunk.document_id] = (max(before, candidate.keyword_score), max(after, now))

        def rescored(candidate: Candidate) -> Candidate:
            if candidate.chunk.id not in fresh:
                return candidate
            before, after = highest[candidate.chunk.document_id]
            return replace(candidate, asked_score=fresh[candidate.chunk.id] / (after or 1.0) * before)

        return [rescored(candidate) for candidate in found]

    def _missing(self, vector: FloatMatrix, chunk_ids: list[ChunkId]) -> dict[ChunkId, float]:
        """Similarity of chunks that only the keyword ranking found."""
        stored = self._catalogue.chunk_vectors(chunk_ids, self._catalogue.embedder_name() or "")
        return {chunk_id: float(row @ vector) for chunk_id, row in stored.items() if len(row) == len(vector)}

    def _passages(
        self, ranked: Sequence[tuple[Candidate, float]], documents: Mapping[DocumentId, DocumentSummary]
    ) -> list[Passage]:
        chunks = [candidate.chunk for candidate, _ in ranked if candidate.chunk.document_id in documents]
        labels = self._catalogue.page_labels([(chunk.document_id, chunk.page_number) for chunk in chunks])
        return [
            _passage(candidate, score, documents[candidate.chunk.document_id], labels)
            for candidate, score in ranked
            if candidate.chunk.document_id in documents
        ]


def _passage(
    candidate: Candidate,
    score: float,
    document: DocumentSummary,
    labels: Mapping[tuple[DocumentId, int], str],
) -> Passage:
    return Passage.of(
        candidate.chunk,
        document,
        labels[(document.id, candidate.chunk.page_number)],
        similarity=candidate.similarity or 0.0,
        keyword_score=candidate.keyword_score,
        score=score,
    )
