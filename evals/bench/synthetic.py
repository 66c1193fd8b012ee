"""Libraries of any size for measuring: real sentences' vectors, texts with the word frequencies of real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingestion.document import Chunk, ChunkId, ChunkKind, Document, DocumentId, Heading, Page
from vectorstore.catalogue import Catalogue, DocumentRecord
from vectorstore.library import CATALOGUE_NAME
from vectorstore.packing import hash_text

if TYPE_CHECKING:
    from vectorstore.embedder import FloatMatrix

ROOT = Path(__file__).parents[2]
CHUNKS_PER_DOCUMENT = 100
CHUNKS_PER_PAGE = 4
WORDS_PER_CHUNK = 110
VOCABULARY = 80_000
"""Different words of a library of 100,000 chunks; that of the 16 papers has 22,000 in 2,600 chunks."""
SECTIONS = ("Introduction", "Related work", "Method", "Experiments", "Results", "Discussion", "Conclusion")
SEED = 20_261_126


@cache
def real_words() -> tuple[str, ...]:
    """The words of the project's own notes and study sheets, most frequent first."""
    counts: Counter[str] = Counter()
    for path in sorted(ROOT.glob("curriculum/**/*.md")):
        counts.update(word for word in path.read_text(encoding="utf-8").lower().split() if word.isalpha())
    return tuple(word for word, _ in counts.most_common())


@cache
def vocabulary() -> tuple[tuple[str, ...], np.ndarray]:
    """Words and their shares, which follow Zipf's law; where the real words end, pairs of them go on."""
    words = list(real_words())
    random = np.random.default_rng(SEED)
    seen = set(words)
    while len(words) < VOCABULARY:
        first, second = random.integers(0, len(real_words()), size=2)
        word = real_words()[first][:6] + real_words()[second][:6]
        if word not in seen:
            seen.add(word)
            words.append(word)
    shares = 1 / (
        np.arange(len(words)) + 2.7
    )  # Mandelbrot's form of the law, https://en.wikipedia.org/wiki/Zipf%27s_law
    return tuple(words), shares / shares.sum()


def write_library(folder: Path, vectors: FloatMatrix, embedder_name: str) -> None:
    """A library with one chunk for each vector, through the catalogue as every document goes.

    Pages have no word boxes, so sizes on disk are not measured with it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "files").mkdir(exist_ok=True)
    catalogue = Catalogue(folder / CATALOGUE_NAME)
    try:
        catalogue.switch_embedder(embedder_name)
        for document, chunks, rows in _documents(vectors):
            keys = [hash_text(f"{chunk.id}") for chunk in chunks]
            record = DocumentRecord(document, chunks, keys, dict(zip(keys, rows, strict=True)), embedder_name)
            name = f"{document.id}.pdf"
            (folder / "files" / name).write_bytes(b"")
            catalogue.insert(record, name)
    finally:
        catalogue.close()


def _documents(vectors: FloatMatrix) -> Iterator[tuple[Document, list[Chunk], FloatMatrix]]:
    random = np.random.default_rng(SEED)
    for start in range(0, len(vectors), CHUNKS_PER_DOCUMENT):
        rows = vectors[start : start + CHUNKS_PER_DOCUMENT]
        document, chunks = make_document(start // CHUNKS_PER_DOCUMENT, len(rows), random)
        yield document, chunks, rows


def make_document(number: int, count: int, random: np.random.Generator) -> tuple[Document, list[Chunk]]:
    """One document of `count` chunks; `number` makes it different from others."""
    words, shares = vocabulary()
    digest = sha256(f"document {number}".encode()).hexdigest()
    document_id = DocumentId(digest[:16])
    title = " ".join(words[place] for place in random.integers(50, 3000, size=7)).capitalize()
    picks = random.choice(len(words), size=(count, WORDS_PER_CHUNK), p=shares)
    lengths = random.integers(WORDS_PER_CHUNK // 3, WORDS_PER_CHUNK + 1, size=count)
    texts = [" ".join(words[place] for place in row[:length]) + "." for row, length in zip(picks, lengths, strict=True)]
    pages: list[Page] = []
    chunks: list[Chunk] = []
    for first in range(0, count, CHUNKS_PER_PAGE):
        on_page = texts[first : first + CHUNKS_PER_PAGE]
        page_number, start = first // CHUNKS_PER_PAGE + 1, 0
        section = SECTIONS[first * len(SECTIONS) // count]
        for text in on_page:
            chunks.append(_chunk(document_id, page_number, start, text, section, len(chunks)))
            start += len(text) + 1
        headings = (Heading(0, 1, section),)
        pages.append(Page(page_number, str(page_number), "\n".join(on_page), 612.0, 792.0, (), headings))
    year, arxiv_id = 2015 + number % 11, f"{15 + number % 11}{1 + number % 12:02}.{number:05}"
    return Document(document_id, "pdf", title, "", arxiv_id, year, f"{arxiv_id}.pdf", digest, tuple(pages), ()), chunks


def _chunk(document_id: DocumentId, page: int, start: int, text: str, section: str, position: int) -> Chunk:
    kind: ChunkKind = "caption" if position % 20 == 7 else "text"
    chunk_id = ChunkId(sha256(f"{document_id} {page} {start} {text}".encode()).hexdigest()[:24])
    return Chunk(chunk_id, document_id, page, start, start + len(text), text, section, kind, position)
