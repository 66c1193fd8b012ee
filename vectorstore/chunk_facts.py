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

KIND_NUMBERS: Mapping[str, int] = {kind: number for number, kind in enumerate(CHUNK_KINDS)}


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one document's chunks, in reading order."""

    stamp: str
    """When the document was added; the facts never change while it stays."""
    kinds: NDArray[np.int8]
    """Places in `CHUNK_KINDS`; behind its end for a kind that another version of the assistant wrote."""
    sections: NDArray[np.int32]
    """Numbers of their section paths."""


@dataclass(frozen=True, slots=True)
class JoinedFacts:
    """Of all chunks, one document behind the other."""

    ranges: Mapping[DocumentId, tuple[int, int]]
    """From where to where a document's chunks stand."""
    kinds: NDArray[np.int8]
    sections: NDArray[np.int32]


class ChunkFacts:
    """Facts of all chunks, read from the catalogue on first use and after a change. Safe to use from several threads.

    100,000 chunks in 2,000 documents are filtered in 3 to 6 ms of processor time; the first time takes 0.8 s when all
    their sections are different.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._documents: dict[DocumentId, Facts] = {}
        self._generation = -1
        self._all = _joined({})
        self._numbers: dict[str, int] = {}
        """Each section path's number."""
        self._with_stem: dict[str, list[int]] = {}
        """Numbers of the section paths that have a stem."""

    def masks(
        self, document_ids: Collection[DocumentId], *, section: str = "", kinds: Collection[ChunkKind] = ()
    ) -> dict[DocumentId, Mask]:
        """Of these documents those that have such chunks, and which chunks."""
        with self._lock:
            facts = self._current()
            in_section = self._in_section(section) if section else None
        mask = np.ones(len(facts.kinds), dtype=np.bool_)
        if in_section is not None:
            mask &= in_section[facts.sections]
        if kinds:
            mask &= np.array([*(kind in kinds for kind in CHUNK_KINDS), False])[facts.kinds]
        counts = np.concatenate([[0], np.cumsum(mask)]).tolist()
        places = ((document_id, facts.ranges.get(document_id, (0, 0))) for document_id in document_ids)
        return {document_id: mask[start:end] for document_id, (start, end) in places if counts[start] < counts[end]}

    def _in_section(self, section: str) -> Mask:
        """Which section paths, by their numbers, have all words of `section`; words match by their stems."""
        counts = np.zeros(len(self._numbers), dtype=np.int32)
        wanted = set(keywords(section))
        for stem in wanted:
            counts[self._with_stem.get(stem, [])] += 1
        return counts == len(wanted) if wanted else counts > 0

    def _current(self) -> JoinedFacts:
        generation = self._catalogue.generation()
        if generation != self._generation:
            fresh: dict[DocumentId, Facts] = {}
            for summary in self._catalogue.documents():
                known, stamp = self._documents.get(summary.id), summary.stamp
                fresh[summary.id] = known if known and known.stamp == stamp else self._read(summary.id, stamp)
            self._documents, self._all, self._generation = fresh, _joined(fresh), generation
        return self._all

    def _read(self, document_id: DocumentId, stamp: str) -> Facts:
        rows = self._catalogue.chunk_facts(document_id)
        kinds = np.array([KIND_NUMBERS.get(kind, len(CHUNK_KINDS)) for kind, _ in rows], dtype=np.int8)
        sections = np.array([self._number(section) for _, section in rows], dtype=np.int32)
        return Facts(stamp, kinds, sections)

    def _number(self, section: str) -> int:
        known = self._numbers.get(section)
        if known is not None:
            return known
        number = self._numbers[section] = len(self._numbers)
        for stem in set(keywords(section)):
            self._with_stem.setdefault(stem, []).append(number)
        return number


def _joined(documents: Mapping[DocumentId, Facts]) -> JoinedFacts:
    ends = np.cumsum([0, *(len(facts.kinds) for facts in documents.values())]).tolist()
    return JoinedFacts(
        {document_id: (start, end) for document_id, start, end in zip(documents, ends[:-1], ends[1:], strict=True)},
        np.concatenate([np.zeros(0, dtype=np.int8), *(facts.kinds for facts in documents.values())]),
        np.concatenate([np.zeros(0, dtype=np.int32), *(facts.sections for facts in documents.values())]),
    )
