"""Every text of the page's own goes through the catalogue: seen in the pseudo-language, all of them are in brackets."""

import itertools

import pytest
from chromium import DESKTOP, PHONE, ask, has_sideways_scroll, open_page, open_tab
from pseudo_page import untranslated
from served_page import free_port, serving

from ui.translation import PSEUDO, _, choose_language

TABS = ("Chat", "Roadmap", "Quiz", "Review", "Progress", "Library", "Evals", "Settings")
FILLED = """() => ![...document.querySelectorAll(".empty")].some(
    (one) => one.offsetParent && one.textContent.includes("…")
)"""
"""No tab says any more that it is being read."""
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home, port = tmp_path_factory.mktemp("page") / "home", free_port()
    with serving(["tests/pseudo_page.py", str(port), str(home)], home, port) as served:
        yield served.address


@pytest.fixture
def pseudo():
    choose_language(PSEUDO)
    yield
    choose_language("en")


def welcome(page):
    for step in (1, 2, 3):
        page.wait_for_selector(f".welcome-step >> text={step}")
        yield f"welcome {step}"
        if step < 3:
            page.click(".welcome-dialog .main-button")
    page.click(".welcome-dialog .plain-button >> nth=0")
    page.wait_for_selector(".welcome-dialog", state="detached")


def stations(page):
    for name in TABS:
        open_tab(page, _(name))
        page.wait_for_function(FILLED)
        yield name
    open_tab(page, _("Chat"))
    ask(page, "Why?")
    page.click("#chat button.citation >> nth=0")
    page.wait_for_selector("#source-panel .source-view")
    yield "an answer and its source"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_selector(".shortcut-sheet[open]")
    yield "the shortcuts"
    page.keyboard.press("Escape")
    open_tab(page, _("Quiz"))
    page.click("#quiz-surprise")
    page.click(".quiz-form [data-quiz-skip]")
    page.wait_for_selector(".quiz-verdict")
    yield "feedback of a quiz"


def test_no_text_of_the_page_is_outside_the_catalogue(browser, address, pseudo):
    found = []
    with open_page(browser, address, viewport=DESKTOP, first_start=True) as page:
        for name in itertools.chain(welcome(page), stations(page)):
            found += [f"{name}: {text}" for text in untranslated(page)]
            assert not has_sideways_scroll(page), name
        assert found == []
        assert page.evaluate("document.documentElement.lang") == PSEUDO


def test_longer_words_fit_on_a_phone(browser, address, pseudo):
    with open_page(browser, address, viewport=PHONE) as page:
        for name in TABS:
            open_tab(page, _(name))
            page.wait_for_timeout(300)
            assert not has_sideways_scroll(page), name


def test_a_text_outside_is_found(browser, address):
    """The check itself can fail."""
    with open_page(browser, address) as page:
        page.evaluate("document.querySelector('.page-title').textContent = '⟦Stuudy⟧ Settings'")
        page.evaluate("document.querySelector('#send').title = 'Send it'")
        found = untranslated(page)
        assert [line.split("  (")[0] for line in found] == ["Settings", "Send it"]
