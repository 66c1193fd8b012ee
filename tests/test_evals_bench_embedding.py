"""The embedding benchmark's own arithmetic: turns, operations, vectors that are kept, and the table."""

from types import SimpleNamespace

import numpy as np
from toy_embedder import ToyEmbedder

from evals.bench import embedding, embedding_quality
from evals.bench.bench import Bench


def test_backends_take_turns_and_another_one_begins_each_round():
    asked = []
    backends = {name: lambda texts, name=name: asked.append(name) for name in "abc"}
    seconds, work, peaks = embedding._alternate(backends, ["text"], 2)
    assert asked == ["a", "b", "c", "b", "c", "a"]
    assert [len(of) for of in (*seconds.values(), *work.values(), peaks)] == [2] * 7
    assert min(peaks) > 0


def test_operations_are_those_of_the_products():
    shape = {"hidden_size": 4, "intermediate_size": 8, "num_hidden_layers": 3}
    model = SimpleNamespace(shape=shape, count_tokens=lambda text: len(text.split()))
    # 5 tokens: 4 products of 4 x 4 and 2 of 4 x 8 for each, and scores and sums over 5 x 5 pairs of 4
    assert embedding._operations(model, ["one two three"]) == 2 * 3 * (5 * (4 * 16 + 2 * 32) + 2 * 25 * 4)


def test_vectors_are_kept_and_used_again(tmp_path):
    bench, embedder = Bench(work=tmp_path), ToyEmbedder()
    texts = [f"text {number}" for number in range(embedding_quality.STEP + 3)]
    first = embedding_quality._kept(bench, embedder, "toy fp32", texts)
    assert len(embedder.embedded) == len(texts)
    np.testing.assert_array_equal(embedding_quality._kept(bench, embedder, "toy fp32", texts), first)
    assert len(embedder.embedded) == len(texts)
    found = embedding_quality._found(bench, embedder, "toy fp32", texts, ["text 7", "text 514"])
    asked = embedder.embed(["text 7", "text 514"])
    for rows, question in zip(found, asked, strict=True):  # words of the toy may share a place, so texts may be equal
        np.testing.assert_allclose(question @ first[rows[0]], 1.0, rtol=1e-6)


def test_a_row_shows_medians_and_only_the_scores_that_were_measured():
    figures = {
        "cosine": {"mean": 0.9999, "least": 0.999},
        "chunks_per_second": [10.0, 30.0, 20.0],
        "ratio": [1.0, 3.0, 2.0],
        "processor_ratio": [1.5, 1.5, 1.5],
        "of_peak": [0.25, 0.5, 0.5],
        "question_seconds": [0.005] * 10,
    }
    values = {
        "backends": {embedding.REFERENCE: figures, "ONNX int8": figures},
        "scores": {"ONNX int8": {"MRR": 0.75}},
        "sample": {"passages": 3, "of": 9, "papers": ["one"]},
        "peak_flops": 5e10,
        "auto": {"this processor": "torch bf16"},
    }
    text = embedding.as_text(values)
    row = next(line for line in text.splitlines() if line.startswith("| ONNX int8"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:4] == ["ONNX int8", "20.0", "2.00 (1.00 to 3.00)", "1.50"]
    assert cells[4:] == ["50%", "0.99990 / 0.99900", "5.0 / 5.0", "", "", "0.750", "", ""]
    assert "this processor: torch bf16" in text
