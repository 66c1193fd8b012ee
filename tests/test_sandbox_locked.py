"""The locked process: what learners' programs do in it, and how every run ends in a result."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from errors import SandboxError
from sandbox import landlock, lockdown
from sandbox.lockdown import lockdown_supported
from sandbox.locked_guest import LockedGuest
from sandbox.locked_process import LockedProcessWall
from sandbox.reach import has_package
from sandbox.scratch import Scratch, remove_left_over, usage
from sandbox.values import SESSION_LOST, SandboxLimits

ROOT = Path(__file__).resolve().parent.parent
LIMITS = SandboxLimits(wall_seconds=5.0, cpu_seconds=5.0)
SHORT = SandboxLimits(wall_seconds=0.5)

pytestmark = pytest.mark.skipif(bool(lockdown_supported()), reason=lockdown_supported() or "can be locked")


@pytest.fixture(scope="module")
def wall():
    wall = LockedProcessWall()
    assert wall.state().ready, wall.state().reason
    yield wall
    wall.close()


@pytest.fixture
def session(wall):
    session = wall.open_session(LIMITS)
    yield session
    session.close()


def test_a_first_run(session):
    result = session.run("import numpy as np\nprint('hi')\nx = np.arange(3)\nx * 2", LIMITS)
    assert (result.status, result.text, result.value) == ("ok", "hi\n", "array([0, 2, 4])")
    assert result.wall == "locked process"
    assert 0 < result.seconds < 5
    assert session.run("x.sum()", LIMITS).value == "np.int64(3)"


def test_a_figure(session):
    result = session.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", LIMITS)
    assert [(one.width, one.height) for one in result.figures] == [(640, 480)], result
    assert result.notices == ()
    assert result.text == ""


def test_symbols_threads_and_coroutines(session):
    code = """
import asyncio, sympy
from concurrent.futures import ThreadPoolExecutor
x = sympy.Symbol('x')
async def wait(n):
    await asyncio.sleep(0.01)
    return n
async def all_of_them():
    return await asyncio.gather(*map(wait, range(3)))
with ThreadPoolExecutor(4) as pool:
    squares = list(pool.map(lambda n: n * n, range(4)))
sympy.integrate(x), asyncio.run(all_of_them()), squares
"""
    result = session.run(code, LIMITS)
    assert result.value == "(x**2/2, [0, 1, 2], [0, 1, 4, 9])", result.error


def test_time_zones_random_numbers_and_files(session):
    code = """
import random, secrets, tempfile, datetime, zoneinfo, os, pathlib
zone = zoneinfo.ZoneInfo('Europe/Berlin')
with tempfile.NamedTemporaryFile('w+') as file:
    file.write('kept'); file.flush()
    inside = os.path.dirname(file.name) == os.getcwd()
