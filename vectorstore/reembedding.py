"""New vectors for chunks that are already in the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from vectorstore.catalogue import Catalogue
from vectorstore.embedder import Embedder
from vectorstore.packing import hash_text

WINDOW_CHUNKS = 256
"""Vectors that are written at once, and lost at most by an interruption."""


def reembed_all(catalogue: Catalogue, embedder: Embedder, progress: Callable[[int, int], None] | None = None) -> int:
    """Give every chunk a vector of this embedder; returns the number of texts embedded.

    `progress` hears chunks done and chunks in all.
    """
    total = int(catalogue.database.value("SELECT count(*) FROM chunks WHERE kind <> 'reference'"))
    done, embedded = 0, 0
    for texts in _windows(catalogue):
        known = catalogue.known_vectors(embedder.name, list(texts))
        missing = [key for key in texts if key not in known]
        if missing:
            rows = embedder.embed([texts[key] for key in missing])
            catalogue.store_vectors(embedder.name, dict(zip(missing, rows, strict=True)))
            embedded += len(missing)
        done += len(texts)
        if progress is not None:
            progress(min(done, total), total)
    return embedded


def _windows(catalogue: Catalogue) -> Iterator[Mapping[bytes, str]]:
    """Texts by hash, some hundred at once, across documents."""
    from ingestion.chunking import embedding_text, is_embedded

    window: dict[bytes, str] = {}
    for summary in catalogue.documents():
        for chunk in filter(is_embedded, catalogue.chunks(summary.id)):
            text = embedding_text(summary.title, chunk)
            window[hash_text(text)] = text
            if len(window) >= WINDOW_CHUNKS:
                yield window
                window = {}
    if window:
        yield window
