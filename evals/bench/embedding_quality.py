"""What the vectors of each backend find by themselves: golden pages, SciFact and QASPER evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from evals.bench.bench import Bench
from evals.questions import PageReference
from evals.retrieval import each_once, hit_share, ndcg_at, reciprocal_rank, with_stand_ins

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder, FloatMatrix

SCORES = ("golden hit@1", "hit@5", "MRR", "SciFact nDCG@10", "QASPER nDCG@10")
PUBLIC_SETS = {"SciFact nDCG@10": "scifact", "QASPER nDCG@10": "qasper_dev_evidence"}
DEPTH = 10
CANDIDATES = 60
"""Best passages of a question; several may stand on one page."""
STEP = 512
"""Texts whose vectors are kept at once: an interrupted measurement goes on there."""


def scores_by_backend(bench: Bench, embedders: Mapping[str, Embedder]) -> dict[str, dict[str, float]]:
    """The scores of each backend by their label; sets that are not there are left out."""
    return {
        name: _golden(bench, embedder, name) | _public(bench, embedder, name) for name, embedder in embedders.items()
    }


def _golden(bench: Bench, embedder: Embedder, backend: str) -> dict[str, float]:
    """Ranks of the right pages of the dev questions among the pages of all papers."""
    from evals.bench.quality import golden_cases
    from ingestion.chunking import chunk_document, embedding_text
    from ingestion.limits import ReadLimits
    from ingestion.load import load_document
    from ingestion.pdf_process import PdfProcess

    texts, places = [], []
    with PdfProcess(ReadLimits()) as reader:
        for path in bench.pdfs:
            document = load_document(path, reader=reader)
            for chunk in chunk_document(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens):
                texts.append(embedding_text(document.title, chunk))
                places.append(PageReference(path.stem, chunk.page_number))
    cases = golden_cases(bench.pdfs)
    found = _found(bench, embedder, backend, texts, [case.question for case in cases])
    reciprocals = []
    for case, rows in zip(cases, found, strict=True):
        pages = [places[row] for row in rows]
        ranked = each_once(with_stand_ins(pages, case.pages, {item.page for item in case.also}))[:DEPTH]
        reciprocals.append(reciprocal_rank(ranked, case.pages))
    ranks = [round(1 / each) if each else None for each in reciprocals]
    return dict(zip(SCORES, (hit_share(ranks, 1), hit_share(ranks, 5), float(np.mean(reciprocals))), strict=False))


def _public(bench: Bench, embedder: Embedder, backend: str) -> dict[str, float]:
    from evals.bench.public_sets import read_set

    scores = {}
    for label, folder in PUBLIC_SETS.items():
        if not (bench.evaldata / folder / "corpus.jsonl").is_file():
            continue
        known = read_set(bench.evaldata / folder)
        names = list(known.texts)
        texts = [f"{title} {text}".strip() for title, text in known.texts.values()]
        found = _found(bench, embedder, backend, texts, list(known.questions.values()))
        gains = [
            ndcg_at([names[row] for row in rows], known.right[key], DEPTH)
            for key, rows in zip(known.questions, found, strict=True)
        ]
        scores[label] = float(np.mean(gains))
    return scores


def _found(
    bench: Bench, embedder: Embedder, backend: str, texts: Sequence[str], questions: Sequence[str]
) -> list[list[int]]:
    """Rows of the nearest texts of each question, nearest first; questions go through the model one by one."""
    rows = _kept(bench, embedder, backend, texts)
    asked = np.concatenate([embedder.embed([question]) for question in questions])
    similarities = asked @ rows.T  # (questions, texts)
    order: list[list[int]] = np.argsort(-similarities, axis=1, kind="stable")[:, :CANDIDATES].tolist()
    return order


def _kept(bench: Bench, embedder: Embedder, backend: str, texts: Sequence[str]) -> FloatMatrix:
    """The texts' vectors, those of an earlier run taken from the work folder; shape (texts, dimension)."""
    folder = bench.work / "embedding" / backend.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(0, len(texts), STEP):
        part = list(texts[start : start + STEP])
        path = folder / f"{sha256(chr(0).join(part).encode('utf-8', 'surrogatepass')).hexdigest()[:20]}.npy"
        if not path.is_file():
            np.save(path, embedder.embed(part))
        parts.append(np.load(path))
    return np.concatenate(parts)