pathlib.Path('deep/er').mkdir(parents=True)
pathlib.Path('deep/er/a.txt').write_text('a')
os.replace('deep/er/a.txt', 'b.txt')
open(os.devnull, 'w').write('x')
inside, datetime.datetime(2026, 7, 1, tzinfo=zone).utcoffset().seconds, len(secrets.token_hex(2)), os.listdir('deep')
"""
    result = session.run(code, LIMITS)
    assert result.value == "(True, 7200, 4, ['er'])", result.error


@pytest.mark.parametrize(
    ("code", "status", "words", "keeps"),
    [
        ("while True: pass", "timeout", "ended after 0.5 seconds", False),
        ("import time\ntime.sleep(99)", "timeout", "ended after 0.5 seconds", False),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nwhile True: pass", "timeout", "0.5 seconds", False),
        ("import numpy as np\nnp.ones(10**10 // 8)", "memory", "more memory than the limit of 1,024 MB", True),
        ("x = [bytearray(100 << 20) for n in range(100)]", "memory", "more memory", True),
        ("import os\nos._exit(0)", "crashed", "The program ended the interpreter.", False),
        ("import ctypes\nctypes.string_at(0)", "crashed", "broke the interpreter (SIGSEGV)", False),
        ("import os\nwhile True: os.write(1, b'x' * 9999)", "error", "printed too much", False),
        ("open('big', 'wb').write(bytes(80 << 20))", "error", "64 MB", True),
        ("for n in range(9): open(str(n), 'wb').write(bytes(40 << 20))", "error", "more than 64 MB", False),
        ("for n in range(2000): open(str(n), 'w').close()", "error", "more than 1,000 files", False),
        ("open('/etc/passwd').read()", "error", "Only files of the scratch folder", True),
        ("import socket\nsocket.create_connection(('127.0.0.1', 9))", "error", "no network", True),
        ("import urllib.request as u\nu.urlopen('http://127.0.0.1:9')", "error", "There is no network here.", True),
        ("import subprocess\nsubprocess.run(['ls'])", "error", "No other process", True),
        ("import os\nos.fork()", "error", "Operation not permitted", True),
        ("input('name? ')", "error", "Nobody can answer input()", True),
        ("plt.figure(figsize=(1000, 1000))", "ok", "100,000 x 100,000 pixels was not drawn", True),
        ("plt.figure(figsize=(400, 400))\nplt.savefig('x.png')", "memory", "more memory than the limit", True),
    ],
)
def test_every_end_is_a_sentence_and_the_next_run_works(session, code, status, words, keeps):
    session.run("kept = 1\nimport matplotlib.pyplot as plt" if "plt" in code else "kept = 1", LIMITS)
    limits = SHORT if status == "timeout" else LIMITS
    result = session.run(code, limits)
    assert result.status == status, result
    assert words in " ".join((result.error, *result.notices)), result
    assert len(result.text) <= LIMITS.output_characters
    after = session.run("'kept' in globals()", LIMITS)
    assert after.value == str(keeps)
    assert (SESSION_LOST in after.notices) is not keeps


def test_processor_time_is_a_limit_of_its_own(session):
    result = session.run("while True: pass", SandboxLimits(wall_seconds=5.0, cpu_seconds=0.3))
    assert result.status == "timeout"
    assert "0.3 seconds of processor time" in result.error
    assert result.seconds < 4


def test_threads_are_counted(session):
    code = """
import threading, time
n = 0
try:
    while n < 100:
        threading.Thread(target=time.sleep, args=(0.5,)).start(); n += 1
finally:
    print(n)
"""
    result = session.run(code, LIMITS)
    assert result.text.strip() == str(LIMITS.threads - 1)
    assert result.notices == ("No more threads can be started here.",)


def test_what_a_cell_leaves_running_waits_for_the_next(session):
    session.run(
        "import threading, time\ncount = 0\ndef tick():\n    global count\n    while True:\n        count += 1\n"
        "        time.sleep(0.01)\nthreading.Thread(target=tick, daemon=True).start()",
        LIMITS,
    )
    first = int(session.run("count", LIMITS).value)
    time.sleep(0.5)
    assert int(session.run("count", LIMITS).value) - first < 10


def test_removed_files_that_are_held_open_count(session):
    code = """
import os, time
held = []
for n in range(20):
    file = open('x', 'wb'); os.unlink('x'); held.append(file)
    file.write(bytes(16 << 20)); file.flush()
time.sleep(1)
print('THROUGH')
"""
    result = session.run(code, LIMITS)
    assert "THROUGH" not in result.text
    assert "more than 64 MB" in result.error


def test_stop_ends_a_run_at_once(session):
    stopper = threading.Timer(0.3, session.stop)
    stopper.start()
    result = session.run("print('begun', flush=True)\nwhile True: pass", LIMITS)
    stopper.join()
    assert (result.status, result.text) == ("stopped", "begun\n")
    assert result.seconds < 2
    assert not session.alive
    assert session.run("1", LIMITS).value == "1"


def test_stop_between_runs_does_nothing(session):
    session.run("x = 1", LIMITS)
    session.stop()
    assert session.run("x", LIMITS).value == "1"


def test_close_during_a_run(session):
    closer = threading.Timer(0.3, session.close)
    closer.start()
    result = session.run("while True: pass", LIMITS)
    closer.join()
    assert result.status == "stopped"
    assert session.run("1", LIMITS).status == "crashed"
    session.close()


def test_a_guest_outlives_the_thread_that_opened_it(wall):
    opened = []
    thread = threading.Thread(target=lambda: opened.append(wall.open_session(LIMITS)))
    thread.start()
    thread.join()
    (session,) = opened
    try:
        time.sleep(0.2)
        assert session.run("1 + 1", LIMITS).value == "2"
    finally:
        session.close()


def test_scratch_folders_are_removed(wall, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session = wall.open_session(LIMITS)
    session.run("import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('x')\nopen('.hidden', 'w')", LIMITS)
    assert len(list(tmp_path.iterdir())) == 1
    session.close()
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys
from sandbox.locked_process import LockedProcessWall
from sandbox.values import SandboxLimits
session = LockedProcessWall(use_bubblewrap=sys.argv[1]).open_session(SandboxLimits())
print(session._guest.process_id, session._guest.scratch, flush=True)
session.run("while True: pass", SandboxLimits())
"""


