"""Each part of the benchmark on a tiny set, in this process and with a toy embedder; no figure is looked at."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_pdf import PageSpec, Text, make_pdf
from toy_embedder import ToyEmbedder

from evals.bench import __main__ as command
from evals.bench import compare, latency, recall, windows
from evals.bench.bench import PARTS, Bench
from evals.bench.measures import PipelineRun
from evals.bench.public_sets import read_set, write_set
from evals.bench.synthetic import write_library
from vectorstore.library import Library

SIZES = ("150", "220")
HERE = ("ingest", "quality", "recall", "latency", "disk", "reingest")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A folder with one PDF and a public set; both pipelines are invented, everything else is real."""
    (tmp_path / "papers").mkdir()
    lines = [Text(72, 700 - 14 * number, f"Sentence {number} is about whales and wheels.") for number in range(12)]
    make_pdf(tmp_path / "papers" / "whales.pdf", [PageSpec(lines)], title="On Whales")
    folder = tmp_path / "evaldata" / "scifact"
    folder.mkdir(parents=True)
    texts = [
        {"_id": f"t{number}", "title": f"Title {number}", "text": f"Fact{number} holds. " * 8} for number in range(105)
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, texts)))
    (folder / "queries.jsonl").write_text('{"_id": "1", "text": "Does fact7 hold?"}\n{"_id": "2", "text": "unused"}\n')
    (folder / "qrels.tsv").write_text("1\tt7\t1\n2\tt3\t0\n")
    monkeypatch.setattr("vectorstore.embedder.load_embedder", lambda *_, **__: ToyEmbedder())
    monkeypatch.setattr(recall, "QUERIES", 20)
    monkeypatch.setattr(windows, "EMBEDDED", 200)
    monkeypatch.setattr(latency, "ROUNDS", 1)
    monkeypatch.setattr(compare, "run_in_process", run_here)
    return [
        "--papers",
        str(tmp_path / "papers"),
        "--evaldata",
        str(tmp_path / "evaldata"),
        "--work",
        str(tmp_path / "work"),
    ]


def run_here(task, pipeline, papers, folder=None):
    if task == "latency":
        return latency.measure_one(folder)
    return {**PipelineRun(pipeline, 9, 30, 1.0, 2.0, {"read": 0.5, "embed": 1.0}, 100.0).to_dict(), "found": {}}


@pytest.mark.slow
def test_every_part_runs_and_the_report_has_it(bench, tmp_path, monkeypatch, capsys):
    for name in HERE:
        assert command.main([name, *bench, "--sizes", *SIZES]) == 0
    printed = capsys.readouterr().out
    assert "whales" not in printed
    values = json.loads((tmp_path / "work" / "quality.json").read_text())
    assert values["sets"]["SciFact"]["ours"]["hit_1"] == [1.0]
    assert len(values["skipped"]) == 2
    assert json.loads((tmp_path / "work" / "reingest.json").read_text())["embeddings"] == 0
    sizes = json.loads((tmp_path / "work" / "latency.json").read_text())["sizes"]
    assert [row["chunks"] for row in sizes] == [150, 220]
    recalls = json.loads((tmp_path / "work" / "recall.json").read_text())["rows"]
    assert {row["recall"] for row in recalls if row["settings"] == "ours"} == {1.0}
    out = tmp_path / "out" / "benchmarks.md"
    monkeypatch.setattr(command, "PARTS", dict.fromkeys(HERE, ""))
    assert command.main(["all", *bench, "--out", str(out)]) == 0
    assert "figures are there" in capsys.readouterr().out
    text = out.read_text()
    assert text.count("\n## ") == len(PARTS)
    assert text.count("Measured ") >= len(HERE)
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(out.with_suffix(".json").read_text())["quality"]["sets"]["SciFact"]["ours"]["hit_1"] == 1.0


def test_a_part_that_cannot_run_is_one_sentence(tmp_path, capsys):
    assert command.main(["reingest", "--papers", str(tmp_path), "--work", str(tmp_path / "work")]) == 2
    assert "There are no PDFs in" in capsys.readouterr().err


def test_a_public_set_is_written_once_and_its_texts_are_found(bench, tmp_path):
    texts, embedder = read_set(tmp_path / "evaldata" / "scifact"), ToyEmbedder()
    assert texts.questions == {"1": "Does fact7 hold?"}
    ids = write_set(tmp_path / "set", texts, embedder)
    embedder.embedded.clear()
    assert write_set(tmp_path / "set", texts, embedder) == ids
    assert embedder.embedded == []
    with Library.open(tmp_path / "set", embedder) as library:
        assert {document.pages for document in library.documents()} == {100, 5}
        found = library.search("fact104")[0]
        assert ids[found.document_id, found.page_number] == "t104"


def test_a_synthetic_library_is_a_sound_one(tmp_path):
    vectors = windows.random_vectors(130, 64)
    write_library(tmp_path, vectors, "toy@1")
    with Library.open(tmp_path, ToyEmbedder()) as library:
        assert library.check().healthy
        assert [document.chunks for document in library.documents()] == [100, 30]
        chunk = library.chunks(library.documents()[1].id)[-1]
        page = library.page(chunk.document_id, chunk.page_number)
        assert page.text[chunk.start : chunk.end] == chunk.text
        assert library._dense.search(vectors[129], 1)[0][0] == chunk.id


def test_windows_are_mixed_with_their_neighbours_only_above_what_is_embedded(tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "EMBEDDED", 50)
    here = Bench(papers=tmp_path, evaldata=Path("nowhere"), work=tmp_path)
    vectors = windows.real_vectors(here, ToyEmbedder(), 120)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(120), abs=1e-5)
    embedded = np.load(tmp_path / "windows-50.npy")
    same = (vectors @ embedded.T > 0.9999).any(axis=1).sum()
    assert 50 <= same < 75
    assert windows.real_vectors(here, ToyEmbedder(), 120) == pytest.approx(vectors)
