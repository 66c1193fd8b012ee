"""The page for everyone: axe-core finds no fault, keys do what the sheet says, nothing jumps."""

import itertools
import re
from importlib.resources import files
from pathlib import Path

import pytest
from chromium import DESKTOP, PHONE, ask, has_sideways_scroll, open_page
from screenshots import TABS, open_sheet, stations
from served_page import free_port, serving_fakes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
"""axe-core (Deque), as the PyPI package carries it; https://github.com/dequelabs/axe-core/blob/develop/doc/API.md."""
FAULTS = """async (rules) => {
    const options = {resultTypes: ["violations"], ...(rules.length ? {runOnly: rules} : {})};
    const seen = ["dialog[open]", "#page-head", "#tabs > .tab-wrapper", "#tabs .tabitem", "#source-column"]
        .flatMap((selector) => [...document.querySelectorAll(selector)])
        .filter((part) => part.offsetParent ?? part.open);
    const modal = seen.find((part) => part.open);
    const {violations} = await axe.run(rules.length ? {include: modal ? [modal] : seen} : document, options);
    return violations.filter(({impact}) => ["moderate", "serious", "critical"].includes(impact)).flatMap(
        ({id, nodes}) => nodes.map(({target, failureSummary}) => `${id} ${target.join(" ")}: ${failureSummary}`));
}"""
BY_LOOK = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
"""Rules whose outcome depends on colours and widths; the markup is the same in every look."""
LOOKS = {
    "light": (DESKTOP, "light", []),
    "dark": (DESKTOP, "dark", BY_LOOK),
    "phone-dark": (PHONE, "dark", BY_LOOK),
    "phone": (PHONE, "light", BY_LOOK[1:]),  # its colours are those of the light desktop
}
DIALOG_LEAVES = """() => {
    const parts = [...document.querySelectorAll("dialog[open], dialog[open] :is(input, textarea, button, table)")];
    return parts.map((part) => part.getBoundingClientRect()).some(({left, right}) => left < 0 || right > innerWidth);
}"""
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"
LOOK_MILLISECONDS = 100
"""After a change of size the page is laid out anew."""
LARGEST_SHIFT = 0.1
"""Cumulative layout shift that counts as good: https://web.dev/articles/cls."""
SCRIPT = (Path(__file__).resolve().parent.parent / "ui" / "assets" / "shortcuts.js").read_text(encoding="utf-8")


def looked_at(page, place):
    """The page at this place in every look; the faults by look."""
    faults = {}
    for look, (viewport, colours, rules) in LOOKS.items():
        page.set_viewport_size(viewport)
        page.evaluate("dark => document.body.classList.toggle('dark', dark)", colours == "dark")
        page.wait_for_timeout(LOOK_MILLISECONDS)
        if found := page.evaluate(FAULTS, rules):
            faults[f"{place} {look}"] = found
        if has_sideways_scroll(page) or page.evaluate(DIALOG_LEAVES):
            faults[f"{place} {look} wide"] = "is wider than the window"
    page.set_viewport_size(DESKTOP)
    page.evaluate("document.body.classList.remove('dark')")
    return faults


def test_no_place_of_the_page_has_a_fault_of_access(page):
    page.evaluate(AXE)
    page.add_style_tag(content=STILL)
    faults, places = {}, []
    for place in stations(page, settle_milliseconds=300):
        places.append(place)
        faults |= looked_at(page, place)
    page.set_viewport_size(PHONE)
    page.click("#tabs .overflow-menu > button")
    faults["menu of tabs"] = page.evaluate(FAULTS, [])
    assert not {place: found for place, found in faults.items() if found}
    assert {name.lower() for name in TABS} < set(places)
    assert {"answer", "source", "shortcuts", "rename", "edit-question", "quiz-question"} < set(places)
    assert {"confirm", "delete-everything"} < set(places)


def test_the_welcome_has_no_fault_of_access(browser, tmp_path):
    faults, places = {}, []
    with (
        serving_fakes(tmp_path / "home", free_port()) as own,
        open_page(browser, own.address, first_start=True) as page,
    ):
        page.evaluate(AXE)
        page.add_style_tag(content=STILL)
        for place in itertools.islice(stations(page, first_start=True), 3):
            places.append(place)
            faults |= looked_at(page, place)
    assert places == ["welcome-1", "welcome-2", "welcome-3"]
    assert not faults