@pytest.mark.parametrize("mode", ["never", "auto"])
def test_nothing_is_left_of_a_supervisor_that_is_killed(mode, tmp_path, monkeypatch):
    line = [sys.executable, "-c", KILLED, mode]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment) as supervisor:
        guest, scratch = supervisor.stdout.readline().split()
        time.sleep(0.3)
        assert Path(f"/proc/{guest}").exists()
        supervisor.kill()
    end = time.monotonic() + 5
    while Path(f"/proc/{guest}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert not Path(f"/proc/{guest}").exists()
    assert Path(scratch).exists()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    remove_left_over()
    assert Path(scratch).exists(), "too young"
    used = Scratch()
    for path in (scratch, used.path):
        os.utime(path, (1, 1))
    remove_left_over()
    assert not Path(scratch).exists()
    assert used.path.exists(), "its owner lives"
    used.remove()


def test_a_scratch_folder_is_weighed_without_following_links(tmp_path):
    (tmp_path / "file").write_bytes(bytes(10_000))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "root").symlink_to("/")
    found = usage(tmp_path, None, most_files=100)
    assert found.files == 3
    assert 10_000 <= found.size_bytes < 100_000


def test_code_is_never_too_long_to_answer(session):
    result = session.run("#" * 500_000, LIMITS)
    assert (result.status, result.error) == ("error", "The code is longer than 400,000 characters.")


def test_fonts_are_looked_for_once(wall):
    wall.find_fonts()
    ((name, data),) = wall._fence.seeds
    assert name.startswith("fontlist-")
    session = wall.open_session(LIMITS)
    try:
        assert session.run("import os\nos.listdir('.matplotlib')", LIMITS).value == repr([name])
        drawn = session.run("import matplotlib.pyplot as plt\nplt.title('x')\nplt.show()", LIMITS)
        assert len(drawn.figures) == 1
    finally:
        session.close()


def test_closing_while_fonts_are_looked_for_ends_in_quiet():
    wall = LockedProcessWall()
    assert wall.state().ready
    wall._fence.starter.shutdown()  # as at the end of Python, between the look at the wall and the guest
    with pytest.raises(SandboxError, match="was closed"):
        LockedGuest(wall._fence, LIMITS)
    wall.find_fonts()
    assert wall._fence.seeds == ()
    wall.close()


@pytest.mark.slow
@pytest.mark.skipif(not has_package("torch"), reason="torch is not installed")
def test_torch(wall):
    session = wall.open_session(LIMITS)
    try:
        slow = SandboxLimits(wall_seconds=60.0, cpu_seconds=60.0)
        code = "import torch\nw = torch.ones(2, requires_grad=True)\n(w * 3).sum().backward()\nw.grad"
        result = session.run(code, slow)
        assert (result.value, result.text) == ("tensor([3., 3.])", ""), result
    finally:
        session.close()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ((landlock, "version", lambda: 0), "Landlock"),
        ((lockdown, "machine", lambda: ""), "Linux"),
    ],
)
def test_where_nothing_can_be_locked_nothing_runs(monkeypatch, change, word):
    monkeypatch.setattr(*change)
    wall = LockedProcessWall()
    state = wall.state()
    assert not state.ready
    assert word in state.reason
    with pytest.raises(SandboxError, match=word) as caught:
        wall.open_session(LIMITS)
    assert "Linux 5.13" in caught.value.hint


def test_a_guest_that_cannot_lock_itself_runs_nothing(wall, monkeypatch):
    with pytest.raises(SandboxError, match="did not start"):
        wall.open_session(SandboxLimits(scratch_megabytes=10**40))
    monkeypatch.setattr("sandbox.locked_guest.DEVICES", ("no\0path",))
    with pytest.raises(SandboxError, match="could not lock itself: .*null"):
        wall.open_session(LIMITS)


def test_a_guest_whose_supervisor_is_another_ends_itself(monkeypatch):
    monkeypatch.setattr("sandbox.locked_guest.os.getpid", lambda: 1)
    state = LockedProcessWall(use_bubblewrap="never").state()
    assert not state.ready
    assert "did not start" in state.reason
