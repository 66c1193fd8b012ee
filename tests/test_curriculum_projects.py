"""The projects: their files, what our checks find in our solutions, the starters and planted mistakes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from curriculum.load import curriculum_folder, load_curriculum
from curriculum.project_run import check_guided
from curriculum.project_text import load_projects, project_guide
from curriculum.project_values import Mistake, ProjectGuide, ProjectOutcome
from errors import CurriculumError

SECONDS_FOR_ALL = 120.0
"""For the checks of all solutions together, on two cores."""
OURS = curriculum_folder() / "projects"
FOLDERS = sorted(path.name for path in OURS.glob("[0-9][0-9]_*"))


@cache
def guide_of(name: str) -> ProjectGuide:
    number = int(name[:2])
    return project_guide(next(project for project in load_curriculum().projects if project.number == number))


@cache
def solved(name: str) -> ProjectOutcome:
    return check_guided(guide_of(name), guide_of(name).solution)


def told(outcome: ProjectOutcome) -> str:
    return "\n".join(f"{check.passed} {check.name}: {check.message} {check.trace}" for check in outcome.checks)


def planted() -> list[tuple[str, int]]:
    """Name of the project and place of the mistake, read without the loader, so that a fault fails one test only."""
    texts = {name: (OURS / name / "mistakes.toml").read_text(encoding="utf-8") for name in FOLDERS}
    return [(name, place) for name, text in texts.items() for place in range(text.count("[[mistake]]"))]


def plant(folder: Path, mistake: Mistake) -> None:
    file = folder / mistake.file
    file.write_text(file.read_text(encoding="utf-8").replace(mistake.old, mistake.new), encoding="utf-8")


def test_every_project_of_the_roadmap_is_there() -> None:
    projects = [(project.number, project.title) for project in load_curriculum().projects]
    guides = load_projects()
    assert [(guide.number, guide.title) for guide in guides] == projects
    assert [guide.name for guide in guides] == FOLDERS
    assert len(FOLDERS) == 9


@pytest.mark.parametrize("name", FOLDERS)
def test_most_checks_are_shown_to_find_something(name: str) -> None:
    caught = {mistake.check for mistake in guide_of(name).mistakes}
    assert len(caught) >= 3, f"only {sorted(caught)} are shown to find something"


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
class TestRun:
    def test_our_solution_passes(self, name: str, tell: Callable[[str], None]) -> None:
        outcome = solved(name)
        tell(f"{name}: {outcome.passed_count} of {len(outcome.checks)} checks, {outcome.seconds:.1f} s")
        assert outcome.passed, told(outcome)

    def test_no_check_passes_on_the_starter(self, name: str) -> None:
        outcome = check_guided(guide_of(name), guide_of(name).starter)
        assert [check.name for check in outcome.checks if check.passed] == [], told(outcome)
        assert all(check.message for check in outcome.checks)
        assert any("is not written yet" in check.message for check in outcome.checks), told(outcome)


@pytest.mark.slow
def test_all_solutions_together_are_quick() -> None:
    seconds = {name: round(solved(name).seconds, 1) for name in FOLDERS}
    assert sum(seconds.values()) < SECONDS_FOR_ALL, seconds


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place"), planted())
def test_a_planted_mistake_is_found(name: str, place: int, tmp_path: Path) -> None:
    guide = guide_of(name)
    mistake = guide.mistakes[place]
    copy = tmp_path / "copy"
    shutil.copytree(guide.solution, copy, ignore=shutil.ignore_patterns("__pycache__"))
    plant(copy, mistake)
    one = replace(guide, checks=tuple(check for check in guide.checks if check.name == mistake.check))
    (found,) = check_guided(one, copy).checks
    assert not found.passed, f"{mistake.check} passes with {mistake.new!r}"
    assert re.search(mistake.says, found.message), found.message


Spoil = Callable[[Path], object]


def edited(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")

    return spoil


FAULTS: list[tuple[Spoil, str]] = [
    (lambda folder: (folder / "brief.md").unlink(), "brief.md: the file is missing"),
    (lambda folder: (folder / "check.py").write_text("def"), "check.py: is not Python"),
    (lambda folder: (folder / "mistakes.toml").write_text("=", encoding="utf-8"), "mistakes.toml: cannot be read"),
    (edited("brief.md", "# 2. Q&A Bot", "# Q&A Bot"), "one heading of the first level, '# 2. Q&A Bot'"),
    (edited("brief.md", "## Hints", "## Tips"), "its sections must be Goal"),
    (edited("brief.md", "1. **Sentences.**", "7. **Sentences.**"), "'Milestones' must be 4 to 6 points"),
    (edited("brief.md", "- A second bot", "A second bot"), "'What is checked' must have one bullet for each of 8"),
    (edited("brief.md", "## Hints", "## Hints\n" + "word " * 300), "must have 300 to 700 words, not"),
    (edited("brief.md", "## Hints", "## Hints\n\nSee https://example.org."), "must name no address"),
    (edited("brief.md", "1810.04805", "1810.99999"), "there is no paper '1810.99999'"),
    (edited("brief.md", "12_rag_agent", "12_rag_robot"), "there is no lesson '12_rag_robot'"),
    (edited("brief.md", "10-rag", "10-rug"), "there is no note '10-rug'"),
    (
        edited("check.py", "check_terms(project)", "check_terms(folder)"),
        "check_terms must take one argument, `project`",
    ),
    (edited("check.py", "def check_", "def look_"), "must have 5 to 9 checks, not 0"),
    (
        edited("check.py", '    """What the documents do not tell is not answered."""\n', ""),
        "check_not_found must have a docstring",
    ),
    (edited("starter/bot.py", "NotImplementedError", "ValueError"), ""),
    (lambda folder: (folder / "solution" / "bot.py").unlink(), "solution: must have the files of starter"),
    (lambda folder: shutil.rmtree(folder / "starter"), "starter: has no Python file"),
    (
        edited("mistakes.toml", 'old = "            if asked <= held:"', 'old = "if maybe:"'),
        "must stand once in bot.py, not 0",
    ),
    (edited("mistakes.toml", 'file = "passages.py"', 'file = "a.py"'), "there is no file 'a.py'"),
    (edited("mistakes.toml", 'check = "check_terms"', 'check = "check_tea"'), "there is no check 'check_tea'"),
    (edited("mistakes.toml", 'says = "take endings off"', 'says = "("'), "`says` is not a regular expression"),
    (edited("mistakes.toml", "says =", "tells ="), "`tells` is not a known key"),
]


@pytest.fixture
def two(tmp_path: Path) -> Path:
    folder = tmp_path / "02_qa_bot"
    shutil.copytree(OURS / "02_qa_bot", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(("spoil", "fault"), FAULTS, ids=[fault[:40] or "none" for _, fault in FAULTS])
def test_a_fault_of_the_files_is_told(two: Path, spoil: Spoil, fault: str) -> None:
    spoil(two)
    project = load_curriculum().projects[1]
    if not fault:  # other files of the starter still leave something to write
        assert project_guide(project, two.parent).name == "02_qa_bot"
        return
    with pytest.raises(CurriculumError, match="The projects have") as caught:
        project_guide(project, two.parent)
    assert fault in caught.value.message


def test_all_faults_are_told_at_once(two: Path) -> None:
    edited("brief.md", "10-rag", "10-rug")(two)
    edited("mistakes.toml", 'file = "passages.py"', 'file = "a.py"')(two)
    shutil.copytree(two, two.parent / "02_second_bot")
    (two.parent / "12_unknown").mkdir()
    with pytest.raises(CurriculumError) as caught:
        load_projects(two.parent)
    for fault in (
        "there is no note '10-rug'",
        "there is no file 'a.py'",
        "there is no folder for 'Sentiment Analyzer'",
        "02_second_bot: there are two folders of this number",
        "12_unknown: the roadmap has no project of this number",
    ):
        assert fault in caught.value.message
    assert "have 12 faults" in caught.value.message
