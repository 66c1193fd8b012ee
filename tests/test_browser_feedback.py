"""Thumbs under an answer in Chromium: by keyboard, with a reason, after a reload, and withdrawn."""

import time

import pytest
from chromium import ask, open_page, running_browser
from served_page import free_port, serving_fakes

from agent.feedback import FEEDBACK, FeedbackStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def kept(store, wanted):
    """The one verdict as (verdict, reason, note), as soon as it is the wanted one; at the end as it is."""
    deadline = time.monotonic() + 10
    while True:
        found = [(one.verdict, one.reason, one.note) for one in store.list()]
        if found == wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_a_thumb_and_its_reason_are_kept_and_shown_after_a_reload(tmp_path):
    home = tmp_path / "home"
    store = FeedbackStore(home / FEEDBACK)
    with (
        serving_fakes(home, free_port()) as served,
        running_browser() as browser,
        open_page(browser, served.address) as page,
    ):
        ask(page, "Why?")
        up = page.get_by_role("button", name="Helpful", exact=True)
        down = page.get_by_role("button", name="Not helpful", exact=True)
        reason = page.get_by_role("button", name="Wrong source", exact=True)
        assert (up.get_attribute("aria-pressed"), down.get_attribute("aria-pressed")) == ("false", "false")
        assert not reason.is_visible()

        up.focus()
        page.keyboard.press("Enter")
        assert kept(store, [("up", "", "")]) == [("up", "", "")]
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert kept(store, [("down", "", "")]) == [("down", "", "")]
        assert (up.get_attribute("aria-pressed"), down.get_attribute("aria-pressed")) == ("false", "true")
        reason.click()
        page.locator(".thumb-note").press_sequentially('Page 3 "says" <b>it</b>')
        page.keyboard.press("Enter")
        wanted = [("down", "wrong-source", 'Page 3 "says" <b>it</b>')]
        assert kept(store, wanted) == wanted

        page.wait_for_function("location.search.includes('conversation=')")
        page.reload()
        page.wait_for_selector(".thumbs")
        assert down.get_attribute("aria-pressed") == "true"
        assert reason.get_attribute("aria-pressed") == "true"
        assert page.input_value(".thumb-note") == 'Page 3 "says" <b>it</b>'

        down.click()
        assert kept(store, []) == []
        assert not reason.is_visible()
        ask(page, "And how?")
        assert down.first.get_attribute("aria-pressed") == "false"
        assert down.count() == 2
