"""Which chunks a search may find: some documents, and of each all chunks or some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.document import DocumentId

Mask = NDArray[np.bool_]
"""Shape (chunks of the document,), in reading order: True where a chunk may be found."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents that are searched; None in place of a mask lets all chunks of the document be found."""

    masks: Mapping[DocumentId, Mask | None]

    @classmethod
    def of(cls, document_ids: Iterable[DocumentId]) -> Scope:
        """All chunks of these documents."""
        return cls(dict.fromkeys(document_ids))

    def __contains__(self, document_id: object) -> bool:
        return document_id in self.masks

    def __bool__(self) -> bool:
        """False when nothing can be found."""
        return bool(self.masks)

    def only(self, document_ids: Iterable[DocumentId]) -> Scope:
        """What is left of the scope in these documents."""
        return Scope({document_id: self.masks[document_id] for document_id in document_ids if document_id in self})

    def places(self, document_id: DocumentId, chunks: int) -> NDArray[np.int64]:
        """Places, in reading order, of the document's chunks that may be found; none if it has another number of them.

        The number differs only while a document is being replaced; the search after it is right again.
        """
        if document_id not in self.masks:
            return np.zeros(0, dtype=np.int64)
        mask = self.masks[document_id]
        if mask is None:
            return np.arange(chunks)
        return np.flatnonzero(mask) if len(mask) == chunks else np.zeros(0, dtype=np.int64)
