"""Which chunk stands at which place of an index: documents one after the other, new ones at the end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingestion.document import ChunkId, DocumentId
from vectorstore.scope import Scope

Places = NDArray[np.int64]
"""Shape (chunks,)."""


class Layout:
    """The chunks of an index in their order.

    It only grows, so a reader may go on with the first so many places while documents are added. Documents are
    removed by making another one.
    """

    def __init__(self) -> None:
        self.chunk_ids: list[ChunkId] = []
        self.places: dict[ChunkId, int] = {}
        self.ranges: dict[DocumentId, range] = {}
        self.stamps: dict[DocumentId, str] = {}
        """What a document's content is known by; another stamp means other content."""

    def append(self, document_id: DocumentId, stamp: str, chunk_ids: Sequence[ChunkId]) -> None:
        """Take in a document behind all others."""
        start = len(self.chunk_ids)
        self.chunk_ids.extend(chunk_ids)
        self.places.update(zip(chunk_ids, range(start, start + len(chunk_ids)), strict=True))
        self.ranges[document_id] = range(start, start + len(chunk_ids))
        self.stamps[document_id] = stamp

    def changes(self, stamps: Mapping[DocumentId, str]) -> tuple[set[DocumentId], list[DocumentId]]:
        """Documents that are not in `stamps` as they are here, and those of `stamps` that are not here."""
        gone = {document_id for document_id, stamp in self.stamps.items() if stamps.get(document_id) != stamp}
        return gone, [document_id for document_id in stamps if document_id not in self.stamps or document_id in gone]

    def without(self, document_ids: Collection[DocumentId]) -> tuple[Layout, Places]:
        """A layout without these documents, and the places that stay, in their order."""
        rest = Layout()
        kept = [np.zeros(0, dtype=np.int64)]
        for document_id, places in list(self.ranges.items()):
            if document_id not in document_ids:
                rest.append(document_id, self.stamps[document_id], self.chunk_ids[places.start : places.stop])
                kept.append(np.arange(places.start, places.stop))
        return rest, np.concatenate(kept)

    def within(self, scope: Scope, end: int) -> Places:
        """Places before `end` of the chunks that the scope allows."""
        found = [np.zeros(0, dtype=np.int64)]
        for document_id in scope.masks:
            places = self.ranges.get(document_id)
            if places is not None and places.stop <= end:
                found.append(places.start + scope.places(document_id, len(places)))
        return np.concatenate(found)
