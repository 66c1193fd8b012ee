"""Which documents belong to a part or topic, by the names that a library knows documents by."""

import pytest

from curriculum.load import load_curriculum
from curriculum.shelves import shelves
from vectorstore.filters import find_subject


@pytest.fixture(scope="module")
def subjects():
    return shelves(load_curriculum())


def test_every_part_and_topic_has_documents(subjects):
    curriculum = load_curriculum()
    assert [subject.id for subject in subjects] == [one.id for one in (*curriculum.parts, *curriculum.topics)]
    assert all(subject.documents for subject in subjects)
    assert all(name == name.casefold() for subject in subjects for name in subject.documents)


def test_a_topic_has_its_papers_notes_and_notebooks(subjects):
    found = find_subject("PEFT", "topic", subjects)
    assert found.id == "training-fine-tuning"
    assert {"2106.09685", "06-lora.md", "08_finetuning_lora.ipynb"} <= found.documents
    assert "gpt2.pdf" in find_subject("gpt architecture", "topic", subjects).documents


def test_a_part_has_what_its_topics_have(subjects):
    llms = find_subject("part 3", "part", subjects)
    assert llms is find_subject("Large Language Models", "part", subjects)
    assert find_subject("scaling laws", "topic", subjects).documents < llms.documents
    assert "11-math-refresher.md" not in llms.documents
