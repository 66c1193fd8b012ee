"""Attacks of our own, and the shared suite, on the locked process, with and without bubblewrap around it."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from own_attacks import ATTACKS, PRELUDE

from sandbox import bubblewrap
from sandbox.lockdown import lockdown_supported
from sandbox.locked_process import LockedProcessWall
from sandbox.reach import readable_paths
from sandbox.values import SandboxLimits

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "a-secret-of-the-host-1f0c"
LIMITS = SandboxLimits(wall_seconds=5.0, cpu_seconds=5.0, memory_megabytes=512)

pytestmark = pytest.mark.skipif(bool(lockdown_supported()), reason=lockdown_supported() or "can be locked")


@pytest.fixture(scope="module", params=["never", "auto"])
def wall(request):
    if request.param == "auto":
        program = bubblewrap.find()
        if not program or not bubblewrap.probe(program, readable_paths()):
            pytest.skip("bubblewrap does not work here")
    wall = LockedProcessWall(use_bubblewrap=request.param)
    assert wall.state().ready, wall.state().reason
    yield wall
    wall.close()


class Host:
    """What attacks want to reach, and whether they did."""

    def __init__(self, folder):
        self.folder = folder
        self.secret = folder / "secret.txt"
        self.secret.write_text(TOKEN, encoding="utf-8")
        self.secret.chmod(0o600)
        os.utime(self.secret, (1_000_000, 1_000_000))
        self.hits = []
        self.name = f"own-attack-{os.getpid()}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind("\0" + self.name)
        self.listener.listen()
        self.listener.settimeout(0.05)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()
        self.victim = subprocess.Popen(["sleep", "60"])

    def listen(self):
        while not self.over.is_set():
            try:
                caller, _ = self.listener.accept()
            except TimeoutError:
                continue
            caller.close()
            self.hits.append(caller)

    def program(self, code):
        words = {"PARENT": os.getpid(), "VICTIM": self.victim.pid, "SECRET": self.secret, "HOST": self.folder}
        for word, value in (words | {"ABSTRACT": self.name}).items():
            code = code.replace(f"@{word}@", str(value))
        return PRELUDE + code

    def assert_untouched(self):
        status = self.secret.stat()
        assert self.secret.read_text(encoding="utf-8") == TOKEN
        assert (status.st_mode & 0o777, status.st_mtime) == (0o600, 1_000_000)
        assert [path.name for path in self.folder.iterdir()] == ["secret.txt"]
        assert not self.hits
        assert self.victim.poll() is None

    def close(self):
        self.over.set()
        self.thread.join()
        self.listener.close()
        self.victim.kill()
        self.victim.wait()


@pytest.fixture
def host(tmp_path):
    folder = tmp_path / "host"
    folder.mkdir()
    host = Host(folder)
    yield host
    host.close()


def test_attacks_get_through_a_bare_python(host):
    """The attacks can succeed at all: without a wall a fair part of them does."""
    for name in ("abstract_socket", "links", "modes_and_times", "processes", "sparse_file", "signals_by_input"):
        code = host.program(ATTACKS[name])
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=host.folder, capture_output=True, text=True, timeout=20, check=False
        )
        assert "THROUGH" in done.stdout, name


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_attack_is_stopped(wall, host, name):
    session = wall.open_session(LIMITS)
    try:
        result = session.run(host.program(ATTACKS[name]), LIMITS)
        shown = " ".join((result.text, result.value, result.error, *result.notices))
        assert "THROUGH" not in shown, shown
        assert TOKEN not in shown
        assert not result.figures
        after = [session.run("1 + 1", LIMITS).value for _ in range(2)]  # who forges answers loses the session
        assert after[1] == "2"
        assert "THROUGH" not in after[0]
    finally:
        session.close()
    host.assert_untouched()


def test_a_new_guest_finds_nothing_of_the_last(wall):
    for _ in range(2):
        session = wall.open_session(LIMITS)
        result = session.run(
            "import os, glob\nfound = os.listdir('.') + glob.glob('.matplotlib/*')\n"
            "open('left', 'w').write('x'); open('.matplotlib/fontlist-v1.json', 'w').write('x')\nfound",
            LIMITS,
        )
        session.close()
        assert result.value == "['.matplotlib']"


def run_suite(shared, names, report, user=0):
    line = [sys.executable, str(shared / "attacks" / "attacks.py"), "--json", str(report), "--timeout", "60"]
    if not cgroups_work():
        line.append("--no-cgroup")
    line += ["--only", ",".join(names), "--", sys.executable, str(ROOT / "tests" / "attack_runner.py")]
    environment = os.environ | {
        "RUNNER_WALL": "locked",
        "RUNNER_WALL_SECONDS": "3",
        "ATTACK_SCAN": sys.prefix,
        "ATTACK_W": str(report.parent / "work"),
    }
    return subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def cgroups_work():
    """Whether groups of version 1 can be made."""
    groups = Path("/sys/fs/cgroup")
    return os.geteuid() == 0 and all(os.access(groups / kind / "cgroup.procs", os.W_OK) for kind in ("memory", "pids"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_shared_suite_is_stopped(shared, tmp_path):
    suite = shared / "attacks" / "attacks.py"
    if not suite.exists():
        pytest.skip("no attack suite here")
    listed = subprocess.run([sys.executable, str(suite), "--list"], capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in listed.stdout.splitlines()[:-1]]
    assert len(names) >= 54
    reports = [tmp_path / f"part{part}.json" for part in range(2)]
    running = [run_suite(shared, names[part::2], report) for part, report in enumerate(reports)]
    told = [process.communicate(timeout=580)[0] for process in running]
    outcome = [attack for report in reports for attack in json.loads(report.read_text(encoding="utf-8"))]
    through = [attack["name"] for attack in outcome if attack["breach"]]
    assert len(outcome) == len(names), told
    assert not through, told


def test_no_process_is_left(wall):
    session = wall.open_session(LIMITS)
    session.run("x = 1", LIMITS)
    process = session._guest.process_id
    assert Path(f"/proc/{process}").exists()
    session.close()
    deadline = time.monotonic() + 3
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{process}").exists()
