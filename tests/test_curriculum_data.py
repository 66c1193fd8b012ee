"""The data holds every row of the seed roadmap: counts and names of its inventory."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from curriculum.curriculum import Curriculum
from curriculum.load import curriculum_folder, load_curriculum, note_paths
from curriculum.parsing import is_web_address

TOPICS = {
    "Foundations": [
        "Linear Algebra & Calculus refresher",
        "Neural Networks basics",
        "PyTorch fundamentals",
        "CNNs and RNNs overview",
    ],
    "Transformers Deep Dive": [
        "Attention mechanism",
        '"Attention Is All You Need" paper',
        "Encoder-Decoder architecture",
        "Positional encoding",
        "Implement transformer from scratch",
    ],
    "Large Language Models": [
        "GPT architecture (decoder-only)",
        "BERT and encoder models",
        "Scaling laws",
        "Training and fine-tuning",
        "RLHF and alignment",
        "Prompting and in-context learning",
    ],
    "AI Agents": [
        "Agent architectures (ReAct, CoT, ToT)",
        "Tool use and function calling",
        "Memory systems",
        "Multi-agent systems",
        "Agent frameworks (LangChain, LangGraph, Claude)",
        "MCP (Model Context Protocol)",
    ],
    "Production & Deployment": [
        "Deployment strategies",
        "Evaluation and monitoring",
        "Cost optimization",
        "Safety and guardrails",
    ],
}
ARXIV_IDS = re.findall(
    r"\S+",
    "1706.03762 1810.04805 2005.14165 2203.02155 2303.08774 2307.09288 2212.08073 2310.06825 2203.15556 "
    "2106.09685 2204.05862 2305.18290 2201.11903 2210.03629 2305.10601 2303.11366 2304.03442 2303.17760 "
    "2308.08155 1907.11692 2001.08361 2109.01652 2302.13971 2401.04088",
)
NOT_ON_ARXIV = ["gpt", "gpt2", "claude3", "llama3"]
ROWS_PER_TABLE = {
    "1.1": 3, "1.2": 3, "1.3": 2, "2.1": 3, "2.2": 3, "2.3": 3, "3.1": 6, "3.2": 4, "3.3": 3,
    "4.1": 4, "4.2": 3, "4.3": 4, "4.4": 5, "4.5": 3, "5.1": 3, "5.2": 3, "5.3": 4, "5.4": 3,
    "2017": 1, "2018": 2, "2019": 2, "2020": 2, "2021": 2, "2022": 4, "2023": 7, "2024": 3, "2025-2026": 3,
}  # fmt: skip
NOTEBOOKS = re.findall(
    r"\S+",
    "01_pytorch_basics 02_simple_nn 03_cnn_mnist 04_attention_from_scratch 05_transformer_encoder "
    "06_gpt_from_scratch 07_llm_inference 08_finetuning_lora 09_prompting_techniques 10_basic_agent "
    "11_tool_use 12_rag_agent 13_multi_agent",
)
PROJECTS = [
    "Sentiment Analyzer",
    "Q&A Bot",
    "Text Summarizer",
    "RAG System",
    "Code Assistant",
    "Research Agent",
    "Multi-Agent System",
    "Custom Fine-tuned Model",
    "Production Agent",
]
NO_LINK = {
    ("4.3", "Short-term"), ("4.3", "Long-term"), ("4.3", "Episodic"), ("4.3", "Semantic"),
    ("5.1", "API Design"), ("5.1", "Containerization"), ("5.1", "Serverless"),
    ("5.2", "Human Evaluation"),
    ("5.3", "Caching"), ("5.3", "Batching"), ("5.3", "Model selection"), ("5.3", "Prompt optimization"),
    ("5.4", "Content filtering"), ("5.4", "Output validation"), ("5.4", "Jailbreak prevention"),
    ("2025-2026", "Claude Opus 4.5"), ("2025-2026", "MCP Protocol"), ("2025-2026", "Multi-agent production"),
}  # fmt: skip
LINKS = {
    "book": ["Deep Learning", "Dive into Deep Learning", "Natural Language Processing with Transformers"],
    "course": [
        "Stanford CS224N - NLP with Deep Learning",
        "Stanford CS25 - Transformers United",
        "Fast.ai - Practical Deep Learning",
        "DeepLearning.AI - LLM Courses",
    ],
    "channel": ["Andrej Karpathy", "3Blue1Brown", "Yannic Kilcher", "AI Explained"],
    "community": ["r/MachineLearning", "r/LocalLLaMA", "Hugging Face Forums", "LangChain Discord"],
    "repository": [
        "mlabonne/llm-course",
        "labmlai/annotated_deep_learning_paper_implementations",
        "floodsung/Deep-Learning-Papers-Reading-Roadmap",
        "dair-ai/Transformers-Recipe",
    ],
}
FIRST_CELLS = {
    "1.1": "Linear Algebra; Calculus; Probability",
    "1.2": "NN from scratch; Deep Learning book; Fast.ai course",
    "1.3": "PyTorch basics; PyTorch Lightning",
    "2.1": "Visual intro; Illustrated Guide; LLM Visualization",
    "2.2": "Attention Is All You Need; BERT; GPT-2",
    "2.3": "Annotated Transformer; nanoGPT; minGPT",
    "3.1": "GPT-3; InstructGPT; GPT-4; Llama 2; Claude; Mistral",
    "3.2": "Pre-training; Fine-tuning; RLHF; DPO",
    "3.3": "Prompt Engineering; Chain-of-Thought; Few-shot learning",
    "4.1": "ReAct; Chain-of-Thought; Tree of Thoughts; Reflexion",
    "4.2": "Function calling; Tool use; MCP",
    "4.3": "Short-term; Long-term; Episodic; Semantic",
    "4.4": "LangChain; LangGraph; Claude Code; CrewAI; AutoGen",
    "4.5": "Generative Agents; CAMEL; AutoGen",
    "5.1": "API Design; Containerization; Serverless",
    "5.2": "LLM Evaluation; Agent Evaluation; Human Evaluation",
    "5.3": "Caching; Batching; Model selection; Prompt optimization",
    "5.4": "Content filtering; Output validation; Jailbreak prevention",
    "2017": "Attention Is All You Need",
    "2018": "BERT; GPT",
    "2019": "GPT-2; RoBERTa",
    "2020": "GPT-3; Scaling Laws",
    "2021": "LoRA; FLAN",
    "2022": "InstructGPT; Chain-of-Thought; Chinchilla; Constitutional AI",
    "2023": "GPT-4; LLaMA; ReAct; Generative Agents; Tree of Thoughts; DPO; Llama 2",
    "2024": "Mixtral; Claude 3; Llama 3",
    "2025-2026": "Claude Opus 4.5; MCP Protocol; Multi-agent production",
}
"""The inventory's rows, each by its first cell."""
SEED = Path(__file__).resolve().parents[2] / "shared" / "seed" / "roadmap.md"


