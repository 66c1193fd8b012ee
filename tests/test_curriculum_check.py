"""`python -m curriculum check` and `start`: what they print, record and return."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from curriculum.__main__ import main
from curriculum.item_names import find_item, find_project
from curriculum.load import curriculum_folder, load_curriculum
from curriculum.model import Notebook, Project
from curriculum.notebook_text import notebook_path, read_cells, to_ipynb
from errors import ProjectError
from learner.__main__ import RECORD_FILE
from learner.store import LearnerStore
from learner.tracker import tracker_state
from learner.values import Evidence

ROOT = Path(__file__).resolve().parent.parent
OURS = curriculum_folder() / "projects"


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    """The learner's folder with project 2 done."""
    folder = tmp_path / "my bot"
    shutil.copytree(OURS / "02_qa_bot" / "solution", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def wrong(solved: Path) -> Path:
    """The same with one mistake."""
    file = solved / "search.py"
    file.write_text(
        file.read_text(encoding="utf-8").replace("return 1.0", "").replace("[:k]", "[:99]"), encoding="utf-8"
    )
    return solved


def recorded(home: Path) -> list[Evidence]:
    return LearnerStore(home / RECORD_FILE).evidence()


def ticked(home: Path) -> set[str]:
    return {box.box_id for box in tracker_state(load_curriculum(), recorded(home)) if box.done}


class TestCheck:
    def test_a_passed_project_is_recorded_once_and_ticks_its_box(
        self, solved: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["check", "2", str(solved)]) == 0
        printed = capsys.readouterr().out
        assert printed.startswith("Project 2: Q&A Bot\npassed  Documents are cut into whole sentences")
        assert "FAILED" not in printed
        assert "\n8 of 8 checks passed in " in printed
        assert printed.endswith(
            "Recorded. Now ticked in the tracker: “Practice prompting techniques”, “BERT and encoder models”.\n"
        )
        (evidence,) = recorded(own_home)
        assert (evidence.kind, evidence.item_id, evidence.outcome) == ("project", "2", 1.0)
        assert evidence.details["failed"] == {}
        assert str(solved) not in json.dumps(evidence.details)
        assert ticked(own_home) == {"prompting-techniques"}
        assert main(["check", "qa_bot", str(solved)]) == 0
        assert "Ticked in the tracker before: “Practice prompting techniques”, " in capsys.readouterr().out
        assert len(recorded(own_home)) == 2

    def test_a_failed_check_says_why_and_its_share_is_recorded(
        self, wrong: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["check", "Q&A Bot", str(wrong)]) == 1
        lines = capsys.readouterr().out.splitlines()
        place = next(place for place, line in enumerate(lines) if line.startswith("FAILED  The best passages"))
        assert lines[place + 1].startswith("        search gave ")
        assert lines[place + 1].endswith(" hits for k=3; cut the list.")
        assert lines[-2].startswith("7 of 8 checks passed in ")
        assert lines[-1] == "Recorded. The tracker ticks a box when all checks pass."
        (evidence,) = recorded(own_home)
        assert evidence.outcome == pytest.approx(7 / 8)
        assert list(evidence.details["failed"]) == ["check_ranking"]
        assert ticked(own_home) == set()

    def test_json_holds_all_of_it(self, wrong: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "02_qa_bot", str(wrong), "--json"]) == 1
        values = json.loads(capsys.readouterr().out)
        assert (values["kind"], values["number"], values["passed"]) == ("project", 2, False)
        assert (values["passed_count"], values["check_count"], values["recorded"]) == (7, 8, True)
        assert [check["name"] for check in values["checks"] if not check["passed"]] == ["check_ranking"]
        assert {box["box_id"]: box["done"] for box in values["boxes"]}["prompting-techniques"] is False

    def test_a_topic_without_a_box_is_told_too(self, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "4", str(OURS / "04_rag_system" / "solution"), "--json"]) == 0
        boxes = json.loads(capsys.readouterr().out)["boxes"]
        assert [(box["box_id"], box["new"]) for box in boxes if box["done"]] == [("memory-systems", True)]

    def test_nothing_is_recorded_when_asked_so(
        self, solved: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["check", "--no-record", "2", str(solved)]) == 0
        assert capsys.readouterr().out.endswith("\nNot recorded.\n")
        assert not (own_home / RECORD_FILE).exists()

    def test_what_the_code_printed_is_shown_when_a_check_failed(
        self, wrong: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = wrong / "search.py"
        file.write_text(file.read_text(encoding="utf-8") + "\nprint('look here')\n", encoding="utf-8")
        assert main(["check", "2", str(wrong), "--no-record"]) == 1
        assert "Your code printed last:\n        look here\n" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["check", "44", "."], "There is no project or notebook '44'. There are: 1 Sentiment Analyzer; "),
            (["check", "RAG sytem", "."], "There is no project or notebook 'RAG sytem'. Did you mean 4 RAG System?"),
            (["check", "2", "none"], "There is no folder none. Make it with: python -m curriculum start 2 NEW_FOLDER"),
            (["check", "2", "."], ". lacks bot.py, passages.py, search.py of project 2, Q&A Bot. Make it with: "),
            (["check", "1", "none.ipynb"], "The notebook none.ipynb cannot be read. Give the path of its file."),
            (["check", "1", "a.txt"], "a.txt is not a folder. Give the folder that holds analyzer.py, "),
        ],
    )
    def test_a_known_fault_is_one_sentence_with_a_hint(
        self,
        words: list[str],
        sentence: str,
        tmp_path: Path,
        own_home: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "a.txt").write_text("a")
        assert main(words) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith(sentence)
        assert printed.err.count("\n") == 1
        assert recorded(own_home) == []

    def test_a_record_that_cannot_be_opened_is_told_before_the_check(
        self, solved: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (own_home / RECORD_FILE).write_bytes(b"not a database" * 500)
        assert main(["check", "2", str(solved)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1

    @pytest.mark.parametrize("limit", ["0", "-1", "inf", "soon"])
    def test_a_limit_must_be_a_time(self, limit: str) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(["check", "2", ".", f"--limit={limit}"])

    @pytest.mark.slow
    def test_a_notebook_is_judged_and_recorded(
        self, tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        copy = tmp_path / "mine.ipynb"
        assert main(["start", "1", str(copy)]) == 0
        assert main(["check", "1", str(copy)]) == 1
        printed = capsys.readouterr().out
        assert "Notebook 1: PyTorch tensors and autograd\nFAILED  Exercise 1" in printed
        assert recorded(own_home)[0].outcome == 0.0
        values = json.loads(copy.read_bytes())
        solutions = iter([cell for cell in values["cells"] if cell["id"].startswith("solution-")])
        for cell in values["cells"]:
            if cell["id"].startswith("exercise-"):
                cell["source"] = next(solutions)["source"]
        copy.write_text(json.dumps(values), encoding="utf-8")
        assert main(["check", "01_pytorch_basics", str(copy)]) == 0
        assert "Recorded. Now ticked in the tracker: " in capsys.readouterr().out
        assert "pytorch-basics" in ticked(own_home)


class TestStart:
    def test_a_project_is_its_brief_and_starter(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        folder = tmp_path / "work" / "my bot"
        assert main(["start", "2", str(folder)]) == 0
        assert sorted(path.name for path in folder.iterdir()) == ["bot.py", "brief.md", "passages.py", "search.py"]
        assert (folder / "brief.md").read_bytes() == (OURS / "02_qa_bot" / "brief.md").read_bytes()
        assert (folder / "bot.py").read_bytes() == (OURS / "02_qa_bot" / "starter" / "bot.py").read_bytes()
        printed = capsys.readouterr().out
        assert printed.splitlines()[-1] == f'Check your work with: python -m curriculum check 2 "{folder}"'

    def test_what_is_there_stays(self, solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = {path: path.read_bytes() for path in solved.iterdir()}
        assert main(["start", "2", str(solved)]) == 2
        assert capsys.readouterr().err == f"The folder {solved} is not empty. Give a new or an empty one.\n"
        assert {path: path.read_bytes() for path in solved.iterdir()} == before
        copy = tmp_path / "mine.ipynb"
        copy.write_text("mine")
        assert main(["start", "4", str(copy)]) == 2
        assert copy.read_text() == "mine"

    def test_a_notebook_is_an_ipynb(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["start", "04_attention_from_scratch", str(tmp_path / "lesson")]) == 0
        path = tmp_path / "lesson" / "04_attention_from_scratch.ipynb"
        assert path.read_bytes() == to_ipynb(notebook_path("4"))
        assert read_cells(path)
        assert main(["start", "4", str(tmp_path / "four.ipynb"), "--json"]) == 0
        values = json.loads(capsys.readouterr().out.split("\n", 2)[2])
        assert values["files"] == ["four.ipynb"]
        assert (tmp_path / "four.ipynb").read_bytes() == path.read_bytes()

    def test_a_place_that_cannot_be_written_is_a_known_fault(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").write_text("a")
        assert main(["start", "2", str(tmp_path / "file")]) == 2
        assert main(["start", "2", str(tmp_path / "file" / "below")]) == 2
        assert "Traceback" not in capsys.readouterr().err


class TestNames:
    @pytest.mark.parametrize("text", ["4", "04", "04_rag_system", "rag-system", "RAG System", "ragsystem"])
    def test_a_project_has_many_names(self, text: str) -> None:
        assert find_project(load_curriculum(), text).number == 4

    def test_the_path_decides_between_a_project_and_a_notebook(self) -> None:
        contents = load_curriculum()
        for text in ("7", "Multi-Agent System"):
            assert isinstance(find_item(contents, text, Path("folder")), Project)
            assert isinstance(find_item(contents, text, Path("copy.ipynb")), Notebook)
        assert find_item(contents, "multi-agent system", Path("copy.py")).number == 13
        assert isinstance(find_item(contents, "13", Path("folder")), Notebook)
        with pytest.raises(ProjectError, match="no project ''"):
            find_project(contents, "")


@pytest.mark.slow
def test_the_readmes_two_lines_are_a_whole_round(tmp_path: Path, own_home: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "curriculum", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    folder = str(tmp_path / "my-rag")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python -m curriculum start 4 my-rag" in readme
    assert "python -m curriculum check 4 my-rag" in readme
    assert run("start", "4", folder).returncode == 0
    checked = run("check", "4", folder)
    assert checked.returncode == 1
    assert "is not written yet" in checked.stdout
    assert len(recorded(own_home)) == 1
