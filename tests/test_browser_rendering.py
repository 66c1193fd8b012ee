"""Texts that would make a browser ask another host, in every text of the page: the short form in Chromium."""

import pytest
from chromium import find_chromium

from evals.soak import rendering
from evals.soak.page_walk import Walk
from evals.soak.payloads import hosts_in, payloads, together
from evals.soak.soak import Soak

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_nothing_that_is_shown_asks_another_host(tmp_path):
    find_chromium()
    counts = rendering.measure(Soak(work=tmp_path, short=True))
    assert [f"{count.what}: {count.note}" for count in counts if count.failed] == []
    assert all(count.tried >= count.asked for count in counts)


def test_each_payload_has_a_host_of_its_own_and_all_are_shown_together():
    known = payloads()
    assert len(known) >= 60
    assert len({one.host for one in known}) == len({one.name for one in known}) == len(known)
    assert all(hosts_in(one.text) == {one.host} for one in known)
    shown = "".join(one.text for one in together(known, rendering.TOGETHER))
    assert hosts_in(shown) == {one.host for one in known}


def test_what_gets_out_or_is_not_seen_is_counted():
    known = payloads()
    walk = Walk("http://x/", 1, short=True)
    walk.ways, walk.elements = ["chat"], ["chat: <img src>: https://p00.collect.example"]
    loud = {one.host for one in known if not one.is_shy}
    first, second, policy, bare = rendering.counts_of(known, walk, {known[3].host}, set(), loud, known)
    assert (first.failed, second.failed, policy.failed, bare.failed) == (1, 1, 0, 0)
    assert known[3].name in first.note
    held = next(one for one in known if one.is_html and one.name == "img")
    _, _, policy, bare = rendering.counts_of(known, walk, set(), {held.host}, set(), known)
    assert (policy.failed, bare.failed) == (1, len(loud))
