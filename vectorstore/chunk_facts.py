"""Section and kind of every chunk in memory, so that a filter on them costs no look at the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.document import ChunkKind, DocumentId
from vectorstore.catalogue import Catalogue
from vectorstore.filters import CHUNK_KINDS
from vectorstore.keywords import keywords
from vectorstore.scope import Mask


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one document's chunks, in reading order."""

    stamp: str
    """When the document was added; the facts never change while it stays."""
    kinds: NDArray[np.int8]
    """Places in `CHUNK_KINDS`."""
    sections: NDArray[np.int32]
    """Places in `ChunkFacts.paths`."""


class ChunkFacts:
    """Facts of all chunks, read from the catalogue on first use and after a change. Safe to use from several threads.

    100,000 chunks take about half a megabyte, and their sections once as long as they are different.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._documents: dict[DocumentId, Facts] = {}
        self._generation = -1
        self._numbers: dict[str, int] = {}
        self._words: list[frozenset[str]] = []
        """Stems of each section path, by its number."""

    def masks(
        self, document_ids: Collection[DocumentId], *, section: str = "", kinds: Collection[ChunkKind] = ()
    ) -> dict[DocumentId, Mask]:
        """Of these documents those that have such chunks, and which chunks."""
        with self._lock:
            documents = self._current()
            in_section = self._in_section(section)
        of_kind = np.array([kind in kinds for kind in CHUNK_KINDS]) if kinds else None
        found: dict[DocumentId, Mask] = {}
        for document_id in document_ids:
            facts = documents.get(document_id)
            if facts is None:
                continue
            mask = np.ones(len(facts.kinds), dtype=np.bool_)
            if in_section is not None:
                mask &= in_section[facts.sections]
            if of_kind is not None:
                mask &= of_kind[facts.kinds]
            if mask.any():
                found[document_id] = mask
        return found

    def _in_section(self, section: str) -> Mask | None:
        """Which section paths have all words of `section`; None when any will do. Words match by their stems."""
        if not section:
            return None
        wanted = frozenset(keywords(section))
        return np.array([bool(wanted) and wanted <= words for words in self._words], dtype=np.bool_)

    def _current(self) -> Mapping[DocumentId, Facts]:
        generation = self._catalogue.generation()
        if generation != self._generation:
            fresh: dict[DocumentId, Facts] = {}
            for summary in self._catalogue.documents():
                known, stamp = self._documents.get(summary.id), summary.added_at.isoformat()
                fresh[summary.id] = known if known and known.stamp == stamp else self._read(summary.id, stamp)
            self._documents, self._generation = fresh, generation
        return self._documents

    def _read(self, document_id: DocumentId, stamp: str) -> Facts:
        rows = self._catalogue.chunk_facts(document_id)
        kinds = np.array([CHUNK_KINDS.index(kind) for kind, _ in rows], dtype=np.int8)
        sections = np.array([self._number(section) for _, section in rows], dtype=np.int32)
        return Facts(stamp, kinds, sections)

    def _number(self, section: str) -> int:
        number = self._numbers.setdefault(section, len(self._words))
        if number == len(self._words):
            self._words.append(frozenset(keywords(section)))
        return number
