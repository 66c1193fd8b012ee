"""Logging in and out in Chromium, as wide as a phone, and two users in one browser one after the other."""

from datetime import UTC, datetime

import pytest
from chromium import PHONE, SKIP_WELCOME, ask, has_sideways_scroll, running_browser
from served_page import free_port, serving_fake_users

from ui.accounts import passwords
from ui.accounts.users import UserFile

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AT = datetime(2026, 11, 1, tzinfo=UTC)


def log_in(page, name, password):
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")


def test_a_reader_logs_in_studies_and_logs_out(tmp_path, monkeypatch):
    monkeypatch.setattr(passwords, "COST", passwords.Cost(n=2**4))
    home = tmp_path / "home"
    file = UserFile(home)
    for name in ("anna", "bert"):
        file.add(name, f"{name} has a horse", at=AT)
    with serving_fake_users(home, free_port()) as served, running_browser() as browser:
        context = browser.new_context(viewport=PHONE)
        context.add_init_script(SKIP_WELCOME)
        page = context.new_page()
        faults = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{served.address}/?from=elsewhere")
        assert page.evaluate("document.activeElement.name") == "username"
        log_in(page, "anna", "a wrong password")
        page.wait_for_selector("[role=alert]")
        assert page.inner_text("[role=alert]") == "Name or password is wrong."
        log_in(page, "anna", "anna has a horse")
        page.wait_for_selector("#question textarea")
        assert page.url == f"{served.address}/?from=elsewhere"
        ask(page, "Anna's own question?")
        page.wait_for_selector(".conversation")
        assert not has_sideways_scroll(page)
        assert page.inner_text(".account-name") == "anna"

        page.get_by_role("button", name="Log out").click()
        page.wait_for_selector("[name=username]")
        page.go_back()
        page.wait_for_selector("[name=username]")  # what was seen is not shown again

        page.goto(served.address)
        log_in(page, "bert", "bert has a horse")
        page.wait_for_selector("#question textarea")
        page.wait_for_function("!document.querySelector('.loading-line')")
        assert page.inner_text(".account-name") == "bert"
        assert "Anna's own question" not in page.content()
        assert not faults
