"""The built wheel carries every module and data file of the rooms, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("agent", "curriculum", "evals", "ingestion", "learner", "papers", "sandbox", "ui", "vectorstore")
DATA = (".md", ".toml", ".css", ".html", ".js", ".json", ".jsonl", ".pdf", ".pot", ".po", ".mo")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source") / "tree"
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(target), str(source)],
        check=True,
        capture_output=True,
    )
    (wheel,) = target.glob("roadmap_study_assistant-*.whl")
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


@pytest.mark.slow
def test_wheel_holds_all_modules_and_data(wheel_names):
    expected = {"app.py", "errors.py", "migration_runner.py", "settings.py"}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and (path.suffix == ".py" or path.suffix in DATA):
                expected.add(path.relative_to(ROOT).as_posix())
    assert expected - wheel_names == set()
    assert wheel_names - expected == set()
