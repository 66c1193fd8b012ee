"""The roadmap in the terminal."""

import json
from datetime import UTC, datetime

import pytest

from curriculum.__main__ import main
from curriculum.load import load_curriculum
from learner.__main__ import RECORD_FILE
from learner.acts import notebook_evidence, tick
from learner.store import LearnerStore


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")


def line_with(printed, words):
    return next(line for line in printed.splitlines() if words in line)


def test_the_whole_roadmap_is_listed(capsys):
    assert main([]) == 0
    printed = capsys.readouterr().out
    curriculum = load_curriculum()
    for part in curriculum.parts:
        assert f"Part {part.number}: {part.title}" in printed
    words = " ".join(printed.replace("│", " ").replace("├──", " ").replace("└──", " ").split())
    for topic in curriculum.topics:
        assert topic.title in words
    for notebook in curriculum.notebooks:
        assert notebook.name in words
    for link in curriculum.links:
        assert link.title in words
    for table in curriculum.tables:
        assert all(row.cells[0] in words for row in table.rows if row.paper_id is None)
    assert "nanoGPT (deprecated, see Karpathy - nanochat)" in words
    assert "Caching (no-link, our note 39-caching)" in words
    assert "LangChain Discord (stale, see LangChain Forum)" in words
    assert "gaps we filled: Part 5 has no notebook." in words


def test_without_a_record_nothing_is_done_and_none_is_made(capsys, own_home):
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert "0 of 15 boxes are ticked" in printed
    assert "Next: Linear Algebra & Calculus refresher." in printed
    assert "it needs no other topic." in printed
    assert "[x]" not in printed
    assert line_with(printed, "[ ] Linear Algebra").rstrip().endswith("next")
    assert not (own_home / RECORD_FILE).exists()


def test_the_record_tells_how_far_each_topic_is_and_what_comes_next(capsys, own_home):
    curriculum = load_curriculum()
    store = LearnerStore(own_home / RECORD_FILE)
    at = datetime(2026, 11, 25, tzinfo=UTC)
    tick(store, curriculum, "math", at=at)
    store.record(notebook_evidence(curriculum.notebooks[1], passed=5, total=5, at=at))
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert "[x] Linear Algebra & Calculus refresher  by hand since 2026-11-25" in printed
    assert "[x] Neural Networks basics  by evidence since 2026-11-25" in printed
    assert line_with(printed, "[ ] PyTorch fundamentals").rstrip().endswith("next")
    assert "2 of 15 boxes are ticked" in printed
    assert "you have done what it needs: Neural Networks basics" in printed


def test_a_record_that_cannot_be_read_is_one_sentence_and_the_roadmap_is_still_listed(capsys, own_home):
    (own_home / RECORD_FILE).write_bytes(b"not a database" * 100)
    assert main([]) == 0
    captured = capsys.readouterr()
    assert "cannot be used" in captured.err
    assert captured.err.count("\n") == 1
    assert "Part 5: Production & Deployment" in captured.out
    assert "boxes are ticked" not in captured.out
    assert (own_home / RECORD_FILE).read_bytes() == b"not a database" * 100


def test_one_topic_is_told_in_full(capsys):
    assert main(["scaling", "laws"]) == 0
    printed = capsys.readouterr().out
    assert printed == load_curriculum().describe("scaling laws") + "\n"
    assert "2001.08361" in printed


def test_other_programs_get_all_of_it(capsys):
    assert main(["--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (len(values["parts"]), len(values["topics"]), len(values["notebooks"]), len(values["projects"])) == (
        5,
        25,
        13,
        9,
    )
    assert len(values["boxes"]) == 20
    assert (len(values["tables"]), len(values["links"]), len(values["gaps"])) == (27, 19, 6)
    assert values["tables"][2]["rows"][0]["successor"]["url"] == "https://docs.pytorch.org/tutorials/"
