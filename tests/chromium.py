"""Debian's Chromium, driven by playwright."""

import os
import shutil
from contextlib import contextmanager
from urllib.parse import urlparse

import pytest

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MILLISECONDS = 60_000
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def find_chromium():
    """The browser's path; without it the tests are skipped, in CI they fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sentence = "Chromium is not installed: apt-get install -y chromium"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return path


@contextmanager
def running_browser():
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


SKIP_WELCOME = """
    const skip = () => document.querySelector('.welcome-dialog')?.close();
    new MutationObserver(skip).observe(document, {childList: true, subtree: true});
"""


@contextmanager
def open_page(browser, address, *, viewport=None, dark=False, first_start=False):
    """A page of a fresh reader; at the end nothing may have left this machine or failed in the script.

    The welcome is skipped as soon as it opens, but for a `first_start`.
    """
    context = browser.new_context(
        viewport=viewport or DESKTOP,
        color_scheme="dark" if dark else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    if not first_start:
        context.add_init_script(SKIP_WELCOME)
    page = context.new_page()
    page.set_default_timeout(WAIT_MILLISECONDS)
    requests, faults = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.wait_for_selector("#question textarea")
    yield page
    context.close()
    own = urlparse(address).netloc
    foreign = {urlparse(url).netloc for url in requests if url.startswith(("http", "ws"))} - {own}
    assert not foreign, f"the page asked {foreign}"
    assert not faults, faults


def ask(page, question):
    """Type a question, send it, and wait for its finished answer."""
    from playwright.sync_api import TimeoutError as TooLate

    answers = page.locator(".receipt").count()
    page.fill("#question textarea", question)
    for _ in range(10):
        page.press("#question textarea", "Enter")
        try:  # a key that comes while the turn before is being put away is dropped, and the text stays in the box
            page.wait_for_function("document.querySelector('#question textarea').value === ''", timeout=5000)
            break
        except TooLate:
            continue
    page.wait_for_function("count => document.querySelectorAll('.receipt').length > count", arg=answers)


def open_tab(page, name):
    """Where the last tabs do not fit they are in a menu; which ones changes while the page measures itself."""
    from playwright.sync_api import TimeoutError as TooLate

    page.wait_for_selector("#tabs .tab-container[role=tablist] button")
    tab = page.get_by_role("tab", name=name, exact=True)
    more = page.locator("#tabs .overflow-menu > button")
    for _ in range(60):
        try:
            if tab.count() and tab.is_visible():
                tab.click(timeout=2000)
                return
            if more.is_visible():
                more.click(timeout=2000)
                page.click(f"#tabs .overflow-dropdown button:text-is('{name}')", timeout=2000)
                return
        except TooLate:
            continue  # it moved between the bar and the menu
        page.wait_for_timeout(500)
    raise AssertionError(f"there is no tab {name}")


def has_sideways_scroll(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
