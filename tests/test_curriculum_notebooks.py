"""The lessons: their shape, their exercises, and what a run of each finds."""

from __future__ import annotations

import json
import re
import symtable
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from curriculum.load import load_curriculum, note_paths
from curriculum.notebook_run import report, run_learners, run_notebook
from curriculum.notebook_text import (
    cells_of,
    exercises,
    ipynb_of,
    notebook_path,
    notebook_paths,
    read_cells,
    to_ipynb,
)
from curriculum.notebook_values import ROLE_TAGS, Cell, NotebookOutcome, Role
from errors import NotebookError

SECONDS_FOR_ALL = 480.0
PATHS = notebook_paths()
STEMS = [path.stem for path in PATHS]
BLANK = re.compile(r"NotImplementedError|\bNone\b|\.\.\.|TODO|\"\"|\[\]|\{\}|\(\)")

MISTAKES = tomllib.loads((Path(__file__).parent / "notebook_mistakes.toml").read_text(encoding="utf-8"))


@cache
def solved(stem: str) -> NotebookOutcome:
    return run_notebook(notebook_path(stem))


def trial_cells(path: Path, answers: Mapping[str, Mapping[str, str]]) -> tuple[list[Cell], list[tuple[int, str]]]:
    """The lesson to its last solution, where a check judges the stub and, where there is one, a wrong answer after it.

    The second value says of each check which exercise it is about, and what it must say (nothing about a stub).
    """
    cells: list[Cell] = []
    judged: list[tuple[int, str]] = []
    counts: Counter[str] = Counter()
    check = Cell("check", "", "")

    def add(role: Role, source: str) -> None:
        counts[role] += 1
        cells.append(Cell(role, source, f"{role}-{counts[role]}", (role,)))

    lesson = read_cells(path)
    last = max(place for place, cell in enumerate(lesson) if cell.role == "solution")
    for cell in lesson[: last + 1]:
        number = cell.identity.rpartition("-")[2]
        if cell.role == "check":
            check = cell
            judged.append((int(number), ""))
        if cell.role == "solution" and number in answers:
            add("solution", answers[number]["answer"])
            add("exercise", "pass")
            add("check", check.source)
            judged.append((int(number), answers[number]["says"]))
        if cell.role in ROLE_TAGS:
            add(cell.role, cell.source)
        else:
            cells.append(cell)
    return cells, judged


@cache
def tried(stem: str) -> tuple[NotebookOutcome, list[tuple[int, str]]]:
    """One run of a lesson with its stubs and its wrong answers; nothing after the last check depends on either."""
    cells, judged = trial_cells(notebook_path(stem), MISTAKES[stem])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{stem}.ipynb"
        path.write_bytes(ipynb_of(cells))
        return run_notebook(path, variant="stubs"), judged


