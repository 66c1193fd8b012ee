"""Broken data: all faults are named at once, and each in words that lead to its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_curriculum import change, copy_of_curriculum, faults_of

from curriculum.load import load_curriculum
from curriculum.parsing import is_web_address


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_of_curriculum(tmp_path)


def test_an_unbroken_copy_loads(copy: Path) -> None:
    assert load_curriculum(copy).notes[0].path.parent == copy / "notes"


def test_all_faults_are_reported_at_once(copy: Path) -> None:
    roadmap, papers, resources = copy / "roadmap.toml", copy / "papers.toml", copy / "resources.toml"
    change(roadmap, "weeks = [3, 4]", "weeks = [4, 3]")
    change(roadmap, 'goal = "Deeply', 'goool = "Deeply')
    change(roadmap, 'prerequisites = ["math"]', 'prerequisites = ["scaling-laws"]')
    change(roadmap, 'prerequisites = ["neural-networks"]', 'prerequisites = ["alchemy"]')
    change(roadmap, 'name = "02_simple_nn"', 'name = "01_pytorch_basics"')
    change(roadmap, 'level = "beginner"', 'level = "easy"')
    change(papers, 'aliases = ["RoBERTa"]', 'aliases = ["lora"]')
    change(papers, "year = 2017", "year = 2018")
    change(papers, 'topics = ["bert-encoders"]', 'topics = ["bertology"]')
    change(resources, "https://course.fast.ai/", "course fast ai")
    change(resources, "https://www.deeplearning.ai/", "javascript:alert(1)//x.ai")
    change(resources, 'url = "https://github.com/karpathy/nanochat"', 'url = "https://nanochat"')
    change(resources, ', successor = { title = "CrewAI documentation", url = "https://docs.crewai.com/" }', "")
    change(resources, 'note = "29-model-context-protocol"', 'note = "99-none"')
    change(resources, 'notes = ["10-rag"]', 'notes = ["10-ragged"]')
    change(resources, "projects = [9]", "projects = [10]")
    change(resources, 'notebooks = ["03_cnn_mnist"]', 'notebooks = ["03_cnn"]')
    change(resources, 'id = "no-rag-paper"', 'id = "no-resource-cnn-rnn"')
    change(resources, 'paper = "1706.03762"', 'paper = "1706.00000"')
    change(resources, 'cells = ["Calculus", ', 'cells = ["Calculus", "extra", ')
    change(copy / "glossary.toml", 'RLHF = "reinforcement learning from human feedback"', "RLHF = 7")
    change(copy / "notes" / "01-attention.md", 'papers: ["1706.03762"', 'papers: ["9999.99999"')
    change(copy / "notes" / "06-lora.md", "title: LoRA, low-rank adaptation\n", "")
    text = faults_of(load_curriculum, copy)
    for expected in (
        "`weeks` must be a range such as [2, 4], not [4, 3]",
        "part transformers: `goal` is missing",
        "part transformers: `goool` is not a known key",
        "topic neural-networks: its prerequisite 'scaling-laws' does not come before it",
        "topic pytorch: there is no topic 'alchemy' (prerequisite)",
        "notebook name: '01_pytorch_basics' is used more than once",
        "`level` is 'easy'; allowed are beginner, intermediate, advanced",
        "paper name: 'lora' is used more than once",
        "`year` is 2018, but arXiv 1706.03762 is of 2017",
        "there is no topic 'bertology'",
        "`url` is not a web address: 'course fast ai'",
        "`url` is not a web address: 'javascript:alert(1)//x.ai'",
        "successor: `url` is not a web address: 'https://nanochat'",
        "is weak, so it must name a `successor` or a `note`",
        "there is no note '99-none'",
        "gap no-resource-cnn-rnn: there is no note '10-ragged'",
        "gap no-notebook-production: there is no project 10",
        "gap no-resource-cnn-rnn: there is no notebook '03_cnn'",
        "gap id: 'no-resource-cnn-rnn' is used more than once",
        "there is no paper '1706.00000'",
        "has 4 cells for 3 columns",
        "`RLHF` must be a text that is not empty, not 7",
        "note 01-attention: there is no paper '9999.99999'",
        "notes/06-lora.md: `title` is missing",
    ):
        assert expected in text, f"{expected}\nnot in\n{text}"
    assert text.startswith("The curriculum has 24 faults:")


def test_an_unreadable_file_is_one_fault_and_the_others_are_still_judged(copy: Path) -> None:
    (copy / "papers.toml").write_text("[[paper]\n", encoding="utf-8")
    change(copy / "roadmap.toml", 'level = "beginner"', 'level = "easy"')
    text = faults_of(load_curriculum, copy)
    assert "papers.toml: cannot be read" in text
    assert "`level` is 'easy'" in text
    assert text.startswith("The curriculum has 2 faults:")


@pytest.mark.parametrize("name", ["roadmap.toml", "resources.toml", "glossary.toml"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert f"{name}: the file is missing" in faults_of(load_curriculum, copy)


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("# Attention\n", "has no front matter"),
        ("---\ntitle: X\ntopics: [a, b\n---\ntext\n", "is not a JSON list or text"),
        ("---\nno colon here\n---\ntext\n", "is not `key: value`"),
        ("---\ntitle: X\ntopics: []\npapers: []\nauthor: me\n---\n\n", "has no text below its front matter"),
    ],
)
def test_broken_front_matter_is_named(copy: Path, front: str, expected: str) -> None:
    (copy / "notes" / "99-broken.md").write_text(front, encoding="utf-8")
    text = faults_of(load_curriculum, copy)
    assert "notes/99-broken.md" in text
    assert expected in text


@pytest.mark.parametrize("content", ["part = 3\n", "[part]\nid = 'x'\n", "part = [1, 2]\n"])
def test_wrong_shapes_never_raise_anything_else(copy: Path, content: str) -> None:
    (copy / "roadmap.toml").write_text(content, encoding="utf-8")
    assert "roadmap.toml" in faults_of(load_curriculum, copy)


def test_bytes_that_are_not_text_are_one_fault(copy: Path) -> None:
    (copy / "glossary.toml").write_bytes(b"\xff\xfe\x00")
    assert "glossary.toml: cannot be read" in faults_of(load_curriculum, copy)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org/a",
        "https://",
        "https://localhost/a",
        "https://example..org/",
        "https://-example.org/",
        "https://exa mple.org/",
        "https://example.org/a b",
        "https://example.org/\n",
        'https://example.org/"onclick=x',
        "https://example.org/<b>",
        "https://user@example.org/",
        "https://example.org:8080/",
        "https://example.org:x/",
        "https://example.org/../a",
        "https://ex\u0430mple.org/",
        "https:/example.org",
        "https://[::1]/a",
        "https://[/a",
    ],
)
def test_what_is_not_a_web_address(address: str) -> None:
    assert not is_web_address(address)


@pytest.mark.parametrize(
    "address",
    ["https://d2l.ai/", "http://a.b.co", "https://www.youtube.com/@x?list=A-b_c&t=1#top", "https://x.org/a,b"],
)
def test_what_is_a_web_address(address: str) -> None:
    assert is_web_address(address)
