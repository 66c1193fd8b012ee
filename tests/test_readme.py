"""The README's commands and settings are those that exist, and its commands run as they are written."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from make_pdf import make_paper

from settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYTHON = ".venv/bin/python "
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
LINES = [line.split("  #")[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
COMMANDS = [line.removeprefix(PYTHON) for line in LINES if line.startswith(PYTHON)]
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with what the README's examples name, and one home for all of its commands."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "papers").mkdir()
    make_paper(folder / "papers" / "tiny.pdf")
    (folder / "notes.md").write_text("# Low-rank updates\n\nA low-rank update has few parameters.", encoding="utf-8")
    (folder / "questions.txt").write_text("What is LoRA?\nWhat is DPO?\n", encoding="utf-8")
    return folder


def test_the_first_screen_names_the_two_commands():
    first = README[:1500]
    assert "make run" in first
    assert "make test" in first


def test_every_make_target_it_names_exists():
    named = set(re.findall(r"\bmake ([a-z-]+)\b", "\n".join([*LINES, *re.findall(r"`(make [a-z-]+)`", README)])))
    assert named
    assert named <= TARGETS


def test_ci_runs_the_readmes_test_command_and_nothing_else():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]


def test_every_setting_it_names_exists():
    known = {PREFIX + field.name.upper() for field in fields(Settings)}
    named = set(re.findall(r"\bSTUDY_[A-Z_]+\b", README))
    assert named
    assert named <= known


def test_every_file_it_links_to_exists():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert all((ROOT / link).exists() for link in links)


def test_windows_lines_install_the_same_torch():
    pinned = re.search(r"torch==[\d.]+", MAKEFILE)[0]
    assert set(re.findall(r"torch==[\d.]+", README)) == {pinned}
    assert pinned in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert pinned in (ROOT / "constraints.txt").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_as_it_is_written(command, workplace):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "STUDY_HOME": str(workplace / "home"),
        "STUDY_MODEL": "embedded",
    }
    done = subprocess.run(
        [sys.executable, *shlex.split(command)],
        cwd=workplace,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_there_are_commands_of_each_terminal_door():
    assert {command.split()[1] for command in COMMANDS} >= {"ingestion", "vectorstore", "agent"}
