"""Attacks through the tool in their short form, and code that is off where no wall can stand."""

import subprocess
import sys

import pytest

from agent.tools.run_python import run_python
from evals.soak import no_walls, sandbox
from evals.soak.attacked_host import AttackedHost
from evals.soak.soak import Soak
from sandbox.lockdown import lockdown_supported
from sandbox.sandbox import PythonSandbox

needs_lock = pytest.mark.skipif(bool(lockdown_supported()), reason=lockdown_supported() or "can be locked")


@pytest.mark.slow
@needs_lock
def test_the_short_form_keeps_its_promises(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "ready_walls", lambda: ["locked"])
    counts = sandbox.measure(Soak(work=tmp_path, short=True))
    assert [f"{count.what}: {count.note}" for count in counts if count.failed or not count.tried] == []


@pytest.mark.parametrize("lack", no_walls.LACKING)
def test_where_the_platform_lacks_it_code_is_off_and_says_so(lack):
    assert no_walls.ran_without_wall(lack) == ""


def test_a_silent_fallback_would_be_seen(monkeypatch):
    """As if the sandbox ran code in a plain process where it has no wall."""

    def plainly(self, conversation_id, code, **_):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        return sandbox_result(done.stdout)

    def sandbox_result(text):
        from sandbox.values import RunResult

        return RunResult("ok", text=text)

    monkeypatch.setattr(PythonSandbox, "run", plainly)
    monkeypatch.setattr(PythonSandbox, "available", property(lambda _: True))
    assert "code ran" in no_walls.ran_without_wall("a kernel without Landlock")
    assert run_python.name == "run_python"


def test_there_are_twenty_attacks_of_our_own_and_what_they_reach_is_seen(tmp_path):
    own = sandbox.own_attacks()
    assert len(own.ATTACKS) >= sandbox.ASKED_OWN
    host = AttackedHost(tmp_path)
    try:
        assert host.faults() == []
        code = host.program("", "import socket, os\nopen('@HOST@/left', 'w')\nos.kill(@VICTIM@, 9)\n")
        reach = "s = socket.socket(socket.AF_UNIX)\ns.connect('\\0@ABSTRACT@')\nos.utime('@SECRET@')\n"
        subprocess.run([sys.executable, "-c", code + host.program("", reach)], check=True)
        host._victim.wait(10)
        assert len(host.faults()) == 4
    finally:
        host.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["reading_the_home", "modes_and_times"])
def test_attacks_that_spare_what_is_made_up_still_see_a_host_that_lies_open(tmp_path, name):
    """Run without any wall: the markers of home and temporary folder show, the changed modes are found."""
    own, home = sandbox.own_attacks(), tmp_path / "home"
    home.mkdir()
    host = AttackedHost(tmp_path / "hosts", home=home)
    try:
        only_ours = own.ATTACKS[name].replace("os.__file__", "'@SECRET@'").replace("'/proc/self/environ', ", "")
        code = host.program(own.PRELUDE, only_ours)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=home)
        assert "THROUGH" in done.stdout
        if name == "reading_the_home":
            assert done.stdout.count(host.token) >= 4, "in two folders' lists, in the file, in what was run from"
        else:
            assert "the secret file was changed" in host.faults()
            assert "a folder of the host was changed" in host.faults()
    finally:
        host.close()
    assert list(home.iterdir()) == []
