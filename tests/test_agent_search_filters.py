"""The tool that searches, with its filters, on a real library: what it finds and what it says to a wrong value."""

from __future__ import annotations

import pytest
from agent_desk import ask, calls, desk, finished, results
from fake_library import FakeLibrary, make_passage
from toy_embedder import ToyEmbedder

from agent.tools.arguments import SearchArguments
from curriculum.load import load_curriculum
from curriculum.shelves import shelves
from vectorstore.facts import DocumentFacts
from vectorstore.library import Library

TEXTS = {
    "06-lora.md": "# LoRA\n\n## Experiments\n\nThe adapter has a low rank.\n",
    "05-scaling-laws.md": "# Scaling\n\n## Laws\n\nThe adapter is not in them.\n",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    for name, text in TEXTS.items():
        (source / name).write_text(text)
    with Library.open(source / "library", ToyEmbedder(), subjects=shelves(load_curriculum())) as library:
        facts = {source / "06-lora.md": DocumentFacts(year=2021)}
        library.add([source / name for name in TEXTS], facts=facts)
        yield library


def told(tmp_path, shelf, **arguments):
    """What the tool told the model."""
    call = ("s", "search_library", {"query": "adapter", **arguments})
    tutor, chat = desk(tmp_path, calls(call), "Not found in your library.", shelf=shelf)
    assert finished(ask(tutor))
    return results(chat.history[-1])["s"]


@pytest.mark.parametrize(
    "filters",
    [
        {"document": "LoRA"},
        {"topic": "fine-tuning"},
        {"part": 3, "year": 2021},
        {"section": "experiments"},
        {"year": "since 2020", "kind": "text, code", "type": "notes"},
        {"topic": "training-fine-tuning", "part": None, "year": "any", "kind": "all"},
    ],
)
def test_only_what_fits_the_filters_is_quoted(tmp_path, shelf, filters):
    found = told(tmp_path, shelf, **filters)
    assert "low rank" in found
    assert "not in them" not in found


def test_without_filters_everything_is_searched(tmp_path, shelf):
    found = told(tmp_path, shelf)
    assert "low rank" in found
    assert "not in them" in found


@pytest.mark.parametrize(
    ("filters", "answer"),
    [
        ({"topic": "cooking"}, "training-fine-tuning, rlhf-alignment"),
        ({"part": "seven"}, "Its parts: foundations, transformers, llms, agents, production."),
        ({"kind": "picture"}, "text, caption, table, equation, reference, code"),
        ({"type": "book"}, "paper, note, other"),
        ({"year": "recent"}, "Give one year (2020)"),
        ({"document": "BERT"}, "No document in the library is called 'BERT'."),
        ({"year": "1999"}, "The library has nothing from 1999. Search again without that."),
        ({"section": "Limitations", "document": "LoRA"}, 'Nothing in "LoRA" is in a section "Limitations".'),
    ],
)
def test_a_wrong_value_is_answered_with_what_there_is(tmp_path, shelf, filters, answer):
    assert answer in told(tmp_path, shelf, **filters)


def test_arguments_are_read_kindly(tmp_path):
    given = SearchArguments.model_validate({"query": "q", "part": 3, "year": 2021, "topic": None, "kind": "none"})
    assert (given.part, given.year, given.topic, given.kind) == ("3", "2021", "", "")
    library = FakeLibrary([make_passage("The adapter has a low rank.")])
    assert "low rank" in told(tmp_path, library, kind=["table", "captions"])
    assert library.filters[-1].kinds == ("table", "caption")
