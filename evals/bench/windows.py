"""Real passages in any number: windows of words out of papers, abstracts and notes, and their vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evals.bench.bench import Bench
from ingestion.limits import ReadLimits
from vectorstore.embedder import FloatMatrix, unit_rows

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder

ROOT = Path(__file__).parents[2]
FEWEST_WORDS, MOST_WORDS = 10, 22
EMBEDDED = 12_000
"""Windows that are embedded at most; it takes about half a minute."""
FARTHEST_WINDOW = 3
"""Windows away from another that it may be mixed with."""
SEED = 20_261_126


def real_texts(bench: Bench) -> list[str]:
    """Pages of the papers, abstracts and paragraphs of the evaluation data, notes of the project; what is there."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("curriculum/**/*.md"))]
    for path in sorted(bench.evaldata.glob("*/corpus.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            values = json.loads(line)
            texts.append(f"{values.get('title', '')} {values['text']}")
    texts.extend(_pages(bench.papers))
    return [text for text in texts if len(text.split()) >= FEWEST_WORDS]


def windows(texts: Sequence[str], count: int) -> list[str]:
    """`count` windows of 10 to 22 words, each text in proportion to its length; those of one text follow each other."""
    words = [text.split() for text in texts]
    lengths = np.array([len(row) for row in words], dtype=np.float64)
    random = np.random.default_rng(SEED)
    found = []
    for owner in np.sort(random.choice(len(words), size=count, p=lengths / lengths.sum())).tolist():
        row = words[owner]
        size = int(random.integers(FEWEST_WORDS, MOST_WORDS + 1))
        start = int(random.integers(0, max(1, len(row) - size + 1)))
        found.append(" ".join(row[start : start + size]))
    return found


def real_vectors(bench: Bench, embedder: Embedder, count: int) -> FloatMatrix:
    """At least `count` vectors, shape (count, dimension), shuffled: of real windows, and above `EMBEDDED` mixed ones.

    A mixed one is a real window's vector drawn by a random part towards that of another window of the same text, or of
    the text beside it. The embedded ones are kept in the folder for the next run.
    """
    real = min(count, EMBEDDED)
    keep = bench.work / f"windows-{real}.npy"
    if keep.is_file():
        vectors: FloatMatrix = np.load(keep)
    else:
        vectors = embedder.embed(windows(real_texts(bench), real))
        keep.parent.mkdir(parents=True, exist_ok=True)
        np.save(keep, vectors)
    random = np.random.default_rng(SEED)
    mixed = _mixed(vectors, count - real, random) if count > real else vectors[:0]
    return np.concatenate([vectors, mixed])[random.permutation(count)]


def _mixed(vectors: FloatMatrix, count: int, random: np.random.Generator) -> FloatMatrix:
    first = random.integers(0, len(vectors), size=count)
    second = (first + random.integers(1, FARTHEST_WINDOW + 1, size=count)) % len(vectors)
    share = random.uniform(0.1, 0.5, size=(count, 1)).astype(np.float32)
    return unit_rows((1 - share) * vectors[first] + share * vectors[second])


def random_vectors(count: int, dimension: int) -> FloatMatrix:
    """Directions without any structure, the hard case for an index, shape (count, dimension)."""
    return unit_rows(np.random.default_rng(SEED).standard_normal((count, dimension), dtype=np.float32))


def _pages(papers: Path) -> list[str]:
    from ingestion.load import load_document
    from ingestion.pdf_process import PdfProcess

    paths = sorted(papers.glob("*.pdf"))
    if not paths:
        return []
    with PdfProcess(ReadLimits()) as reader:
        return [page.text for path in paths for page in load_document(path, reader=reader).pages]
