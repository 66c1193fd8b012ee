"""Embedding models: the packaged one for true, an Ollama server played on the loopback, and all the faults."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from errors import EmbeddingError
from ingestion.chunking import chunk_document, embedding_text
from ingestion.load import load_document
from vectorstore.embedder import EmbeddingOptions, load_embedder, setting_of, unit_rows
from vectorstore.library import Library
from vectorstore.processor import physical_cores

NOTE = """# Notes on language models

## Attention
Scaled dot-product attention divides the products of queries and keys by the square root of their dimension.
Without that, large products push the softmax into regions where its gradient is tiny.

## Adapters
LoRA keeps the pretrained weights frozen and learns a low-rank update, so far fewer parameters are trained.

## Baking
A sourdough needs a lively starter, a long rest and a very hot oven.
"""


@pytest.fixture(scope="module")
def packaged():
    return load_embedder("packaged")


@pytest.mark.slow
def test_packaged_model_ranks_by_meaning(packaged, tmp_path):
    (tmp_path / "note.md").write_text(NOTE)
    with Library.open(tmp_path / "library", packaged) as library:
        library.add([tmp_path / "note.md"])
        for question, section in (
            ("Why are attention scores scaled?", "Attention"),
            ("How can a big pretrained model be fine-tuned with few parameters?", "Adapters"),
            ("making bread at home", "Baking"),
        ):
            found = library.search(question)
            assert found[0].section.endswith(section)
            assert found[0].similarity == max(passage.similarity for passage in found)


@pytest.mark.slow
def test_packaged_model_reads_every_token_of_every_chunk(packaged, tmp_path):
    """The longest chunk the cutter makes must change when its last word changes: nothing is cut by the model."""
    path = tmp_path / "long.txt"
    path.write_text(" ".join(f"The {n}th antidisestablishmentarian sentence has α_{n} and x^{n}." for n in range(400)))
    document = load_document(path)
    chunks = chunk_document(document, count_tokens=packaged.count_tokens, max_tokens=packaged.max_tokens)
    texts = [embedding_text(document.title, chunk) for chunk in chunks]
    counts = [packaged.count_tokens(text) for text in texts]
    assert max(counts) <= packaged.max_tokens == 254
    model_tokenizer = packaged._torch_model().tokenizer
    assert [len(row) for row in model_tokenizer(texts)["input_ids"]] == [count + 2 for count in counts]
    longest = texts[counts.index(max(counts))]
    changed = longest.rsplit(" ", 1)[0] + " zebra"
    first, second = packaged.embed([longest, changed])
    assert float(first @ second) < 0.99999


@pytest.mark.slow
def test_packaged_model_gives_unit_rows_in_the_order_of_the_texts(packaged):
    texts = [
        f"{word} " * count for count, word in ((1, "cat"), (120, "market"), (7, "tensor"), (60, "river"), (1, "dog"))
    ]
    heard = []
    together = packaged.embed(texts, progress=heard.append)
    assert together.shape == (5, 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for text, row in zip(texts, together, strict=True):
        assert float(packaged.embed([text])[0] @ row) > 0.999
    assert heard[-1] == 5
    assert packaged.embed([]).shape == (0, 384)


@pytest.mark.slow
def test_packaged_model_stops_when_the_listener_says_so(packaged):
    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        packaged.embed(["word " * 200] * 40, progress=stop)


@pytest.mark.slow
def test_packaged_model_is_as_precise_as_full_floats(packaged, tmp_path):
    import torch
    from sentence_transformers import SentenceTransformer

    texts = ["Scaled dot-product attention", "A sourdough needs a starter " * 20, "d_k = 64", "注意力机制"]
    model = SentenceTransformer(str(packaged._folder), device="cpu", local_files_only=True)
    with torch.inference_mode():
        exact = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    assert (exact * packaged.embed(texts)).sum(axis=1).min() > 0.9998
    for backend, least in (("onnx", 0.99999), ("onnx-int8", 0.97)):
        embedder = load_embedder("packaged", options=EmbeddingOptions(backend=backend, cache=tmp_path))
        assert (exact * embedder.embed(texts)).sum(axis=1).min() > least
        assert embedder.engine.startswith("ONNX Runtime")


def test_counting_tokens_needs_no_torch(packaged):
    assert packaged.name == "packaged@0.1.0"
    assert packaged.count_tokens("Hello world") == 2
    assert packaged.count_tokens("") == 0
    assert packaged.dimension == 384


@pytest.mark.parametrize("setting", ["", "nonsense", "packaged/x", "ollama/", "sentence-transformers/", "openai/x"])
def test_unknown_setting_names_the_known_ones(setting):
    with pytest.raises(EmbeddingError) as caught:
        load_embedder(setting)
    assert "packaged" in caught.value.hint


def test_model_that_is_not_on_this_machine():
    with pytest.raises(EmbeddingError, match="not on this machine") as caught:
        load_embedder("sentence-transformers/no-such-model-here")
    assert "hf download" in caught.value.hint


def test_folder_without_a_tokenizer(tmp_path):
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(EmbeddingError, match=r"tokenizer\.json"):
        load_embedder(f"sentence-transformers/{tmp_path}").count_tokens("word")


def test_setting_of_a_stored_name():
    assert setting_of("packaged@0.1.0") == "packaged"
    assert setting_of("ollama/nomic-embed-text@abc123") == "ollama/nomic-embed-text"


def test_rows_of_zeros_stay_zeros():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, 0.0]], rtol=1e-6)


def test_there_is_at_least_one_core(monkeypatch, tmp_path):
    assert physical_cores() >= 1
    facts = tmp_path / "cpuinfo"
    facts.write_text("".join(f"processor : {n}\nphysical id : 0\ncore id : {n // 2}\n\n" for n in range(4)))
    monkeypatch.setattr("vectorstore.processor.CPU_FACTS", facts)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert physical_cores() == 2


class OllamaHandler(BaseHTTPRequestHandler):
    """Speaks /api/tags, /api/show and /api/embed as Ollama's documentation has them."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        digest = "0a109f422b47e3a30ba2b10eca18548e944e8a23073ee3f3e947efcf3c45e59f"
        self.answer(200, {"models": [{"model": "toy-embed:latest", "name": "toy-embed:latest", "digest": digest}]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, asked))
        if self.server.fault:
            self.answer(*self.server.fault)
        elif self.path == "/api/show":
            self.answer(200, {"model_info": {"bert.context_length": 512, "bert.embedding_length": 3}})
        else:
            self.answer(200, {"model": "toy-embed", "embeddings": [[len(text), 1.0, 0.0] for text in asked["input"]]})

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def ollama():
    server = ThreadingHTTPServer(("127.0.0.1", 0), OllamaHandler)
    server.requests, server.fault = [], None
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_ollama_embeds_in_batches(ollama):
    embedder = load_embedder("ollama/toy-embed", ollama_url=ollama.url)
    assert ollama.requests == []
    assert embedder.name == "ollama/toy-embed@0a109f422b47"
    assert embedder.max_tokens == 510
    assert embedder.dimension == 3
    ollama.requests.clear()
    heard = []
    rows = embedder.embed(["abc"] * 70, progress=heard.append)
    assert rows.shape == (70, 3)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-5)
    assert [len(asked["input"]) for _, asked in ollama.requests] == [32, 32, 6]
    assert heard == [32, 64, 70]
    assert embedder.embed([]).shape == (0, 3)
    assert embedder.count_tokens("four words of text") == 8


