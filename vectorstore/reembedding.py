"""New vectors for chunks that are already in the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from vectorstore.catalogue import Catalogue
from vectorstore.embedder import Embedder

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
    """Texts by the key of their chunks, some hundred at once, across documents.

    The stored keys: what is embedded of a chunk may be another text than when it was added.
    """
    from ingestion.chunking import embedding_text, is_embedded

    window: dict[bytes, str] = {}
    for summary in catalogue.documents():
        hashes = catalogue.text_hashes(summary.id)
        for key, chunk in zip(hashes, catalogue.chunks(summary.id), strict=True):
            if not is_embedded(chunk):
                continue
            window[key] = embedding_text(summary.title, chunk)
            if len(window) >= WINDOW_CHUNKS:
                yield window
                window = {}
    if window:
        yield window