@pytest.fixture(scope="module")
def curriculum() -> Curriculum:
    return load_curriculum()


def test_parts_and_topics_are_those_of_the_learning_path(curriculum: Curriculum) -> None:
    found = {part.title: [topic.title for topic in curriculum.topics_of(part.id)] for part in curriculum.parts}
    assert found == TOPICS
    assert len(curriculum.topics) == 25
    weeks = [(part.weeks_minimum, part.weeks_maximum) for part in curriculum.parts]
    assert weeks == [(2, 4), (3, 4), (4, 6), (4, 6), (2, 4)]
    assert curriculum.weeks == (15, 24)


def test_papers_are_the_28_of_the_roadmap_and_ours_are_marked(curriculum: Curriculum) -> None:
    seed = [paper for paper in curriculum.papers if paper.origin == "roadmap"]
    assert sorted(paper.id for paper in seed) == sorted([*ARXIV_IDS, *NOT_ON_ARXIV])
    assert [paper.year for paper in seed] == sorted(paper.year for paper in seed)
    assert "2005.11401" in {paper.id for paper in curriculum.papers if paper.origin == "ours"}


def test_every_table_has_its_rows(curriculum: Curriculum) -> None:
    assert {table.section: len(table.rows) for table in curriculum.tables} == ROWS_PER_TABLE
    assert sum(ROWS_PER_TABLE.values()) == 88
    assert len(ROWS_PER_TABLE) == 27
    cells = {table.section: "; ".join(row.cells[0] for row in table.rows) for table in curriculum.tables}
    assert cells == FIRST_CELLS


