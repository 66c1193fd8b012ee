"""Memory that nobody uses goes back to the system while the page runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from ui import heap

MANY_THREADS = """
import ctypes, sys, threading
from ui import heap

if {share}:
    heap.share_arenas()
held = []
barrier = threading.Barrier(8)

def take():
    held.append([bytearray(20_000) for _ in range(1_000)])
    barrier.wait()

threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
full = heap.resident_megabytes()
held = [row[-1] for row in held]  # the end of each arena stays in use, so nothing before it goes back by itself
empty = heap.resident_megabytes()
heap.give_back()
print(full, empty, heap.resident_megabytes())
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
library.malloc_info(0, ctypes.c_void_p(library.fopen(b"/dev/stdout", b"w")))
library.fflush(None)
"""


class StopError(Exception):
    pass


@pytest.fixture(params=[True, False], ids=["shared", "of their own"])
def told(request):
    """Whether arenas were shared; megabytes when threads hold much, little, and after giving back; how many arenas."""
    if not heap.give_back() and heap._glibc() is None:
        pytest.skip("This C library keeps no arenas.")
    told = subprocess.run(
        [sys.executable, "-c", MANY_THREADS.format(share=request.param)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    return request.param, *map(float, told.splitlines()[0].split()), told.count("<heap nr=")


def test_what_is_free_in_the_middle_goes_back(told):
    shared, full, empty, after, arenas = told
    assert full > 160
    assert after < full - 120
    assert after < empty - 50
    assert (arenas <= heap.ARENAS) == shared


def test_it_is_given_back_when_the_process_has_grown(monkeypatch):
    given, sizes = [], iter([100.0, 90.0, 95.0, 105.9, 106.0, 92.0, 100.0])
    rests = iter([False] * 5 + [True])

    def rest(seconds):
        assert seconds == heap.LOOK_SECONDS
        if next(rests):
            raise StopError

    monkeypatch.setattr(heap.time, "sleep", rest)
    monkeypatch.setattr(heap, "resident_megabytes", lambda: next(sizes))
    monkeypatch.setattr(heap, "give_back", lambda: given.append(1) or True)
    with pytest.raises(StopError):
        heap.give_back_for_ever()
    # 100 (given, 90 left), 95, 105.9: not enough; 106: given, 92 left; 100: not enough
    assert len(given) == 2
    assert next(sizes, None) is None


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(heap.sys, "platform", "darwin")
    assert heap.share_arenas() is heap.give_back() is False
