"""The runner of project checks: what it holds back, what it caps, what it tells, and that it always ends."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from curriculum.project_run import check_guided, check_project
from curriculum.project_values import ProjectCheck, ProjectCheckOutcome, ProjectGuide, ProjectOutcome
from errors import MissingPackageError, ProjectError

CHECK = '''
def check_first(project):
    """First"""
    assert project.load("work").first() == 1, "first gave another number, expected 1; count again."


def check_second(project):
    """Second"""
    assert project.load("work").second() == 2, "second gave another number, expected 2; count again."


def check_script(project):
    """Script"""
    done = project.run(["script.py", "a", "b"], "in\\\\n", time_limit_seconds=5)
    assert done.returncode == 0, f"script.py ended with {done.returncode}: {done.errors[-200:]}"
    assert done.output == "in ab\\\\n", f"script.py printed {done.output!r}, expected 'in ab'."
'''.replace("\\\\", "\\")
WORK = "from part import two\n\ndef first():\n    return 1\n\ndef second():\n    return two()\n"
PART = "def two():\n    return 2\n"
SCRIPT = "import sys\nfrom part import two\nassert two() == 2\nprint(input() + ' ' + ''.join(sys.argv[1:]))\n"


@pytest.fixture
def guide(tmp_path: Path) -> ProjectGuide:
    """A project of three checks, and a learner's folder beside it that passes them."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "check.py").write_text(CHECK)
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, text in (("work.py", WORK), ("part.py", PART), ("script.py", SCRIPT)):
        (mine / name).write_text(text)
    checks = tuple(ProjectCheck(f"check_{name}", name.capitalize()) for name in ("first", "second", "script"))
    files = ("part.py", "script.py", "work.py")
    return ProjectGuide(1, "01_tiny", "Tiny", tmp_path / "ours", "", (), files, checks, ())


def check(guide: ProjectGuide, **files: str) -> ProjectOutcome:
    mine = guide.path.parent / "mine"
    for name, text in files.items():
        (mine / f"{name}.py").write_text(text)
    return check_guided(guide, mine, time_limit_seconds=4)


def first(guide: ProjectGuide, body: str) -> ProjectCheckOutcome:
    """The outcome of the first check when the learner's function has this body; the second must pass all the same."""
    outcome = check(guide, work=WORK.replace("    return 1\n", f"    {body}\n"))
    assert [one.passed for one in outcome.checks[1:]] == [True, True], outcome.checks
    return outcome.checks[0]


def test_passes_and_leaves_the_learners_folder_as_it_was(guide: ProjectGuide) -> None:
    outcome = check(guide)
    assert outcome.passed, outcome.checks
    assert (outcome.passed_count, outcome.name, [one.title for one in outcome.checks]) == (
        3,
        "01_tiny",
        ["First", "Second", "Script"],
    )
    assert all(0 <= one.seconds < 4 for one in outcome.checks)
    assert sorted(path.name for path in (guide.path.parent / "mine").iterdir()) == list(guide.files)


@pytest.mark.parametrize(
    ("body", "message", "place"),
    [
        ("return 3", "first gave another number, expected 1; count again.", None),
        ("raise NotImplementedError('Count.')", "first in work.py is not written yet. Count.", None),
        ("return {}['a']", "KeyError in work.py, line 4, first: 'a'", "work.py, line 4, first: return {}['a']"),
        ("assert two() == 3", "AssertionError in work.py, line 4, first", "work.py, line 4, first: assert two() == 3"),
        ("raise SystemExit(0)", "The code ended Python with sys.exit; let the function return instead.", "work.py"),
    ],
)
def test_a_failed_check_says_why_and_where(guide: ProjectGuide, body: str, message: str, place: str | None) -> None:
    found = first(guide, body)
    assert not found.passed
    assert found.message == message
    assert len(found.trace) == (1 if place else 0)
    assert not place or found.trace[0].startswith(place)


def test_an_endless_loop_costs_its_own_check_only(guide: ProjectGuide) -> None:
    found = first(guide, "\n    while True: pass")
    assert found.message == "It took longer than 4 seconds and was ended; look for a loop that does not end."


def test_the_end_of_python_costs_its_own_check_only(guide: ProjectGuide) -> None:
    found = first(guide, "import os; os._exit(0)")
    assert found.message == "Python ended during this check; look for os._exit, or for far too much memory."


def test_a_process_or_thread_left_behind_does_not_hold_it_up(guide: ProjectGuide) -> None:
    sleep = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    thread = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()"
    started_at = time.monotonic()
    outcome = check(guide, work=WORK.replace("    return 1\n", f"    {sleep}\n    {thread}\n    return 1\n"))
    assert outcome.passed, outcome.checks
    assert time.monotonic() - started_at < 20