def test_lists_notebooks_projects_and_boxes(curriculum: Curriculum) -> None:
    assert [notebook.name for notebook in curriculum.notebooks] == NOTEBOOKS
    assert [project.title for project in curriculum.projects] == PROJECTS
    assert Counter(project.level for project in curriculum.projects) == dict.fromkeys(
        ("beginner", "intermediate", "advanced"), 3
    )
    assert len([box for box in curriculum.boxes if box.is_part]) == 5
    assert len([box for box in curriculum.boxes if not box.is_part]) == 15
    assert {kind: [link.title for link in curriculum.links if link.kind == kind] for kind in LINKS} == LINKS
    assert len(curriculum.links) == 19


def test_stale_rows_say_what_to_do(curriculum: Curriculum) -> None:
    rows = [row for table in curriculum.tables for row in table.rows]
    found = {row.cells[0]: row.status for row in rows if row.status not in ("current", "no-link")}
    assert found == {
        "PyTorch basics": "moved",
        "Annotated Transformer": "weak",
        "nanoGPT": "deprecated",
        "Tool use": "moved",
        "LangChain": "weak",
        "LangGraph": "moved",
        "Claude Code": "moved",
        "CrewAI": "weak",
        "AutoGen": "deprecated",
        "Claude 3": "weak",
        "Llama 3": "weak",
        "Claude Opus 4.5": "stale",
    }
    for one in (*rows, *curriculum.links):
        if one.status not in ("current", "no-link"):
            assert one.remark
            assert one.successor
            assert is_web_address(one.successor.url)
            assert one.successor.url != one.url
    stale_links = [link.title for link in curriculum.links if link.status == "stale"]
    assert stale_links == ["LangChain Discord", "floodsung/Deep-Learning-Papers-Reading-Roadmap"]


def test_rows_without_a_link_are_the_18_of_the_inventory(curriculum: Curriculum) -> None:
    bare = {(table.section, row.cells[0]) for table in curriculum.tables for row in table.rows if not row.url}
    assert bare == NO_LINK
    notes = {note.name: note for note in curriculum.notes}
    named = [row for table in curriculum.tables for row in table.rows if row.note_name]
    assert {
        (table.section, row.cells[0]) for table in curriculum.tables for row in table.rows if row in named
    } == NO_LINK
    assert len({row.note_name for row in named}) == len(named), "each has a note of its own"
    for row in named:
        assert set(row.topic_ids) & set(notes[row.note_name].topic_ids), row.cells


