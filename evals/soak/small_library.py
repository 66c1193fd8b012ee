"""Libraries that cost little: an embedder that hashes words, small files of our own, and what a search finds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vectorstore.embedder import FloatMatrix
    from vectorstore.library import Library

SMALL_PDFS = Path(__file__).parents[1] / "data" / "small"
WORDS = 2_000
QUERIES = 12
FOUND = 10

Ranking = list[tuple[float, str]]
"""Score and chunk id, best first; those of one score by id."""


class WordEmbedder:
    """Vectors whose entries count the words of a text, each at the place that its hash gives, scaled to length 1."""

    name = "words@1"
    dimension = 96
    max_tokens = 64

    def count_tokens(self, text: str) -> int:
        """Words between white space."""
        return len(text.split())

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> FloatMatrix:
        """Shape (texts, dimension), rows of length 1; an empty text gives zeros."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                digest = blake2b(word.strip(".,:;#").encode(), digest_size=4).digest()
                row[int.from_bytes(digest) % self.dimension] += 1
        if progress is not None:
            progress(len(texts))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        rows /= lengths
        return rows

    def warm_up(self) -> None:
        """Nothing is loaded."""


def write_files(folder: Path, chance: Random, notes: int) -> list[Path]:
    """So many notes of random words, and the three small PDFs of the gate; every file has words of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(notes):
        sections = []
        for part in range(chance.randint(1, 6)):
            text = " ".join(f"word{chance.randrange(WORDS)}" for _ in range(chance.randint(20, 90)))
            sections.append(f"## Part {part} of {number}\n\n{text.capitalize()}.")
        paths.append(folder / f"note{number:03}.md")
        paths[-1].write_text(f"# Note {number}\n\n" + "\n\n".join(sections) + "\n", encoding="utf-8")
    for pdf in sorted(SMALL_PDFS.glob("*.pdf")):
        paths.append(folder / pdf.name)
        paths[-1].write_bytes(pdf.read_bytes())
    return paths


def queries(chance: Random) -> list[str]:
    """Questions of three random words each."""
    return [" ".join(f"word{chance.randrange(WORDS)}" for _ in range(3)) for _ in range(QUERIES)]


def rankings(library: Library, asked: Iterable[str]) -> list[Ranking]:
    """What each question finds; passages as good as the last one are left out: which of them is kept is chance."""
    found = []
    for query in asked:
        scored = sorted((-round(p.score, 4), str(p.chunk_id)) for p in library.search(query, limit=FOUND))
        last = scored[-1][0] if len(scored) == FOUND else 0.0
        found.append([(-score, chunk_id) for score, chunk_id in scored if score < last or len(scored) < FOUND])
    return found


@contextmanager
def heard(room: str = "vectorstore") -> Iterator[list[str]]:
    """What a room logs from level INFO on."""
    lines: list[str] = []
    logger = logging.getLogger(room)
    handler, level = logging.Handler(), logger.level
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