def test_nothing_leaves_this_computer(guide: ProjectGuide) -> None:
    call = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    assert "Lessons and projects run without network, and 192.0.2.1 was called." in first(guide, call).message
    send = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'a', ('192.0.2.1', 53))"
    assert "192.0.2.1 was called" in first(guide, send).message
    outcome = check(guide, work=WORK, script=f"{call}\n")
    assert "192.0.2.1 was called" in outcome.checks[2].message


def test_keys_of_the_user_are_not_there(guide: ProjectGuide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    names = "('OPENAI_API_KEY', 'STUDY_HOME', 'HOME')"
    found = first(guide, f"import os; raise ValueError([os.environ.get(name) for name in {names}])")
    assert "[None, '" in found.message
    assert str(Path.home()) + "'" not in found.message


def test_output_is_capped_and_the_learners_channel_is_not_ours(guide: ProjectGuide) -> None:
    noise = "import sys; print('a' * 3_000_000); print('{\"end\": 1}', file=sys.stderr); print('last'); return 1"
    outcome = check(guide, work=WORK.replace("    return 1\n", f"    {noise}\n"))
    assert outcome.passed, outcome.checks
    assert len(outcome.output) <= 20_000
    assert outcome.output.endswith("last\n")
    assert len(first(guide, "raise ValueError('b' * 5000)").message) == 800


def test_code_that_cannot_be_imported_is_one_sentence_for_each_check(guide: ProjectGuide) -> None:
    outcome = check(guide, work="def first(:\n")
    assert [one.message for one in outcome.checks[:2]] == ["work.py, line 1, is not Python: invalid syntax."] * 2
    assert outcome.checks[2].passed
    assert "ModuleNotFoundError in work.py, line 1" in check(guide, work="import no_such_thing\n").checks[0].message


def test_a_script_that_does_not_end_is_ended(guide: ProjectGuide) -> None:
    (outcome,) = check_guided(
        replace(guide, checks=guide.checks[2:]), _with_script(guide, "while True: pass\n"), time_limit_seconds=20
    ).checks
    assert outcome.message == "script.py took longer than 5 seconds; look for a loop that does not end."


def _with_script(guide: ProjectGuide, text: str) -> Path:
    mine = guide.path.parent / "mine"
    (mine / "script.py").write_text(text)
    return mine


def test_the_learners_check_file_is_not_asked(guide: ProjectGuide) -> None:
    soft = "def check_first(project): pass\ndef check_second(project): pass\ndef check_script(project): pass\n"
    mine = guide.path.parent / "mine"
    (mine / "project_check.py").write_text(soft)
    outcome = check(guide, work="def first(): return 3\ndef second(): return 3\n", check=soft)
    assert [one.passed for one in outcome.checks] == [False, False, True]


@pytest.mark.parametrize("name", ["agent", "errors", "settings"])
def test_a_module_of_the_learners_wins_over_ours_of_the_same_name(guide: ProjectGuide, name: str) -> None:
    text = f"from {name} import one\n" + WORK.replace("return 1", "return one()")
    files = {name: "def one():\n    return 1\n", "work": text, "script": f"from {name} import one\n{SCRIPT}"}
    outcome = check(guide, **files)
    assert outcome.passed, outcome.checks


def test_all_checks_together_have_a_limit(guide: ProjectGuide) -> None:
    mine = guide.path.parent / "mine"
    (mine / "work.py").write_text("import time\ndef first(): time.sleep(60)\ndef second(): return 2\n")
    outcome = check_guided(guide, mine, time_limit_seconds=60, total_limit_seconds=3)
    assert [one.passed for one in outcome.checks] == [False] * 3
    assert "took longer than" in outcome.checks[0].message
    assert outcome.checks[2].message == "Not run: the checks before it took 3 seconds together."
    assert outcome.seconds < 10


def test_checks_that_cannot_start_are_a_known_fault(guide: ProjectGuide) -> None:
    (guide.path / "check.py").write_text("import no_such_package\n")
    with pytest.raises(MissingPackageError, match="no_such_package"):
        check(guide)
    (guide.path / "check.py").write_text("1 / 0\n")
    with pytest.raises(ProjectError, match="cannot be started") as caught:
        check(guide)
    assert "ZeroDivisionError" in caught.value.hint


def test_what_is_no_folder_for_the_project_is_a_known_fault(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no folder") as caught:
        check_project(2, tmp_path / "none")
    assert caught.value.hint == "Make it with: python -m curriculum start 2 NEW_FOLDER"
    (tmp_path / "file.txt").write_text("a")
    with pytest.raises(ProjectError, match="is not a folder"):
        check_project("02_qa_bot", tmp_path / "file.txt")
    with pytest.raises(ProjectError, match="lacks bot.py, passages.py, search.py of project 2, Q&A Bot"):
        check_project("Q&A bot", tmp_path)
    with pytest.raises(ProjectError, match="There is no project '44'"):
        check_project(44, tmp_path)
