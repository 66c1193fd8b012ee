"""Embeddings by ONNX Runtime beside torch's, on a small BERT made here, and what happens where it cannot be used."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tiny_model import MAX_TOKENS, WORDS, write_tiny_model

from errors import EmbeddingError
from vectorstore.embedder import EmbeddingOptions, load_embedder, load_former
from vectorstore.onnx_engine import OnnxFile
from vectorstore.onnx_graph import NotConvertibleError, bert_graph
from vectorstore.processor import has_vnni

TEXTS = [
    "attention",
    "The softmax of QUERY and key, 7 8.",
    "注意 the unknown zebra",
    "a low rank update " * 20,  # longer than the model reads
    "",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def open_model(folder, backend, cache=None, *, bfloat16=False):
    options = EmbeddingOptions(backend=backend, cache=cache, bfloat16=bfloat16)
    return load_embedder(f"sentence-transformers/{folder}", options=options)


@pytest.fixture(scope="module")
def exact(folder):
    return open_model(folder, "torch").embed(TEXTS)


def cosines(one, other):
    return (one * other).sum(axis=1)


def test_rows_are_torchs_in_a_batch_and_alone(folder, cache, exact):
    embedder = open_model(folder, "onnx", cache)
    np.testing.assert_allclose(embedder.embed(TEXTS), exact, atol=1e-5)
    heard = []
    for text, row in zip(TEXTS, exact, strict=True):
        np.testing.assert_allclose(embedder.embed([text], progress=heard.append)[0], row, atol=1e-5)
    assert heard == [1] * len(TEXTS)
    assert embedder.engine == "ONNX Runtime fp32"
    assert embedder.name == open_model(folder, "torch").name


def test_first_token_pooling(tmp_path):
    folder = write_tiny_model(tmp_path / "model", pooling="cls")
    expected = open_model(folder, "torch").embed(TEXTS)
    np.testing.assert_allclose(open_model(folder, "onnx", tmp_path).embed(TEXTS), expected, atol=1e-5)


def test_int8_is_near_and_has_a_name_of_its_own(folder, cache, exact):
    embedder = open_model(folder, "onnx-int8", cache)
    found = cosines(embedder.embed(TEXTS), exact)
    assert 0.97 < found.min() < 0.99999
    assert embedder.engine == "ONNX Runtime int8"
    assert embedder.name == open_model(folder, "torch").name + "+int8"
    for stored in (embedder.name, "packaged@0.1.0+int8"):
        assert load_former(stored, options=EmbeddingOptions(cache=cache)).name == stored
    plain = load_former("packaged@0.1.0", options=EmbeddingOptions(backend="onnx-int8", cache=cache))
    assert plain.name == "packaged@0.1.0"


def test_weights_are_narrower_without_vnni(folder, cache, exact, monkeypatch, tmp_path):
    monkeypatch.setattr("vectorstore.onnx_engine.has_vnni", lambda: False)
    embedder = open_model(folder, "onnx-int8", tmp_path)
    assert cosines(embedder.embed(TEXTS), exact).min() > 0.97
    assert [path.name.split("-", 1)[1] for path in tmp_path.glob("*.onnx")] == ["int8-narrow-1.onnx"]


def test_processor_facts(monkeypatch, tmp_path):
    facts = tmp_path / "cpuinfo"
    monkeypatch.setattr("vectorstore.processor.CPU_FACTS", facts)
    for flags, known in (("avx2 fma", False), ("avx512f avx512_vnni", True), ("avx2 avx_vnni", True)):
        facts.write_text(f"flags : {flags}\n")
        assert has_vnni() is known


def test_auto_needs_no_torch_for_questions_and_takes_bf16_for_big_work(folder, cache, monkeypatch):
    open_model(folder, "onnx", cache).embed(["a"])  # the file is there, so that nothing is compared with torch
    monkeypatch.setattr("vectorstore.engines.has_fast_bfloat16", lambda: True)
    monkeypatch.setattr("vectorstore.engines.TEXTS_WORTH_TORCH", 6)
    embedder = open_model(folder, "auto", cache, bfloat16=True)
    for _ in range(10):
        embedder.embed(["attention"])
    embedder.embed(TEXTS)
    assert embedder.engine == "ONNX Runtime fp32"
    embedder.embed(TEXTS)
    assert embedder.engine.startswith("ONNX Runtime fp32, torch")
    assert embedder.engine_for(1) == "ONNX Runtime fp32"


def test_auto_without_bf16_or_without_a_cache(folder, cache):
    embedder = open_model(folder, "auto", cache)
    assert embedder.engine_for(1_000_000) == "ONNX Runtime fp32"
    assert open_model(folder, "auto").engine_for(1) == "torch fp32"


def test_file_is_made_once_whole_and_swept(folder, tmp_path):
    other = tmp_path / "0000000000000000-fp32-1.onnx"
    open_model(folder, "onnx", tmp_path).embed(["a"])
    [path] = tmp_path.glob("*.onnx")
    old = tmp_path / path.name.replace("-1.onnx", "-0.onnx")
    old.write_bytes(b"older format")
    other.write_bytes(b"another model")
    made = path.stat().st_mtime_ns
    open_model(folder, "onnx", tmp_path).embed(["a"])
    assert path.stat().st_mtime_ns == made
    path.write_bytes(path.read_bytes()[:1000])  # torn
    np.testing.assert_allclose(
        open_model(folder, "onnx", tmp_path).embed(TEXTS), open_model(folder, "torch").embed(TEXTS), atol=1e-5
    )
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([path.name, other.name])


def test_other_weights_get_another_file(folder, tmp_path):
    names = {
        OnnxFile(model, tmp_path, lambda: None).path.name
        for model in (folder, write_tiny_model(tmp_path / "model", seed=1))
    }
    assert len(names) == 2


def test_wrong_file_is_not_kept_and_torch_takes_over(folder, tmp_path, exact, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("vectorstore.onnx_graph._Graph.layer", lambda graph, states, prefix: states)
    embedder = open_model(folder, "onnx", tmp_path)
    np.testing.assert_allclose(embedder.embed(TEXTS), exact, atol=1e-6)
    assert "differ from torch" in caplog.text
    assert embedder.engine == "torch fp32"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model_type": "mpnet"}, "model_type"),
        ({"hidden_act": "relu"}, "hidden_act"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
    ],
)
def test_other_models_are_left_to_torch(tmp_path, change, reason):
    folder = write_tiny_model(tmp_path / "model", **change)
    with pytest.raises(NotConvertibleError, match=reason):
        bert_graph(folder)


def test_other_modules_are_left_to_torch(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    folder = write_tiny_model(tmp_path / "model", pooling="max")
    embedder = open_model(folder, "onnx", tmp_path)
    assert embedder.engine_for(1) == "torch fp32"
    assert "pools by ['max']" in caplog.text
    with pytest.raises(EmbeddingError, match="int8") as caught:
        open_model(folder, "onnx-int8", tmp_path).embed(["a"])
    assert "STUDY_EMBEDDING_BACKEND" in caught.value.hint
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(NotConvertibleError, match="Dense"):
        bert_graph(folder)


def test_cache_that_cannot_be_written_is_no_fault(folder, tmp_path, exact, caplog):
    (tmp_path / "cache").write_text("a file where a folder should be")
    embedder = open_model(folder, "onnx", tmp_path / "cache")
    np.testing.assert_allclose(embedder.embed(TEXTS), exact, atol=1e-5)
    assert embedder.engine == "ONNX Runtime fp32"
    assert "cannot be kept" in caplog.text


def test_questions_pass_while_a_library_is_embedded(folder, cache, exact):
    """Many threads at once give the rows that one gives."""
    embedder = open_model(folder, "onnx", cache)
    texts = [f"{WORDS[n % 9]} {WORDS[n % 7]} " * (n % MAX_TOKENS + 1) for n in range(300)]
    expected = embedder.embed(texts)
    begun = threading.Event()

    def add():
        return embedder.embed(texts, progress=lambda _: begun.set())

    with ThreadPoolExecutor(4) as pool:
        adding = [pool.submit(add) for _ in range(2)]
        assert begun.wait(60)
        asked = [pool.submit(embedder.embed, [text]) for text in TEXTS * 10]
        for question, row in zip(asked, [*exact] * 10, strict=True):
            np.testing.assert_allclose(question.result()[0], row, atol=1e-5)
        for library in adding:
            np.testing.assert_allclose(library.result(), expected, atol=1e-5)
