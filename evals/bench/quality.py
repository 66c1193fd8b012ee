"""How often the right page or text is found: ours, each of its two rankings alone, and the tutorial pipeline."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.bench.bench import Bench, open_library, papers_library
from evals.bench.report import markdown_table
from evals.bootstrap import CONFIDENCE, RESAMPLES, SEED
from evals.cases import Case
from evals.questions import PageReference
from evals.retrieval import each_once, ndcg_at, recall_at, reciprocal_rank, with_stand_ins

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder
    from vectorstore.library import Library

HELP = "nDCG@10, recall, hit@1, hit@5 and MRR@10 on the golden questions (dev), SciFact and QASPER evidence"
DEPTH = 10
PASSAGES = 30
"""Passages taken for a question; several may stand on one page."""
PUBLIC_SETS = {"SciFact": "scifact", "QASPER evidence": "qasper_dev_evidence"}
METRICS = ("ndcg_10", "recall_5", "recall_10", "hit_1", "hit_5", "mrr_10")
LABELS = {
    "ndcg_10": "nDCG@10",
    "recall_5": "recall@5",
    "recall_10": "recall@10",
    "hit_1": "hit@1",
    "hit_5": "hit@5",
    "mrr_10": "MRR@10",
}
COMPARED = ("ndcg_10", "hit_1", "mrr_10")
Find = Callable[[str], list[tuple[Any, int]]]
"""From a question to documents and pages, best first, repeats allowed."""


def golden_cases(paths: Sequence[Path]) -> list[Case]:
    """The answerable golden questions of the dev split whose papers are all there."""
    from evals.cases import cases_of, without_files
    from evals.golden_reading import load_golden

    cases = [case for case in cases_of(load_golden().of_split("dev")) if case.answerable]
    return without_files(cases, [path.stem for path in paths])[0]


def measure(bench: Bench) -> dict[str, Any]:
    """Scores of every question, by set and system."""
    from vectorstore.embedder import load_embedder

    embedder = load_embedder("packaged", ollama_url="")
    sets, skipped = {}, []
    if golden_cases(bench.pdfs):
        sets["golden questions, pages"] = _golden(bench, embedder)
    else:
        skipped.append(f"The golden questions are not measured: none of their papers is in {bench.papers.name}.")
    for name, folder in PUBLIC_SETS.items():
        if (bench.evaldata / folder / "corpus.jsonl").is_file():
            sets[name] = _public(bench, folder, embedder)
        else:
            skipped.append(f"{name} is not measured: {folder} is not in the folder of the evaluation data.")
    return {"sets": sets, "skipped": skipped}


def as_text(values: dict[str, Any]) -> str:
    """One table over all sets, then the ratios."""
    rows, ratios = [], []
    for name, systems in values["sets"].items():
        for system, scores in systems.items():
            means = {metric: float(np.mean(scores[metric])) for metric in METRICS}
            count = str(len(scores["hit_1"]))
            rows.append([name, count, system, *(f"{means[metric]:.3f}" for metric in METRICS)])
        ratios += _ratio_rows(name, systems)
    table = markdown_table(["set", "questions", "system", *(LABELS[metric] for metric in METRICS)], rows)
    ratio = markdown_table(["set", "ours beside", *(LABELS[metric] for metric in COMPARED)], ratios)
    notes = [
        "Ratios are means over means, with the 95 per cent interval over 2,000 paired resamples of the questions.",
        "On SciFact and QASPER a text is one chunk for the tutorial pipeline, whose search is then dense alone.",
        *values["skipped"],
    ]
    return "\n\n".join([table, ratio, " ".join(notes)])


def scores_of(found: Sequence[Hashable], right: Sequence[Hashable]) -> dict[str, float]:
    """All metrics of one question."""
    ranked = each_once(found)[:DEPTH]
    wanted = set(right)
    return {
        "ndcg_10": ndcg_at(ranked, right, 10),
        "recall_5": recall_at(ranked, right, 5),
        "recall_10": recall_at(ranked, right, 10),
        "hit_1": float(bool(wanted & set(ranked[:1]))),
        "hit_5": float(bool(wanted & set(ranked[:5]))),
        "mrr_10": reciprocal_rank(ranked, right),
    }


def ratio_interval(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float] | None:
    """The ratio of the means, and its interval over paired resamples; None when theirs found nothing."""
    mine, other = np.asarray(ours), np.asarray(theirs)
    drawn = np.random.default_rng(SEED).integers(0, len(mine), size=(RESAMPLES, len(mine)))
    below = other[drawn].mean(axis=1)
    if other.mean() == 0:
        return None
    ratios = mine[drawn].mean(axis=1)[below > 0] / below[below > 0]
    rest = (1 - CONFIDENCE) / 2
    low, high = np.quantile(ratios, [rest, 1 - rest])
    return float(mine.mean() / other.mean()), float(low), float(high)


def _ratio_rows(name: str, systems: Mapping[str, Mapping[str, Sequence[float]]]) -> list[list[str]]:
    rows = []
    for system, scores in systems.items():
        if system == "ours":
            continue
        cells = []
        for metric in COMPARED:
            found = ratio_interval(systems["ours"][metric], scores[metric])
            cells.append(f"{found[0]:.2f} ({found[1]:.2f} to {found[2]:.2f})" if found else "")
        rows.append([name, system, *cells])
    return rows


def _golden(bench: Bench, embedder: Embedder) -> dict[str, dict[str, list[float]]]:
    cases = golden_cases(bench.pdfs)
    with papers_library(bench, embedder) as library, _systems(library, embedder) as systems:
        names = {document.id: Path(document.source_name).stem for document in library.documents()}
        found = {
            system: {
                case.id: [PageReference(names[document], page) for document, page in find(case.question)]
                for case in cases
            }
            for system, find in systems.items()
        }
    tutorial = _found_by_the_tutorial(bench)
    found["tutorial"] = {key: [PageReference(document, page) for document, page in of] for key, of in tutorial.items()}
    return {
        system: _columns(
            [
                scores_of(with_stand_ins(of[case.id], case.pages, {item.page for item in case.also}), case.pages)
                for case in cases
            ]
        )
        for system, of in found.items()
    }


def _found_by_the_tutorial(bench: Bench) -> dict[str, list[tuple[str, int]]]:
    """What the tutorial pipeline found, from the part `ingest` where that ran."""
    from evals.bench.compare import run_in_process

    if bench.result("ingest").is_file():
        found = json.loads(bench.result("ingest").read_text(encoding="utf-8")).get("found", {})
        if found and {case.id for case in golden_cases(bench.pdfs)} <= found["tutorial"].keys():
            return dict(found["tutorial"])
    return dict(run_in_process("run", "tutorial", bench.papers)["found"])


def _public(bench: Bench, folder: str, embedder: Embedder) -> dict[str, dict[str, list[float]]]:
    from evals.bench.public_sets import read_set, write_set

    texts = read_set(bench.evaldata / folder)
    home = bench.work / f"{folder}-library"
    ids = write_set(home, texts, embedder)
    with open_library(home, embedder) as library, _systems(library, embedder) as systems:
        return {
            system: _columns(
                [
                    scores_of([ids[place] for place in find(question)], texts.right[key])
                    for key, question in texts.questions.items()
                ]
            )
            for system, find in systems.items()
        }


@contextmanager
def _systems(library: Library, embedder: Embedder) -> Iterator[dict[str, Find]]:
    """Ours, and its two rankings alone, each from a question to documents and pages."""
    from vectorstore.catalogue import Catalogue
    from vectorstore.exact_index import ExactIndex
    from vectorstore.keyword_index import KeywordIndex
    from vectorstore.library import CATALOGUE_NAME

    catalogue = Catalogue(library.folder / CATALOGUE_NAME, read_only=True)
    exact, keyword = ExactIndex(catalogue), KeywordIndex(catalogue, library.folder / "keywords", writable=False)

    def places(chunk_ids: Sequence[Any]) -> list[tuple[Any, int]]:
        chunks = catalogue.chunks_by_id(chunk_ids)
        return [(chunks[key].document_id, chunks[key].page_number) for key in chunk_ids]

    def ours(question: str) -> list[tuple[Any, int]]:
        return [(item.document_id, item.page_number) for item in library.search(question, limit=PASSAGES)]

    def dense(question: str) -> list[tuple[Any, int]]:
        return places([key for key, _ in exact.search(embedder.embed([question])[0], PASSAGES)])

    def words(question: str) -> list[tuple[Any, int]]:
        scores = keyword.scores(question)
        return places(sorted(scores.best(PASSAGES), key=lambda key: -scores.of(key)))

    try:
        yield {"ours": ours, "BM25 alone": words, "dense alone": dense}
    finally:
        catalogue.close()


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    return {metric: [row[metric] for row in rows] for metric in METRICS}
