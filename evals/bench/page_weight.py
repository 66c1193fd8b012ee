"""What a browser loads: every request of a walk through all tabs, in a Chromium that can resolve no name of the web."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evals.bench.page_start import started_page

TABS = ("Roadmap", "Quiz", "Review", "Progress", "Library", "Evals", "Settings", "Chat")
QUESTION = "What does attention do?"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
REST_MILLISECONDS = 1500
SKIP_WELCOME = """
    const skip = () => document.querySelector('.welcome-dialog')?.close();
    new MutationObserver(skip).observe(document, {childList: true, subtree: true});
"""
WAIT_MILLISECONDS = 60_000


def measure_weight() -> dict[str, Any]:
    """Requests and bytes by step; empty where there is no Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        return {}
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        started_page(Path(folder) / "home") as served,
        sync_playwright() as by,
    ):
        browser = by.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            return _walk(browser.new_page(viewport={"width": 1280, "height": 800}), served.address)
        finally:
            browser.close()


def _walk(page: Any, address: str) -> dict[str, Any]:
    seen = _Seen(address)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", seen.asked)
    network.on("Network.loadingFinished", seen.finished)
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.add_init_script(SKIP_WELCOME)
    page.goto(address)
    page.wait_for_selector("#question textarea")
    page.wait_for_timeout(REST_MILLISECONDS)
    for tab in TABS:
        seen.step = "all tabs"
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(REST_MILLISECONDS)
    seen.step = "a question"
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(".receipt")
    seen.step = "opened again"
    page.goto(address)
    page.wait_for_selector("#question textarea")
    page.wait_for_timeout(REST_MILLISECONDS)
    return {"steps": seen.rows(), "foreign": sorted(seen.foreign)}


class _Seen:
    """Requests by step, and who was asked beside the page."""

    def __init__(self, address: str) -> None:
        self.step = "first load"
        self.foreign: set[str] = set()
        self._own = urlsplit(address).netloc
        self._requests: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def asked(self, event: Any) -> None:
        """A request goes out."""
        parts = urlsplit(event["request"]["url"])
        if parts.scheme in ("http", "https", "ws", "wss"):
            self._requests[self.step] += 1
            if parts.netloc != self._own:
                self.foreign.add(parts.netloc)

    def finished(self, event: Any) -> None:
        """All of an answer is there; its length as it came over the wire."""
        self._bytes[self.step] += int(event["encodedDataLength"])

    def rows(self) -> list[tuple[str, int, int]]:
        """Step, requests, bytes."""
        return [(step, count, self._bytes[step]) for step, count in self._requests.items()]
