"""When Python looks for garbage: not while it starts, not in what stays, in all when the data of a user are closed."""

import gc
import weakref

import pytest

from ui.garbage import leave_out_what_stays, look_everywhere, wait_for_garbage


class Round:
    def __init__(self):
        self.self = self


@pytest.fixture(autouse=True)
def as_before():
    yield
    look_everywhere()


def test_what_stays_is_left_out_and_garbage_is_not():
    wait_for_garbage()
    assert not gc.isenabled()
    gone = weakref.ref(Round())
    stays = Round()
    leave_out_what_stays()
    assert gc.isenabled()
    assert gone() is None
    assert gc.get_freeze_count() > 1_000
    assert not any(one is stays for one in gc.get_objects())


def test_what_was_left_out_is_found_when_it_is_gone():
    stays = Round()
    leave_out_what_stays()
    gone = weakref.ref(stays)
    del stays
    gc.collect()
    assert gone() is not None
    look_everywhere()
    assert gone() is None
    assert gc.get_freeze_count() > 1_000


def test_what_comes_after_is_looked_through_as_often_as_if_nothing_stayed():
    stays = [[] for _ in range(1_000_000)]
    leave_out_what_stays()
    before = gc.get_stats()[2]["collections"]
    more = [[] for _ in range(200_000)]
    assert gc.get_stats()[2]["collections"] > before
    assert len(stays) > len(more)