def test_the_check_sees_a_fault(page):
    page.evaluate(AXE)
    page.evaluate("document.querySelector('#send').replaceChildren()")
    assert any(fault.startswith("button-name #send") for fault in page.evaluate(FAULTS, []))


def test_nothing_jumps_while_an_answer_comes(page, tell):
    """Shifts that follow an input within half a second do not count, as in the browser's own measure."""
    page.evaluate("""() => {
        window.shift = 0;
        const add = (list) => list.getEntries().forEach((one) => (window.shift += one.hadRecentInput ? 0 : one.value));
        new PerformanceObserver(add).observe({type: "layout-shift", buffered: false});
    }""")
    for question in ("Why? Tell me slowly", "And how?"):
        ask(page, question)
    page.wait_for_timeout(300)
    shift = page.evaluate("window.shift")
    tell(f"layout shift while two answers came: {shift:.3f}")
    assert shift < LARGEST_SHIFT


def test_the_measure_of_jumps_sees_one(page):
    page.wait_for_timeout(700)
    page.evaluate("""() => {
        window.shift = 0;
        const add = (list) => list.getEntries().forEach((one) => (window.shift += one.value));
        new PerformanceObserver(add).observe({type: "layout-shift", buffered: false});
        const block = document.createElement("div");
        block.style.height = "300px";
        document.querySelector("#page-row").before(block);
    }""")
    page.wait_for_function("window.shift > 0.1")


def chosen_tab(page):
    return page.locator("#tabs .tab-container[role=tablist] button[aria-selected=true]").inner_text().strip()


def wait_for_tab(page, name):
    page.wait_for_selector(f"#tabs .tab-container[role=tablist] button[aria-selected=true]:text-is('{name}')")


def test_keys_do_what_the_sheet_says(page):
    ask(page, "Why?")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body"), "the first Escape leaves the box"
    page.keyboard.press("]")
    page.wait_for_function(
        "document.querySelector('#tabs [role=tab][aria-selected=true]').innerText.trim() === 'Roadmap'"
    )
    page.keyboard.press("[")
    page.keyboard.press("[")
    page.wait_for_function(
        "document.querySelector('#tabs [role=tab][aria-selected=true]').innerText.trim() === 'Settings'"
    )
    page.keyboard.press("f")
    page.wait_for_function("document.activeElement.closest('#conversation-search') !== null")
    assert chosen_tab(page) == "Chat"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    page.wait_for_selector(".welcome")
    page.wait_for_function("document.activeElement.closest('#question') !== null")
    assert page.input_value("#question textarea") == "", "the key itself is not typed"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.closest('#question') !== null")


def test_escape_stops_an_answer(page):
    page.fill("#question textarea", "Why? Tell me slowly")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .bot >> text=dot products")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("#chat >> text=Stopped.")


def test_no_key_fires_while_typing_and_single_keys_can_be_switched_off(page):
    page.locator("#question textarea").press_sequentially("?n/f[]")
    assert page.input_value("#question textarea") == "?n/f[]"
    assert page.locator("dialog").count() == 0
    assert chosen_tab(page) == "Chat"
    open_sheet(page)
    page.get_by_label("Single keys are shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    page.keyboard.press("?")
    page.keyboard.press("]")
    assert page.locator("dialog").count() == 0
    assert chosen_tab(page) == "Chat"
    page.evaluate("localStorage.clear()")


def test_the_sheet_is_a_dialog_that_lists_what_is_bound_and_gives_the_focus_back(page):
    page.focus("#send")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    sheet.wait_for()
    bound = page.evaluate("[...window.studyPage.shortcuts.values()].flat().map((row) => row.does)")
    assert sheet.locator("td").all_inner_texts() == bound
    assert len(bound) > 12
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    sheet.wait_for(state="detached")
    assert page.evaluate("document.activeElement.closest('#send') !== null")


def test_the_keys_know_all_tabs():
    listed = re.search(r"const TABS = \[(.*?)\]", SCRIPT)[1]
    assert tuple(re.findall(r'"(\w+)"', listed)) == TABS
