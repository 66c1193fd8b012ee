"""Requests are spaced over threads and processes, whatever the clocks do."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from errors import ArxivError, FetchStoppedError, HomeError
from papers.pacing import Clock, Pace

ROOT = Path(__file__).resolve().parent.parent
SPACING = 0.2
OTHER_PROCESS = """
import sys, time
from pathlib import Path
from papers.pacing import Pace
pace = Pace(Path(sys.argv[1]), spacing_seconds=float(sys.argv[2]))
for _ in range(int(sys.argv[3])):
    with pace.turn():
        print(time.monotonic(), end=" ")
        time.sleep(0.01)
        print(time.monotonic(), flush=True)
"""


class FakeTime:
    """A clock that stands still until somebody sleeps."""

    def __init__(self):
        self.monotonic, self.wall, self.slept = 1000.0, 1_700_000_000.0, 0.0

    @property
    def clock(self):
        return Clock(monotonic=lambda: self.monotonic, wall=lambda: self.wall, sleep=self.sleep)

    def sleep(self, seconds):
        self.slept += seconds
        self.monotonic += seconds
        self.wall += seconds


def waits(pace, fake):
    """Seconds slept for one turn."""
    before = fake.slept
    with pace.turn():
        return fake.slept - before


def assert_spaced(turns, spacing):
    """Turns are (start, end); each begins a spacing after the end of the one before."""
    turns = sorted(turns)
    gaps = [later[0] - earlier[1] for earlier, later in zip(turns, turns[1:], strict=False)]
    assert min(gaps) >= spacing - 0.001, gaps
    return gaps


def test_threads_take_turns(tmp_path):
    turns, pace = [], Pace(tmp_path, spacing_seconds=SPACING)

    def work(own):
        with own.turn():
            start = time.monotonic()
            time.sleep(0.01)
            turns.append((start, time.monotonic()))

    paces = [pace, pace, Pace(tmp_path, spacing_seconds=SPACING), Pace(tmp_path, spacing_seconds=SPACING)]
    threads = [threading.Thread(target=work, args=(own,)) for own in paces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 4
    assert_spaced(turns, SPACING)


def run_two_processes(folder, spacing, count):
    command = [sys.executable, "-c", OTHER_PROCESS, str(folder), str(spacing), str(count)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    lines = [line for process in processes for line in process.communicate(timeout=60)[0].splitlines()]
    assert len(lines) == 2 * count
    return [tuple(map(float, line.split())) for line in lines]


def test_processes_take_turns(tmp_path):
    assert_spaced(run_two_processes(tmp_path, SPACING, 4), SPACING)


@pytest.mark.slow
def test_three_seconds_are_three_seconds(tmp_path):
    (gap,) = assert_spaced(run_two_processes(tmp_path, 3.0, 1), 3.0)
    assert gap < 4.0


def test_a_killed_process_leaves_neither_lock_nor_gap(tmp_path):
    code = OTHER_PROCESS.replace("time.sleep(0.01)", "print(flush=True); time.sleep(60)")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), "0.2", "1"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        started = float(process.stdout.readline())
        process.kill()
    with Pace(tmp_path, spacing_seconds=SPACING).turn():
        assert SPACING <= time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("monotonic", "wall", "expected"),
    [
        (1.0, 1.0, 2.0),  # a second later
        (10.0, 10.0, 0.0),
        (1.0, 5000.0, 2.0),  # the wall clock was put forward
        (1.0, -5000.0, 2.0),  # or back
        (-900.0, 1.0, 2.0),  # the machine was started again
        (-900.0, 60.0, 0.0),
        (-900.0, -5000.0, 3.0),  # both: nothing is known, so a whole pause
        (0.5, float("nan"), 2.5),
    ],
)
def test_clocks_that_jump_never_shorten_the_pause(tmp_path, monotonic, wall, expected):
    fake = FakeTime()
    pace = Pace(tmp_path, spacing_seconds=3.0, clock=fake.clock)
    assert waits(pace, fake) == 0
    fake.monotonic += monotonic
    fake.wall += wall
    assert waits(pace, fake) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"monotonic": "x", "wall": 1, "pause_seconds": 3}', "null"])
def test_a_damaged_record_counts_as_a_request_just_now(tmp_path, content):
    (tmp_path / "pace.json").write_text(content)
    fake = FakeTime()
    pace = Pace(tmp_path, spacing_seconds=3.0, clock=fake.clock)
    assert waits(pace, fake) == pytest.approx(3.0, abs=0.01)
    assert json.loads((tmp_path / "pace.json").read_text())["pause_seconds"] == 3.0


def test_a_pause_holds_everybody_back(tmp_path):
    fake = FakeTime()
    pace, other = (Pace(tmp_path, spacing_seconds=3.0, clock=fake.clock) for _ in range(2))
    with pace.turn():
        pace.pause(20)
    assert waits(other, fake) == pytest.approx(20, abs=0.01)


def test_a_long_pause_is_told_and_not_slept_through(tmp_path):
    fake = FakeTime()
    pace = Pace(tmp_path, spacing_seconds=3.0, clock=fake.clock)
    with pace.turn():
        pace.pause(900)
    with pytest.raises(ArxivError, match="another 15 minutes"), pace.turn():
        pass
    assert fake.slept == 0


def test_a_record_never_holds_back_for_more_than_an_hour(tmp_path):
    fake = FakeTime()
    record = {"monotonic": fake.monotonic, "wall": fake.wall, "pause_seconds": 1e12}
    (tmp_path / "pace.json").write_text(json.dumps(record))
    with (
        pytest.raises(ArxivError, match="another 60 minutes"),
        Pace(tmp_path, spacing_seconds=3, clock=fake.clock).turn(),
    ):
        pass


def test_waiting_can_be_stopped(tmp_path):
    pace, stop = Pace(tmp_path, spacing_seconds=30), threading.Event()
    with pace.turn():
        pass
    threading.Timer(0.2, stop.set).start()
    started, heard = time.monotonic(), []
    with pytest.raises(FetchStoppedError), pace.turn(cancelled=stop.is_set, waiting=heard.append):
        pass
    assert time.monotonic() - started < 1
    assert heard == [pytest.approx(30, abs=1)]


def test_waiting_for_another_request_can_be_stopped(tmp_path):
    pace = Pace(tmp_path, spacing_seconds=0.1)
    with pace.turn(), pytest.raises(FetchStoppedError):  # noqa: SIM117
        with Pace(tmp_path, spacing_seconds=0.1).turn(cancelled=lambda: True):
            pass
    with pace.turn():
        pass


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(HomeError, match="cannot be written"), Pace(tmp_path / "file", spacing_seconds=1).turn():
        pass
