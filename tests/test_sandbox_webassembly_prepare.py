"""Compiling: one at a time, in a child, with progress, stoppable, and never a half result."""

import os
import subprocess
import sys
import threading
import time

import pytest

from errors import SandboxError
from sandbox import webassembly_prepare
from sandbox.webassembly import WebAssemblyWall
from sandbox.webassembly_cache import CompiledCache
from sandbox.webassembly_prepare import (
    COMPILE_PROCESSOR_SECONDS,
    PreparationStoppedError,
    estimate,
    prepare_cache,
)

COMPILER = """
import json, os, struct, sys, time
def tell(message):
    data = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.buffer.flush()
(length,) = struct.unpack(">I", sys.stdin.buffer.read(4))
folder = json.loads(sys.stdin.buffer.read(length))["cache"]
open(RUNS, "a").write(f"{os.getpid()}\\n")
module = os.path.join(folder, "small.cwasm")
"""
GOOD = "tell({'processor_seconds': 50.0}); open(module, 'w').write('code'); time.sleep(0.3); tell({'done': True})"
ENDLESS = "open(module, 'w').write('half')\nwhile True: tell({'processor_seconds': 1.0}); time.sleep(0.05)"
DEAD = "open(module, 'w').write('half'); os._exit(9)"
FAULTY = "tell({'fault': 'RuntimeError: no'})"
BABBLE = "sys.stdout.buffer.write(b'\\xff' * 100); sys.stdout.buffer.flush(); time.sleep(60)"


@pytest.fixture
def cache(tmp_path):
    return CompiledCache(tmp_path / "webassembly", key="key")


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    """Lets a small script take the compiler's place; `runs` tells the processes that ran it."""
    runs = tmp_path / "runs"
    runs.write_text("")

    class Compiler:
        script = GOOD

        def runs(self):
            return [int(line) for line in runs.read_text().split()]

    def start(script, variables):
        assert script == "webassembly_compile.py"
        assert variables == {"RAYON_NUM_THREADS": "1"}
        code = f"RUNS = {str(runs)!r}\n{COMPILER}\n{compiler.script}"
        return subprocess.Popen(
            [sys.executable, "-I", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    compiler = Compiler()
    monkeypatch.setattr(webassembly_prepare, "start_python", start)
    monkeypatch.setattr(webassembly_prepare, "find_package", lambda: None)
    monkeypatch.setattr(webassembly_prepare, "check_package", lambda *_: None)
    return compiler


def prepare(cache, *, tell=lambda _: None, cancelled=lambda: False, try_out=lambda _: None):
    prepare_cache(cache, try_out, tell, cancelled)


def remains(cache):
    return [path.name for path in cache.folder.iterdir() if path.name.startswith("partial-")]


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_preparing_compiles_once_and_tells_its_progress(cache, compiler):
    told = []
    prepare(cache, tell=told.append)
    assert cache.is_ready()
    assert [each.stage for each in told] == ["checking", "compiling", "trying"]
    assert 0.4 < told[1].fraction < 0.5
    prepare(cache, tell=told.append)
    assert len(compiler.runs()) == 1
    assert len(told) == 3
    assert remains(cache) == []


@pytest.mark.parametrize(
    ("script", "sentence"), [(DEAD, "2.5 GB of memory"), (FAULTY, "RuntimeError: no"), (BABBLE, "failed")]
)
def test_a_compile_that_fails_is_a_sentence_and_leaves_nothing(cache, compiler, script, sentence):
    compiler.script = script
    with pytest.raises(SandboxError, match=sentence):
        prepare(cache)
    assert not cache.is_ready()
    assert remains(cache) == []
    compiler.script = GOOD
    prepare(cache)
    assert cache.is_ready()


def test_a_compile_can_be_stopped(cache, compiler):
    compiler.script = ENDLESS
    told = []
    with pytest.raises(PreparationStoppedError):
        prepare(cache, tell=told.append, cancelled=lambda: len(told) > 3)
    assert remains(cache) == []
    assert not is_running(compiler.runs()[0])
    compiler.script = GOOD
    prepare(cache)


def test_a_module_that_does_not_run_is_not_kept(cache, compiler):
    def try_out(folder):
        assert (folder / "small.cwasm").read_text() == "code"
        raise SandboxError("It does not work.")

    with pytest.raises(SandboxError, match="It does not work"):
        prepare(cache, try_out=try_out)
    assert not cache.is_ready()
    assert remains(cache) == []


def test_two_at_once_compile_once(cache, compiler):
    cache.prepare_folder()
    told = [[], []]
    others = [CompiledCache(cache.folder, key="key") for _ in range(2)]
    threads = [
        threading.Thread(target=prepare, args=(other,), kwargs={"tell": list_of.append})
        for other, list_of in zip(others, told, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(compiler.runs()) == 1
    assert cache.is_ready()
    assert "waiting" in {each.stage for each in told[0] + told[1]}


def test_a_full_disk_is_told_before_the_work(cache, compiler, monkeypatch):
    monkeypatch.setattr(webassembly_prepare, "NEEDED_MEGABYTES", 10**9)
    with pytest.raises(SandboxError, match="MB are free"):
        prepare(cache)
    assert compiler.runs() == []


def test_the_estimate_grows_and_stays_below_one():
    steps = [estimate(seconds, 2 * seconds) for seconds in range(1, 1000, 7)]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert all(0 < fraction < 1 for fraction in fractions)
    assert all(step.seconds_left > 0 for step in steps)


def test_the_seconds_left_follow_the_speed_of_this_machine():
    half = COMPILE_PROCESSOR_SECONDS / 2
    assert estimate(half, half).seconds_left == pytest.approx(half)
    assert estimate(half, 4 * half).seconds_left == pytest.approx(4 * half)


def test_the_wall_prepares_in_the_background_and_shows_how_far_it_is(tmp_path, compiler, monkeypatch):
    monkeypatch.setattr("sandbox.webassembly.find_package", lambda: None)
    monkeypatch.setattr("sandbox.webassembly.check_package", lambda *_: None)
    compiler.script = ENDLESS
    wall = WebAssemblyWall(tmp_path)
    assert "not compiled yet" in wall.state().reason
    assert wall.state().progress is None
    wall.start()
    wall.start()
    until(lambda: wall.state().seconds_left is not None)
    state = wall.state()
    assert not state.ready
    assert 0 < state.progress < 1
    assert "being compiled" in state.reason
    with pytest.raises(SandboxError, match="being compiled"):
        wall.open_session(None)
    wall.close()
    assert "not compiled yet" in wall.state().reason
    assert len(compiler.runs()) == 1
    assert not is_running(compiler.runs()[0])


def test_the_wall_tells_why_the_preparation_failed(tmp_path, compiler, monkeypatch):
    monkeypatch.setattr("sandbox.webassembly.find_package", lambda: None)
    monkeypatch.setattr("sandbox.webassembly.check_package", lambda *_: None)
    compiler.script = FAULTY
    wall = WebAssemblyWall(tmp_path)
    wall.start()
    until(lambda: "RuntimeError: no" in wall.state().reason)
    assert not wall.state().ready


def test_the_compiler_ends_with_its_supervisor():
    """Whoever started it may be killed; it must not work on for nobody."""
    process = webassembly_prepare.start_python("webassembly_compile.py")
    process.stdin.close()
    assert process.wait(20) != 0
    process.stdout.close()


def until(condition, seconds=15.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
