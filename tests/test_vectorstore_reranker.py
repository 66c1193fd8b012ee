"""The optional reranker, with a real cross-encoder of one small layer that the test makes itself."""

import json
import shutil

import pytest
from toy_embedder import ToyEmbedder

from errors import RerankerError
from vectorstore.__main__ import main
from vectorstore.filters import SearchFilters
from vectorstore.library import Library
from vectorstore.reranker import BATCH, CrossEncoderReranker, load_reranker, rerank

COLOURS = ["red", "green", "blue", "grey", "pink", "black", "white", "brown", "amber"]
QUERY = "What is the adapter of which colour?"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a cross-encoder with random weights, always the same."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "adapter", "is", "colour", "what", *COLOURS]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(7)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(
        vocab_size=len(words), num_labels=1, max_position_embeddings=128, initializer_range=1.0, **sizes
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A library's folder with a note for each colour."""
    source = tmp_path_factory.mktemp("source")
    for colour in COLOURS:
        (source / f"{colour}.md").write_text(f"# {colour.title()}\n\nThe adapter is {colour}.\n")
    with Library.open(source / "library", ToyEmbedder()) as library:
        library.add([source])
    return source / "library"


def own_scores(model, passages):
    """What the model says, asked without sentence-transformers."""
    import torch
    from transformers import BertForSequenceClassification, BertTokenizerFast

    tokenizer = BertTokenizerFast.from_pretrained(model)
    network = BertForSequenceClassification.from_pretrained(model).eval()
    with torch.no_grad():
        return [
            float(network(**tokenizer(QUERY, f"{one.title}\n{one.section}\n{one.text}", return_tensors="pt")).logits)
            for one in passages
        ]


def test_the_reranker_decides_the_order_of_what_the_search_found(folder, model):
    with Library.open(folder, ToyEmbedder(), read_only=True) as library:
        fused = library.search(QUERY, limit=30)
        scores = own_scores(model, fused)
    with Library.open(folder, ToyEmbedder(), read_only=True, reranker=load_reranker(str(model))) as library:
        found = library.search(QUERY, limit=30)
        assert library.search(QUERY, limit=2) == found[:2]
        assert library.search("", limit=2) == []
        (amber,) = library.search(QUERY, limit=1, filters=SearchFilters.of(papers=["Amber"]))
    by_score = [fused[place] for place in sorted(range(len(fused)), key=lambda place: -scores[place])]
    assert [passage.title for passage in found] == [passage.title for passage in by_score]
    assert found != fused, "the model should not agree with the fused order, or nothing is tested"
    assert (len(found), amber.title) == (len(COLOURS), "Amber")


def test_what_was_not_reached_in_time_keeps_its_order(folder, model):
    with Library.open(folder, ToyEmbedder(), read_only=True) as library:
        fused = library.search(QUERY, limit=30)
    slow = CrossEncoderReranker(model, seconds=0)
    assert len(slow.scores(QUERY, [passage.text for passage in fused])) == BATCH
    found = rerank(QUERY, fused, slow)
    assert {passage.title for passage in found[:BATCH]} == {passage.title for passage in fused[:BATCH]}
    assert found[BATCH:] == fused[BATCH:]


def test_no_setting_is_no_reranker():
    assert load_reranker(" ") is None


def test_a_model_that_is_not_there_is_one_sentence_with_a_hint(monkeypatch, capsys):
    with pytest.raises(RerankerError, match="is not on this machine") as fault:
        load_reranker("somebody/no-such-model")
    assert "hf download somebody/no-such-model" in fault.value.hint
    monkeypatch.setattr("vectorstore.__main__.load_embedder", lambda setting, **_: ToyEmbedder())
    monkeypatch.setenv("STUDY_RERANKER_MODEL", "somebody/no-such-model")
    assert main(["search", "adapter"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"architectures": ["BertModel"]},
        {"architectures": None},
        {"id2label": {"0": "no", "1": "maybe", "2": "yes"}},
    ],
)
def test_a_model_that_gives_no_score_is_refused(tmp_path, model, change):
    shutil.copytree(model, tmp_path, dirs_exist_ok=True)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(RerankerError, match="no cross-encoder"):
        load_reranker(str(tmp_path))


def test_weights_that_cannot_be_read_are_a_known_fault(tmp_path, folder, model):
    shutil.copytree(model, tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.safetensors").write_bytes(b"cut short")
    broken = load_reranker(str(tmp_path))
    with (
        Library.open(folder, ToyEmbedder(), read_only=True, reranker=broken) as library,
        pytest.raises(RerankerError, match="cannot be loaded"),
    ):
        library.search(QUERY)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(RerankerError, match=r"config\.json"):
        load_reranker(str(tmp_path))
