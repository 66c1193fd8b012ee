"""Pictures of every tab and dialog, light, dark and as on a phone: `python tests/screenshots.py [ADDRESS]`.

They go into build/screenshots, to be looked at. Without an address the page is served over scripted services; with
that of a running page its first start, or its data, is what is pictured.
"""

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parent.parent
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from chromium import DESKTOP, PHONE, ask, has_sideways_scroll, open_page, open_tab, running_browser
from served_page import free_port, serving_fakes

FOLDER = Path(__file__).resolve().parent.parent / "build" / "screenshots"
LOOKS = {
    "light": (DESKTOP, False),
    "dark": (DESKTOP, True),
    "phone": (PHONE, False),
    "phone-dark": (PHONE, True),
}
TABS = ("Chat", "Roadmap", "Quiz", "Review", "Progress", "Library", "Evals", "Settings")
QUESTION = "Why are dot products in attention divided by the square root of the key dimension?"
CONFIRMATIONS = (("Library", "[data-confirm]", "confirm"), ("Settings", "[data-ask]", "delete-everything"))
"""A tab, a button of it that asks back, and the name of the place."""
SETTLE_MILLISECONDS = 900
"""A tab fills itself when it is opened."""


def open_sheet(page):
    """The sheet of keyboard shortcuts."""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_selector(".shortcut-sheet[open]")


def stations(page, *, first_start=False, settle_milliseconds=SETTLE_MILLISECONDS):
    """Walk through the page; the name of each place when it is reached."""
    if first_start:
        for step in (1, 2, 3):
            page.wait_for_selector(f".welcome-step >> text=Step {step} of 3")
            if step == 2:
                page.wait_for_selector(".welcome-dialog input[name=model]")
            yield f"welcome-{step}"
            if step < 3:
                page.get_by_role("button", name="Next").click()
        page.keyboard.press("Escape")
    for name in TABS:
        open_tab(page, name)
        page.wait_for_timeout(settle_milliseconds)
        yield name.lower()
    open_tab(page, "Chat")
    ask(page, QUESTION)
    yield "answer"
    page.click("#chat button.citation >> nth=0")
    page.wait_for_selector("#source-panel .source-view")
    page.wait_for_timeout(settle_milliseconds)
    yield "source"
    page.keyboard.press("Escape")
    yield from dialogs(page)
    open_tab(page, "Quiz")
    page.get_by_role("button", name="Surprise me").click()
    page.wait_for_selector(".quiz-form")
    yield "quiz-question"


def dialogs(page):
    """Each kind of dialog, opened and closed again."""
    open_sheet(page)
    yield "shortcuts"
    page.keyboard.press("Escape")
    row = page.locator(".conversation:has([aria-current])")
    row.hover()
    row.locator("[name=rename_conversation]").click()
    page.wait_for_selector("dialog[open]")
    yield "rename"
    page.keyboard.press("Escape")
    page.locator(".edit-question").first.click()
    page.wait_for_selector("dialog[open]")
    yield "edit-question"
    page.keyboard.press("Escape")
    for tab, button, name in CONFIRMATIONS:
        open_tab(page, tab)
        page.locator(f"#tabs .tabitem {button}:visible").first.click()
        page.wait_for_selector("dialog[open]")
        yield name
        page.keyboard.press("Escape")


@contextmanager
def served(address=""):
    """The address of a page to picture."""
    if address:
        yield address
        return
    with tempfile.TemporaryDirectory() as folder, serving_fakes(Path(folder) / "home", free_port()) as page:
        yield page.address


def main():
    """Take all pictures, and say where the page is wider than the window."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_browser() as browser, served(*sys.argv[1:2]) as address:
        for look, (viewport, dark) in LOOKS.items():
            with open_page(browser, address, viewport=viewport, dark=dark, first_start=True) as page:
                for name in stations(page, first_start=_is_welcomed(page)):
                    path = FOLDER / f"{look}-{name}.png"
                    page.screenshot(path=path, full_page=name not in ("chat", "answer", "source"))
                    wide = "  is wider than the window" if has_sideways_scroll(page) else ""
                    sys.stdout.write(f"{path}{wide}\n")


def _is_welcomed(page):
    """A first start is one for the first of the looks only: leaving the welcome is kept."""
    page.wait_for_timeout(3 * SETTLE_MILLISECONDS)
    return page.locator(".welcome-dialog").count() > 0


if __name__ == "__main__":
    main()
