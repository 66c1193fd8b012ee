"""Filters become the chunks that a search may find; where nothing is left, one sentence says by which filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingestion.document import DocumentId
from vectorstore.catalogue import Catalogue
from vectorstore.chunk_facts import ChunkFacts
from vectorstore.filters import SearchFilters, Subject, SubjectKind, find_subject, type_of
from vectorstore.reports import DocumentSummary
from vectorstore.scope import Scope
from vectorstore.titles import find

Fits = Callable[[DocumentSummary], bool]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What filters leave of a library."""

    scope: Scope
    emptied_by: str = ""
    """Which filter left nothing, in one sentence; empty while something is left."""


class Narrowing:
    """Turns filters into scopes, for one library."""

    def __init__(self, catalogue: Catalogue, *, subjects: Sequence[Subject], aliases: Mapping[str, str]) -> None:
        self._catalogue = catalogue
        self._subjects = subjects
        self._aliases = aliases
        self._facts = ChunkFacts(catalogue)

    def narrow(self, filters: SearchFilters, document_ids: Sequence[DocumentId] | None = None) -> Narrowed:
        """What the filters leave, of these documents where given.

        Raises:
            DocumentNotFoundError: a paper of the filters is not in the library.
            FilterError: the roadmap has no such part or topic.
        """
        documents = self._catalogue.documents()
        if document_ids is not None:
            chosen = set(document_ids)
            documents = [document for document in documents if document.id in chosen]
        asked: list[str] = []
        for what, fits in self._of_documents(filters):
            left = [document for document in documents if fits(document)]
            if documents and not left:
                alone = not any(fits(document) for document in self._catalogue.documents())
                return Narrowed(Scope({}), _sentence(what, [] if alone else asked))
            documents = left
            asked.append(what)
        return self._of_chunks(filters, documents, asked)

    def _of_documents(self, filters: SearchFilters) -> Iterator[tuple[str, Fits]]:
        """Each filter on documents in words, and what it lets through."""
        if filters.papers:
            documents = self._catalogue.documents()
            chosen = [find(reference, documents, self._aliases) for reference in filters.papers]
            ids = {document.id for document in chosen}
            yield _listed("in", [f'"{document.title}"' for document in chosen]), lambda document: document.id in ids
        if filters.parts:
            yield self._of_subjects("part", filters.parts)
        if filters.topics:
            yield self._of_subjects("topic", filters.topics)
        if filters.years:
            yield f"from {filters.years}", lambda document: _is_of_years(document, filters)
        if filters.types:
            yield _listed("of the type", filters.types), lambda document: type_of(document) in filters.types

    def _of_subjects(self, kind: SubjectKind, references: Sequence[str]) -> tuple[str, Fits]:
        subjects = [find_subject(reference, kind, self._subjects) for reference in references]
        names = frozenset().union(*(subject.documents for subject in subjects))

        def fits(document: DocumentSummary) -> bool:
            known_by = {document.title.casefold(), document.source_name.casefold(), document.arxiv_id}
            return not names.isdisjoint(known_by)

        return _listed(f"of the {kind}", [f'"{subject.title}"' for subject in subjects]), fits

    def _of_chunks(self, filters: SearchFilters, documents: Sequence[DocumentSummary], asked: list[str]) -> Narrowed:
        ids = [document.id for document in documents]
        if not ids or not (filters.section or filters.kinds):
            return Narrowed(Scope.of(ids))
        masks = self._facts.masks(ids, section=filters.section, kinds=filters.kinds)
        if masks:
            return Narrowed(Scope(masks))
        in_section, of_kind = f'in a section "{filters.section}"', _listed("of the kind", filters.kinds)
        if not filters.kinds or (filters.section and not self._facts.masks(ids, section=filters.section)):
            return Narrowed(Scope({}), _sentence(in_section, asked))
        return Narrowed(Scope({}), _sentence(of_kind, [*asked, in_section] if filters.section else asked))


def _is_of_years(document: DocumentSummary, filters: SearchFilters) -> bool:
    if document.year is None:
        return False
    return (filters.first_year or document.year) <= document.year <= (filters.last_year or document.year)


def _sentence(what: str, besides: Sequence[str]) -> str:
    """That nothing is `what`, among what the other filters leave."""
    if not besides:
        return f"The library has nothing {what}."
    return f"Nothing {' and '.join(besides)} is {what}."


def _listed(word: str, names: Sequence[str]) -> str:
    return f"{word} {' or '.join(names)}"
