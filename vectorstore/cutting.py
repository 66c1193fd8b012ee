"""What of a document is kept as chunks, and what of them goes through the embedding model."""

from __future__ import annotations

from ingestion.document import Chunk, Document
from vectorstore.embedder import Embedder
from vectorstore.packing import hash_text


def chunks_of(document: Document, embedder: Embedder) -> tuple[list[Chunk], dict[bytes, str], list[bytes]]:
    """The document's chunks, what is embedded of them by hash, and each chunk's hash."""
    from ingestion.chunking import chunk_document, embedding_text, is_embedded

    chunks = chunk_document(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)
    whole = [embedding_text(document.title, chunk) for chunk in chunks]
    hashes = [hash_text(text) for text in whole]
    texts = {key: text for key, text, chunk in zip(hashes, whole, chunks, strict=True) if is_embedded(chunk)}
    return chunks, texts, hashes
