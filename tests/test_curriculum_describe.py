"""What the roadmap says about itself, asked in a learner's words."""

from __future__ import annotations

import pytest

from curriculum.curriculum import Curriculum
from curriculum.load import load_curriculum


@pytest.fixture(scope="module")
def curriculum() -> Curriculum:
    return load_curriculum()


@pytest.mark.parametrize("nothing", ["", "   "])
def test_without_a_topic_the_whole_path_is_told(curriculum: Curriculum, nothing: str) -> None:
    text = curriculum.describe(nothing)
    assert "5 parts, 25 topics, 15-24 weeks" in text
    assert "Part 4: AI Agents (4-6 weeks)." in text
    assert all(topic.title in text for topic in curriculum.topics)


@pytest.mark.parametrize(
    ("question", "beginning"),
    [
        ("RLHF", "RLHF and alignment. Topic 14 of 25"),
        ("positonal encoding", "Positional encoding. Topic 8"),
        ("scaling law", "Scaling laws."),
        ("what should I learn before multi-agent systems?", "Multi-agent systems."),
        ("What comes after scaling laws?", "Scaling laws."),
        ("kubernets", "Deployment strategies."),
        ("part 3", "Part 3: Large Language Models (4-6 weeks)"),
        ("transformers", "Part 2: Transformers Deep Dive (3-4 weeks)"),
        ("agents", "Part 4: AI Agents (4-6 weeks)"),
        ("LoRA", "LoRA: Low-Rank Adaptation of Large Language Models (Hu et al., 2021, arXiv 2106.09685)"),
        ("the transformer paper", "Attention Is All You Need (Vaswani et al., 2017, arXiv 1706.03762)"),
        ("2210.03629", "ReAct: Synergizing"),
        ("RAG", "Retrieval-Augmented Generation"),
        ("projects", "Projects:\n- 1. Sentiment Analyzer (beginner)"),
        ("which notebooks?", "Notebooks:\n- 01_pytorch_basics"),
        ("books", "Books:\n- Deep Learning"),
        ("progress tracker", "Progress tracker:\n- Part 1: Foundations"),
    ],
)
def test_a_name_in_the_learners_words_finds_its_entry(curriculum: Curriculum, question: str, beginning: str) -> None:
    assert curriculum.describe(question).startswith(beginning)


def test_a_topic_tells_its_neighbours_and_material(curriculum: Curriculum) -> None:
    text = curriculum.describe("training and fine-tuning")
    for expected in (
        "in part 3: Large Language Models",
        "Before it: Scaling laws. After it: RLHF and alignment.",
        "Builds on:\n- GPT architecture (decoder-only)",
        "Needed for:\n- RLHF and alignment",
        "- LoRA: Low-Rank Adaptation of Large Language Models (Hu et al., 2021, arXiv 2106.09685)",
        "[added by us, not in the roadmap]",
        "Study notes:\n- LoRA, low-rank adaptation",
        "Notebooks:\n- 08_finetuning_lora",
        "Projects:\n- Sentiment Analyzer",
        "Tracker:\n- Learn fine-tuning (LoRA)",
    ):
        assert expected in text


def test_first_and_last_topic_have_an_end(curriculum: Curriculum) -> None:
    assert "Nothing comes before it." in curriculum.describe("linear algebra")
    assert "Nothing comes after it." in curriculum.describe("guardrails")


def test_a_moved_resource_says_where(curriculum: Curriculum) -> None:
    text = curriculum.describe("LangGraph")
    assert "moved: The documentation moved" in text
    assert "Instead: LangGraph documentation <https://docs.langchain.com/oss/python/langgraph/overview>" in text
    assert "forum.langchain.com" in curriculum.describe("communities")


def test_a_gap_says_what_fills_it(curriculum: Curriculum) -> None:
    assert "Part 5 has no notebook. Filled by:" in curriculum.describe("deployment")
    assert "CS231n: Convolutional Networks <https://cs231n.github.io" in curriculum.describe("CNNs and RNNs")


def test_an_unknown_topic_offers_the_nearest(curriculum: Curriculum) -> None:
    text = curriculum.describe("vector calculations")
    assert text.startswith("The roadmap has no topic called 'vector calculations'. The nearest are: ")
    assert "vector store" in text


@pytest.mark.parametrize("question", ["???", "日本語", "x" * 5000, "blah " * 5000])
def test_a_question_like_nothing_gets_the_parts_or_the_nearest(curriculum: Curriculum, question: str) -> None:
    text = curriculum.describe(question)
    assert text.startswith("The roadmap has no topic called")
    assert len(text) < 500