def test_the_gaps_of_the_roadmap_are_filled_and_marked(curriculum: Curriculum) -> None:
    """Inventory G 11 and 23: what no table serves, and what fills it."""
    assert [gap.id for gap in curriculum.gaps] == [
        "no-resource-cnn-rnn",
        "no-resource-encoder-decoder",
        "no-resource-positional-encoding",
        "no-resource-scaling-laws",
        "no-rag-paper",
        "no-notebook-production",
    ]
    ours = {paper.id for paper in curriculum.papers if paper.origin == "ours"}
    by_id = {gap.id: gap for gap in curriculum.gaps}
    assert set(by_id["no-rag-paper"].paper_ids) <= ours
    assert set(by_id["no-resource-positional-encoding"].paper_ids) <= ours
    part = {topic.id for topic in curriculum.topics_of(curriculum.parts[4].id)}
    assert set(by_id["no-notebook-production"].topic_ids) == part
    assert not [notebook for notebook in curriculum.notebooks if notebook.part_id == curriculum.parts[4].id]
    assert by_id["no-notebook-production"].project_numbers == (9,)
    production = [curriculum.note(name) for name in by_id["no-notebook-production"].note_names]
    assert {topic_id for note in production for topic_id in note.topic_ids} >= part
    assert curriculum.gaps_of(curriculum.topics[3].id) == (by_id["no-resource-cnn-rnn"],)


@pytest.mark.skipif(not SEED.is_file(), reason="the seed roadmap is not beside the project")
def test_every_address_and_name_of_the_seed_is_kept(curriculum: Curriculum) -> None:
    text = SEED.read_text(encoding="utf-8")
    rows = [row for table in curriculum.tables for row in table.rows]
    assert all(cell in text for row in rows for cell in row.cells)
    assert all(row.url in text for row in rows)
    written = re.findall(r"\]\((https?://[^)]+)\)", text)
    assert len(written) == 92
    closing = Counter(re.findall(r"\]\((https?://[^)]+)\)", text.split("*Inspired by")[1]))
    kept = Counter(row.url for row in rows if row.url) + Counter(link.url for link in curriculum.links)
    assert Counter(written) - closing == kept
    assert len(set(written)) == 70
    assert all(link.url in text and link.title in text for link in curriculum.links)
    assert all(box.title in text for box in curriculum.boxes)


def test_every_topic_has_a_note(curriculum: Curriculum) -> None:
    assert [topic.title for topic in curriculum.topics if not curriculum.notes_of(topic.id)] == []


def test_every_topic_is_tended(curriculum: Curriculum) -> None:
    """Each topic has at least one of: paper, row, notebook, project, note."""
    for topic in curriculum.topics:
        assert (
            curriculum.papers_of(topic.id)
            or curriculum.rows_of(topic.id)
            or curriculum.notebooks_of(topic.id)
            or curriculum.notes_of(topic.id)
        ), topic.title


def test_aliases_and_glossary_answer_common_names(curriculum: Curriculum) -> None:
    aliases = curriculum.aliases
    assert aliases["LoRA"] == "2106.09685"
    assert aliases["InstructGPT"] == "2203.02155"
    assert aliases["the transformer paper"] == "1706.03762"
    assert aliases["GPT-2"] == "Language Models are Unsupervised Multitask Learners"
    assert aliases["Attention Is All You Need"] == "1706.03762"
    assert curriculum.glossary["RLHF"] == "reinforcement learning from human feedback"
    assert {"CoT", "DPO", "SFT", "PPO", "BPE", "MLM", "NSP", "RAG", "GQA", "SWA", "KV", "MoE", "FFN"} <= set(
        curriculum.glossary
    )


def test_values_are_frozen(curriculum: Curriculum) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        curriculum.parts[0].title = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        curriculum.glossary["X"] = "y"  # type: ignore[index]


def test_note_paths_are_the_notes_in_order() -> None:
    names = [path.name for path in note_paths()]
    assert names[0] == "01-attention.md"
    assert names == sorted(names)
    assert len({name[:2] for name in names}) == len(names) >= 10
    assert all(path.is_file() and path.parent == curriculum_folder() / "notes" for path in note_paths())


def test_importing_the_loader_reads_nothing_and_stays_light() -> None:
    code = (
        "import sys, tomllib; tomllib.loads = tomllib.load = None\n"
        "import curriculum.load\n"
        "print([name for name in ('torch', 'langchain_core', 'chromadb', 'numpy') if name in sys.modules])"
    )
    root = curriculum_folder().parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
