"""Two questions in one message are looked up each by itself; one question in two halves is not."""

from __future__ import annotations

import pytest
from agent_desk import ask, said
from fake_library import FakeEmbedder, FakeLibrary, fake_roadmap, make_passage

from agent.embedded.lore import lore_of
from agent.embedded.model import EmbeddedChatModel
from agent.embedded.plan import make_plan
from agent.embedded.turn_view import Memory
from agent.tutor import Tutor
from curriculum.load import load_curriculum

RANK = "The rank of LoRA is the inner dimension of its two matrices, and it is often set to eight."
GPUS = "We trained the Transformer models on one machine with eight NVIDIA P100 GPUs for twelve hours."
BOTH = "What is LoRA's rank, and how many GPUs trained the Transformer?"


@pytest.fixture(scope="module")
def lore():
    return lore_of(load_curriculum())


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (BOTH, ["What is LoRA's rank", "how many GPUs trained the Transformer?"]),
        ("What is LoRA's rank? How many GPUs trained the Transformer?", ["What is LoRA's rank", "How many GPUs"]),
        ("How many heads has the Transformer, and which dropout rate does BERT use?", ["How many heads"]),
        ("What is attention, and how does it work?", ["What is attention, and"]),
        ("How large is RoBERTa's vocabulary, and how many parameters does it add?", ["How large"]),
        ("How much text was BERT trained on, and how much RoBERTa?", ["How much text"]),
        ("What is short-term memory, and what is long-term memory in Reflexion?", ["What is short-term"]),
        ("To which range were the probabilities clamped, and why?", ["To which range"]),
    ],
)
def test_questions_about_different_things_are_steps_of_their_own(lore, message, parts):
    steps = make_plan(message, "", Memory(), lore).steps
    assert len(steps) == len(parts)
    assert all(step.title.startswith(part) for step, part in zip(steps, parts, strict=True))


def test_each_is_searched_for_and_answered(tmp_path):
    shelf = FakeLibrary([make_passage(RANK, title="LoRA", page=4, start=0), make_passage(GPUS, page=7, start=0)])
    model = EmbeddedChatModel(embed=FakeEmbedder().embed, lore=lore_of(load_curriculum()))
    tutor = Tutor.open(
        tmp_path, shelf, model_loader=lambda name: model, default_model="embedded", roadmap=fake_roadmap()
    )
    answer = said(ask(tutor, BOTH))
    assert len({query for query in shelf.queries}) >= 2
    assert "LoRA's rank" in shelf.queries[0]
    assert "GPUs" not in shelf.queries[0]
    assert "often set to eight" in answer
    assert "eight NVIDIA P100 GPUs" in answer