def names_set_and_read(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell sets at its top level, and those that it reads from other cells."""
    top = symtable.symtable(source, "cell", "exec")
    own = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    read = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    waiting = list(top.get_children())
    while waiting:
        table = waiting.pop()
        read |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()}
        waiting += table.get_children()
    return own, read - own


def test_every_lesson_of_the_roadmap_is_there() -> None:
    assert [notebook.name for notebook in load_curriculum().notebooks] == STEMS


@pytest.mark.parametrize("path", PATHS, ids=STEMS)
class TestText:
    def test_opens_with_goal_and_ends_with_reading(self, path: Path) -> None:
        cells = read_cells(path)
        number = path.stem[:2]
        assert cells[0].role == "text"
        assert cells[0].source.startswith(f"# {number}. ")
        for word in ("**Goal.**", "**What you will build.**", "minutes", "**Prerequisites.**"):
            assert word in cells[0].source
        assert cells[-1].role == "text"
        assert re.search(r"^## What to read next$", cells[-1].source, re.M)

    def test_named_notes_papers_and_notebooks_exist(self, path: Path) -> None:
        text = "\n".join(cell.source for cell in read_cells(path) if cell.role == "text")
        papers = {str(paper.id) for paper in load_curriculum().papers}
        assert set(re.findall(r"\b\d{4}\.\d{5}\b", text)) <= papers
        notes = {note.stem for note in note_paths()}
        assert set(re.findall(r"\b\d\d-(?!bit\b)[a-z][a-z0-9-]+", text)) <= notes  # "64-bit" is no note
        names = {notebook.name for notebook in load_curriculum().notebooks}
        assert set(re.findall(r"\b\d\d_[a-z_]+", text)) <= names
        assert set(re.findall(r"\b[Nn]otebooks? (\d\d)\b", text)) <= {name[:2] for name in names}

    def test_has_exercises_with_stub_check_and_solution(self, path: Path) -> None:
        tasks = exercises(path)
        assert 3 <= len(tasks) <= 6
        for task in tasks:
            assert task.title.startswith(f"Exercise {task.number}"), task.title
            assert BLANK.search(task.stub), f"{task.title} has no place to fill"
            assert "assert" in task.check
            assert '"' in task.check.split("assert", 1)[1], f"the check of {task.title} says nothing"
            assert task.solution.strip() != task.stub.strip()

    def test_no_cell_needs_a_name_that_only_a_check_sets(self, path: Path) -> None:
        set_by_checks, set_elsewhere, read_elsewhere = set[str](), set[str](), set[str]()
        for cell in read_cells(path):
            if cell.is_code:
                own, read = names_set_and_read(cell.source)
                if cell.role == "check":
                    set_by_checks |= own
                else:
                    set_elsewhere |= own
                    read_elsewhere |= read
        assert (set_by_checks - set_elsewhere) & read_elsewhere == set()  # a check that fails sets nothing after it

    def test_has_at_least_two_mistakes_that_its_checks_must_name(self, path: Path) -> None:
        assert len(MISTAKES[path.stem]) >= 2
        assert set(MISTAKES[path.stem]) <= {str(task.number) for task in exercises(path)}

    def test_names_no_address_or_installation(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!localhost|127\.)|pip install|!pip|%pip", text)
        assert "kernelspec" in text.split("# %%", 1)[0]

    def test_is_read_as_jupytext_reads_it(self, path: Path) -> None:
        jupytext = pytest.importorskip("jupytext")
        theirs = [
            (cell["cell_type"] == "code", cell["source"].strip(), tuple(cell["metadata"].get("tags", ())))
            for cell in jupytext.read(path)["cells"]
        ]
        assert [(cell.is_code, cell.source.strip(), cell.tags) for cell in read_cells(path)] == theirs

    def test_download_is_a_valid_notebook_with_folded_solutions(self, path: Path, tmp_path: Path) -> None:
        nbformat = pytest.importorskip("nbformat")
        copy = tmp_path / "copy.ipynb"
        copy.write_bytes(to_ipynb(path))
        nbformat.validate(nbformat.read(copy, as_version=4))
        assert read_cells(copy) == read_cells(path)
        folded = [cell for cell in json.loads(copy.read_bytes())["cells"] if cell["metadata"].get("jupyter")]
        assert len(folded) == len(exercises(path))


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=STEMS)
class TestRun:
    def test_passes_with_our_solutions(self, path: Path, tell: Callable[[str], None]) -> None:
        outcome = solved(path.stem)
        tell(report(outcome).splitlines()[-1])
        assert outcome.passed, report(outcome)
        assert len(outcome.checks) == len(exercises(path))

    def test_every_check_fails_on_its_stub(self, path: Path) -> None:
        outcome, judged = tried(path.stem)
        of_stubs = [check for check, (_, says) in zip(outcome.checks, judged, strict=True) if not says]
        assert len(of_stubs) == len(exercises(path))
        assert [check.title for check in of_stubs if check.passed] == [], report(outcome)
        assert all(check.message for check in of_stubs)
        assert outcome.faults == ()

    def test_checks_name_the_mistake(self, path: Path) -> None:
        outcome, judged = tried(path.stem)
        for check, (number, says) in zip(outcome.checks, judged, strict=True):
            if says:
                assert not check.passed, f"exercise {number}: a wrong answer passes"
                assert re.search(says, check.message, re.S), f"exercise {number}: {check.message}"

    def test_shows_pictures(self, path: Path) -> None:
        if path.stem[:2] <= "06":
            assert solved(path.stem).figure_count >= 1


@pytest.mark.slow
def test_all_lessons_together_are_quick() -> None:
    seconds = {stem: solved(stem).seconds for stem in STEMS}
    assert sum(seconds.values()) < SECONDS_FOR_ALL, seconds


TINY = """# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # Tiny
# ### Exercise 1: add

# %% tags=["exercise"]
def add(a, b):
    raise NotImplementedError("Write add.")

# %% tags=["check"]
assert add(1, 2) == 3, "1 and 2 are 3."

# %% tags=["solution"]
def add(a, b):
    return a + b

# %%
import os, socket
import matplotlib.pyplot as plt
plt.plot([add(1, 2)])
plt.show()
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except ConnectionError as error:
    print(error)
print(os.environ.get("TEST_SECRET"), os.environ["HF_HUB_OFFLINE"], os.getcwd())
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "01_tiny.py"
    path.write_text(TINY)
    return path


class TestReading:
    def test_cells_and_identities(self) -> None:
        cells = cells_of(TINY)
        assert [cell.role for cell in cells] == ["text", "exercise", "check", "solution", "code"]
        assert [cell.identity for cell in cells] == ["cell-01", "exercise-1", "check-1", "solution-1", "cell-05"]
        assert cells[0].source == "# Tiny\n### Exercise 1: add"

    @pytest.mark.parametrize("role", ["exercise", "check", "solution"])
    def test_an_exercise_without_all_its_cells_is_a_fault(self, tiny: Path, role: str) -> None:
        tiny.write_text(TINY.replace(f'tags=["{role}"]', ""))
        with pytest.raises(NotebookError, match="out of order near 'Exercise 1: add'"):
            exercises(tiny)

    def test_unknown_names_and_broken_files_are_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(NotebookError, match="no notebook '99'"):
            notebook_path("99")
        for name, content in (("a.ipynb", "{"), ("b.ipynb", "[1]"), ("c.ipynb", '{"cells": 3}'), ("d.txt", "")):
            path = tmp_path / name
            path.write_text(content)
            with pytest.raises(NotebookError, match="not a notebook"):
                read_cells(path)
        with pytest.raises(NotebookError, match="cannot be read"):
            read_cells(tmp_path / "missing.ipynb")
        with pytest.raises(NotebookError, match="not a JSON list"):
            cells_of("# %% tags=[exercise]\n1\n")

    def test_number_and_name_find_the_same_lesson(self) -> None:
        assert notebook_path("1") == notebook_path("01") == notebook_path("01_pytorch_basics")


@pytest.mark.slow
class TestRunning:
    def test_runs_at_home_with_a_picture_and_without_keys(self, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEST_SECRET", "a-key")
        outcome = run_notebook(tiny)
        assert outcome.passed
        assert outcome.figure_count == 1
        printed = json.loads(outcome.notebook)["cells"][-1]["outputs"][-1]["text"]
        assert "without network, and 192.0.2.1 was called" in printed
        assert "None 1" in printed
        assert str(Path.cwd()) not in printed

    def test_the_learners_copy_is_judged_by_our_check(self, tiny: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.ipynb"
        values = json.loads(to_ipynb(tiny))
        exercise, check, solution = values["cells"][1:4]
        exercise["source"] = "def add(a, b):\n    return a - b"
        check["source"] = "pass  # softened"
        values["cells"][1:4] = [exercise, solution, check]
        copy.write_text(json.dumps(values))
        outcome = run_learners(tiny, copy)
        assert [check.message for check in outcome.checks] == ["1 and 2 are 3."]
        assert outcome.faults == ()

    def test_a_copy_without_the_check_does_not_pass(self, tiny: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.py"
        copy.write_text("# %%\nprint(1)\n")
        outcome = run_learners(tiny, copy)
        assert not outcome.passed
        assert outcome.checks[0].message == "The check cell is missing or did not end."

    @pytest.mark.parametrize(
        ("line", "fault"),
        [("import time; time.sleep(60)", "took longer than 4 seconds"), ("import os; os._exit(1)", "Python ended")],
    )
    def test_a_run_that_hangs_or_dies_ends(self, tiny: Path, tmp_path: Path, line: str, fault: str) -> None:
        copy = tmp_path / "copy.py"
        copy.write_text(TINY.replace('raise NotImplementedError("Write add.")', line))
        outcome = run_learners(tiny, copy, time_limit_seconds=4)
        assert not outcome.checks[0].passed
        assert len(outcome.faults) == 1
        assert fault in outcome.faults[0]
