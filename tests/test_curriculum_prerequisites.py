"""The reading order of the papers: true to time, without circles, and its faults are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_curriculum import copy_of_curriculum, faults_of

from curriculum.load import curriculum_folder, load_curriculum


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_of_curriculum(tmp_path)


def set_prerequisites(folder: Path, paper_id: str, ids: str) -> None:
    path = folder / "papers.toml"
    head, mark, rest = path.read_text(encoding="utf-8").partition(f'id = "{paper_id}"')
    before, key, after = rest.partition("prerequisites = [")
    path.write_text(head + mark + before + key + ids + after[after.index("]") :], encoding="utf-8")


def test_a_learner_is_led_to_what_comes_before() -> None:
    curriculum = load_curriculum()
    before = {paper.id: paper.prerequisite_ids for paper in curriculum.papers}
    assert before["2203.02155"][0] == "2005.14165"  # InstructGPT after GPT-3
    assert before["2307.09288"][0] == "2302.13971"  # Llama 2 after LLaMA
    assert before["2305.18290"] == ("2203.02155",)  # DPO after InstructGPT
    assert before["2303.11366"] == ("2210.03629",)  # Reflexion after ReAct
    assert [paper_id for paper_id, ids in before.items() if not ids] == ["1409.0473", "1707.06347"]


def test_every_paper_of_the_roadmap_but_the_oldest_has_one() -> None:
    text = (curriculum_folder() / "papers.toml").read_text(encoding="utf-8")
    assert text.count("\nprerequisites = [") == text.count("[[paper]]")


@pytest.mark.parametrize(
    ("paper_id", "prerequisites", "expected"),
    [
        ("1810.04805", '"0000.00000"', "paper 1810.04805: there is no paper '0000.00000' (prerequisite)"),
        ("1706.03762", '"2005.14165"', "paper 1706.03762: its prerequisite '2005.14165' was published after it"),
        ("2203.02155", '"2204.05862"', "paper 2203.02155: its prerequisite '2204.05862' was published after it"),
        ("gpt", '"gpt"', "paper gpt: its prerequisites lead back to it"),
        ("gpt", '"1810.04805"', "paper 1810.04805: its prerequisites lead back to it"),
        ("gpt", "7", "`prerequisites` must be a list of texts"),
    ],
)
def test_a_wrong_order_is_named(copy: Path, paper_id: str, prerequisites: str, expected: str) -> None:
    set_prerequisites(copy, paper_id, prerequisites)
    assert expected in faults_of(load_curriculum, copy)


def test_the_same_year_without_an_arxiv_id_is_no_fault(copy: Path) -> None:
    set_prerequisites(copy, "1907.11692", '"gpt2"')
    load_curriculum(copy)