def test_ollama_serves_a_whole_library(ollama, tmp_path):
    (tmp_path / "note.md").write_text(NOTE)
    with Library.open(tmp_path / "library", load_embedder("ollama/toy-embed", ollama_url=ollama.url)) as library:
        assert library.add([tmp_path / "note.md"]).files[0].status == "added"
        assert library.search("low-rank update")[0].section.endswith("Adapters")


@pytest.mark.parametrize(
    ("fault", "words", "hint"),
    [
        ((404, {"error": "model 'toy-embed' not found"}), "does not have", "ollama pull toy-embed"),
        ((500, {"error": "out of memory"}), "out of memory", "log"),
        ((200, {"embeddings": []}), "no usable", "nomic"),
    ],
)
def test_ollama_faults_are_sentences(ollama, fault, words, hint):
    ollama.fault = fault
    with pytest.raises(EmbeddingError, match=words) as caught:
        load_embedder("ollama/toy-embed", ollama_url=ollama.url).embed(["text"])
    assert hint in caught.value.hint


def test_ollama_without_the_model_says_how_to_pull_it(ollama):
    with pytest.raises(EmbeddingError) as caught:
        _ = load_embedder("ollama/other", ollama_url=ollama.url).name
    assert caught.value.hint == "Run: ollama pull other"


def test_ollama_without_a_server():
    with pytest.raises(EmbeddingError, match="no Ollama server") as caught:
        load_embedder("ollama/toy-embed", ollama_url="http://127.0.0.1:9").warm_up()
    assert "ollama serve" in caught.value.hint
