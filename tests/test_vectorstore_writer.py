"""One writer at a time, and nothing acknowledged is lost when it is killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_embedder import ToyEmbedder

from errors import HomeBusyError
from vectorstore.library import Library

ROOT = Path(__file__).resolve().parent.parent
KILLS = 4
FILES = 60

WRITER = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from toy_embedder import ToyEmbedder
from vectorstore.library import Library
with Library.open(Path(sys.argv[3]), ToyEmbedder()) as library:
    print("open", flush=True)
    for path in map(Path, sys.argv[4:]):
        print(library.add([path]).files[0].document_id, flush=True)
    print("done", flush=True)
    time.sleep(60)
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills with a POSIX signal")


def start_writer(folder, paths=()):
    command = [sys.executable, "-c", WRITER, str(ROOT), str(ROOT / "tests"), str(folder), *map(str, paths)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    rest = process.stdout.read()
    process.stdout.close()
    return rest


@pytest.fixture
def other_writer(tmp_path):
    """A process that holds the library open."""
    process = start_writer(tmp_path / "library")
    assert process.stdout.readline() == "open\n"
    yield process
    if process.poll() is None:
        kill(process)


def test_second_writer_is_refused_at_once_and_a_dead_one_is_succeeded(tmp_path, other_writer):
    started = time.monotonic()
    with pytest.raises(HomeBusyError, match=f"process {other_writer.pid}"):
        Library.open(tmp_path / "library", ToyEmbedder())
    assert time.monotonic() - started < 1.0
    with Library.open(tmp_path / "library", ToyEmbedder(), read_only=True) as reader:
        assert reader.search("anything") == []
    kill(other_writer)
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        assert json.loads((tmp_path / "library" / "writer.json").read_text())["pid"] == os.getpid()
        assert library.check().healthy


def test_terminal_lists_beside_a_writer_and_refuses_to_write(tmp_path, other_writer, capsys, monkeypatch):
    from vectorstore.__main__ import main

    monkeypatch.setenv("STUDY_HOME", str(tmp_path))
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["add", str(tmp_path)]) == 2
    assert f"process {other_writer.pid}" in capsys.readouterr().err


def test_second_library_in_this_process_is_refused(tmp_path):
    with Library.open(tmp_path / "library", ToyEmbedder()), pytest.raises(HomeBusyError, match="this process"):
        Library.open(tmp_path / "library", ToyEmbedder())
    Library.open(tmp_path / "library", ToyEmbedder()).close()


def test_killed_writers_lose_no_acknowledged_document(tmp_path):
    chance = random.Random(7)
    paths = []
    for number in range(FILES):
        paths.append(tmp_path / f"note{number:02}.md")
        sections = "".join(f"\n\n## Part {part}\n\nTopic{number} part{part} words." for part in range(12))
        paths[-1].write_text(f"# Note {number}{sections}")
    acknowledged = set()
    for _ in range(KILLS):
        process = start_writer(tmp_path / "library", paths)
        lines = [process.stdout.readline() for _ in range(2)]
        time.sleep(chance.uniform(0.0, 0.4))
        lines += kill(process).splitlines(keepends=True)
        acknowledged |= {line.strip() for line in lines if line.endswith("\n")} - {"open", "done"}
    assert acknowledged
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        assert acknowledged <= {summary.id for summary in library.documents()}
        assert library.check().faults == ()
        library.add(paths)
        killed = best_chunks(library)
    with Library.open(tmp_path / "clean", ToyEmbedder()) as library:
        library.add(paths)
        assert best_chunks(library) == killed


def best_chunks(library):
    """The one chunk that has both words; those behind it are equals, which an approximate index may swap."""
    return [library.search(f"topic{n} part{n % 12}", limit=1)[0].chunk_id for n in range(FILES)]
