"""Nothing is a result: what has nothing to do with the question is not shown."""

import pytest
from toy_embedder import ToyEmbedder

from vectorstore.embedder import load_embedder
from vectorstore.filters import SearchFilters
from vectorstore.library import Library

TEXTS = {
    "attention.md": "# Attention in Transformers\n\n## Scaling\n\nDot products are divided by the root of d_k, or "
    "the softmax would have tiny gradients.\n\n## Heads\n\nEight heads of 64 dimensions run side by side.\n",
    "lora.md": "# LoRA\n\n## Rank\n\nLow-rank matrices are trained while the pretrained weights stay frozen.\n\n"
    "## Benchmarks\n\nThe agent was also run on LeetcodeHardGym and on a second set of tasks, with other settings.\n",
    "names.md": "# Names\n\n## Codes\n\nA setting of the optimizer that nobody changed is XR77 in all tables.\n",
}
UNRELATED = [
    "How long should I knead bread dough?",
    "Who won the football world cup in 1998?",
    "What are good exercises for back pain?",
    "When should tomatoes be planted?",
    "Is RB42 what bakers in Lisbon call this dough?",
]
RELATED = {
    "Why are dot products divided by the square root of the key dimension?": "Scaling",
    "which weights stay frozen in low-rank adaptation": "Rank",
    "how many attention heads": "Heads",
    "LeetcodeHardGym": "Benchmarks",
    "Is XR77 what bakers in Lisbon call this dough?": "Codes",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def library(tmp_path_factory, source):
    """With the packaged model, for which the limits were measured."""
    with Library.open(tmp_path_factory.mktemp("library"), load_embedder("packaged")) as library:
        library.add([source])
        yield library


@pytest.mark.parametrize("question", UNRELATED)
def test_a_question_about_something_else_finds_nothing(library, question):
    assert library.search(question) == []


@pytest.mark.parametrize(("question", "section"), RELATED.items())
def test_a_question_about_the_library_finds_its_passage(library, question, section):
    assert library.search(question)[0].section == section


def test_weak_passages_are_left_out_beside_good_ones(library):
    found = library.search("Why are dot products divided by the square root of the key dimension?", limit=8)
    assert "Benchmarks" not in {passage.section for passage in found}


@pytest.mark.parametrize("filters", [{"papers": ["LoRA"]}, {"section": "rank"}])
def test_who_names_a_document_or_section_gets_the_best_of_it(library, filters):
    assert library.search(UNRELATED[0], filters=SearchFilters.of(**filters))
    assert library.search(UNRELATED[0], document_ids=[library.find_document("LoRA").id])
    assert library.search("What do the authors of the LoRA paper eat?")
    assert library.search(UNRELATED[0], filters=SearchFilters.of(types=["note"])) == []


def test_a_model_that_was_not_measured_leaves_nothing_out(tmp_path, source):
    with Library.open(tmp_path / "library", ToyEmbedder("toy@1")) as library:
        library.add([source])
        assert library.search(UNRELATED[0], limit=3)


def test_keywords_alone_leave_nothing_out(tmp_path, source):
    with Library.open(tmp_path / "library", ToyEmbedder("packaged@old")) as library:
        library.add([source])
    with Library.open(tmp_path / "library", ToyEmbedder("other@1")) as library:
        (found,) = library.search("Do gradients hurt?")
        assert (found.section, found.similarity) == ("Scaling", 0.0)
