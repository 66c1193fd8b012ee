"""The Roadmap tab in Chromium: what next, reading in place and back, ticks, pictures, keyboard, phone."""

import json
from datetime import UTC, datetime

import pytest
from chromium import PHONE, has_sideways_scroll, open_page, open_tab

from agent.assemble import LEARNER
from curriculum.load import load_curriculum
from curriculum.notebook_text import notebook_path, read_cells
from learner.acts import notebook_evidence
from learner.store import LearnerStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(page):
    page.set_default_timeout(20_000)
    show_roadmap(page)
    return page


def show_roadmap(page):
    open_tab(page, "Roadmap")
    page.wait_for_selector(".roadmap")


def open_topic(page, topic_id):
    page.evaluate(
        "id => { const t = document.getElementById(id); t.closest('.part').open = t.open = true; }", f"topic-{topic_id}"
    )


def wait_for_reading(page, title):
    page.locator(".reading-title", has_text=title).wait_for(state="visible")
    page.wait_for_selector("#roadmap-overview", state="hidden")


def view_box(page, view="topics"):
    return [float(part) for part in page.get_attribute(f".view-{view} svg", "viewBox").split()]


def test_what_comes_next_opens_its_note_and_back_gives_the_place_and_focus_back(page):
    """First in the file: nothing is recorded yet."""
    assert "0 of 15 boxes" in page.inner_text(".roadmap-top")
    assert "Nothing is recorded yet." in page.inner_text(".roadmap-top")
    assert "needs no other topic" in page.inner_text(".next-card")
    open_topic(page, "math")
    button = page.locator("#topic-math [name=open_material]").first
    button.scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    title = button.inner_text()
    button.click()
    wait_for_reading(page, title)
    assert page.evaluate("document.activeElement.className") == "reading-title"
    assert "read=note" in page.url
    page.click(".close-reading")
    page.wait_for_selector("#roadmap-overview", state="visible")
    page.wait_for_function("before => Math.abs(window.scrollY - before) < 3", arg=before)
    assert button.evaluate("element => element === document.activeElement")
    assert "read=" not in page.url


def test_a_tick_is_kept_what_is_unfolded_stays_and_undo_takes_it_back(page):
    open_topic(page, "math")
    page.click("#tick-math")
    page.wait_for_selector(".undo >> text=is ticked by hand")
    assert "1 of 15 boxes" in page.inner_text(".roadmap-top")
    assert page.evaluate("document.getElementById('topic-math').open")
    assert page.evaluate("document.activeElement.id") == "tick-math"
    assert "You ticked it." in page.inner_text("#topic-math")
    assert "Neural Networks basics" in page.inner_text(".next-card")
    page.click(".undo button")
    page.wait_for_selector(".undo >> text=no longer ticked")
    assert "0 of 15 boxes" in page.inner_text(".roadmap-top")


def test_the_tab_sees_what_was_recorded_elsewhere(page, browser, served):
    with open_page(browser, served.address) as other:
        show_roadmap(other)
        open_topic(other, "mcp")
        other.click("#tick-mcp")
        other.wait_for_selector(".undo")
    open_tab(page, "Chat")
    open_tab(page, "Roadmap")
    page.wait_for_selector("#topic-mcp .state-hand", state="attached")
    open_topic(page, "mcp")
    page.click("#tick-mcp")
    page.wait_for_selector(".undo")


def test_a_check_in_the_terminal_shows_as_soon_as_one_is_back(page, home):
    open_topic(page, "multi-agent")
    page.click("#topic-multi-agent [value='lesson:13_multi_agent']")
    wait_for_reading(page, "Multi-agent system")
    lesson = load_curriculum().notebooks[12]
    store = LearnerStore(home / LEARNER)
    act = notebook_evidence(lesson, passed=4, total=4, at=datetime(2026, 11, 25, tzinfo=UTC))
    store.record(act)
    page.click(".close-reading")
    page.wait_for_selector("#topic-multi-agent .state-done", state="attached")
    assert "4 of 4 checks passed" in page.inner_text("#topic-multi-agent .evidence")
    assert page.evaluate("document.activeElement.value") == "lesson:13_multi_agent"
    store.undo(act.key)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_selector("#topic-multi-agent .state-done", state="detached")


def test_a_sheet_shows_formulas_and_its_quotes_open_the_page(page):
    page.click("[data-roadmap-view=papers]")
    page.focus(".view-papers a[data-node='1706.03762']")
    page.keyboard.press("Enter")
    wait_for_reading(page, "Attention Is All You Need")
    assert page.locator(".reading figure.equation math").count() > 5
    assert page.locator(".reading figure .card-buttons").count() == page.locator(".reading figure").count()
    page.click(".reading button.citation >> nth=0")
    page.wait_for_selector("#source-panel .page-picture")
    page.keyboard.press("Escape")
    page.wait_for_selector("#source-column", state="hidden")
    page.wait_for_selector(".reading-title", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector("#roadmap-overview", state="visible")
    assert page.get_attribute("[data-roadmap-view=papers]", "aria-pressed") == "true"


def test_a_lesson_is_shown_as_it_is_and_downloads(page, tmp_path):
    name = "04_attention_from_scratch"
    page.goto(f"{page.url.split('?')[0]}?read=lesson:{name}")
    wait_for_reading(page, "Implement self-attention")
    cells = [cell for cell in read_cells(notebook_path(name)) if cell.is_code]
    shown = page.eval_on_selector_all(".reading-text pre", "blocks => blocks.map(block => block.textContent)")
    assert shown == [cell.source for cell in cells]
    solution = page.locator(".reading details.solution").first
    assert not solution.locator("pre").is_visible()
    solution.locator("summary").click()
    assert solution.locator("pre").is_visible()
    assert page.locator(".reading-text .tok-k").count() > 10
    with page.expect_download() as download:
        page.click(f"a[download='{name}.ipynb']")
    assert download.value.suggested_filename == f"{name}.ipynb"
    download.value.save_as(tmp_path / "lesson.ipynb")
    notebook = json.loads((tmp_path / "lesson.ipynb").read_text(encoding="utf-8"))
    assert sum(cell["cell_type"] == "code" for cell in notebook["cells"]) == len(cells)


def test_a_brief_leads_on_and_the_browsers_own_back_leads_back(page):
    page.goto(f"{page.url.split('?')[0]}?read=project:4")
    wait_for_reading(page, "RAG System")
    page.click(".reading-text button[value='paper:2005.11401']")
    wait_for_reading(page, "Retrieval-Augmented Generation")
    page.go_back()
    wait_for_reading(page, "RAG System")
    page.reload()
    wait_for_reading(page, "RAG System")
    page.click(".close-reading")
    page.wait_for_selector("#roadmap-overview", state="visible")
    page.wait_for_selector(".roadmap")


def test_what_is_not_there_is_one_sentence(page):
    page.goto(f"{page.url.split('?')[0]}?read=note:<b>no</b>")
    page.wait_for_selector(".reading .failure >> text=The roadmap has no note “<b>no</b>”.")


def test_the_picture_zooms_moves_and_resets(page):
    page.click("[data-roadmap-view=topics]")
    frame = page.locator(".view-topics .graph-frame")
    start = view_box(page)
    page.click(".view-topics [data-zoom=in]")
    larger = view_box(page)
    assert larger[2] < start[2]
    page.click(".view-topics [data-zoom=reset]")
    whole = view_box(page)
    width, height = (float(page.get_attribute(".view-topics svg", f"data-{side}")) for side in ("width", "height"))
    assert whole[0] <= 0
    assert whole[1] <= 0
    assert whole[2] + whole[0] >= width - 1
    assert whole[3] + whole[1] >= height - 1
    box = frame.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "width => document.querySelector('.view-topics svg').viewBox.baseVal.width < width", arg=whole[2]
    )
    moved_from = view_box(page)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=4)
    page.mouse.up()
    moved = view_box(page)
    assert moved[0] > moved_from[0]
    assert moved[1] > moved_from[1]
    assert "read=" not in page.url, "dragging is no click"
    frame.focus()
    page.keyboard.press("0")
    assert view_box(page) == whole
    page.keyboard.press("+")
    page.keyboard.press("ArrowDown")
    assert view_box(page)[2] < whole[2]


def test_two_fingers_zoom_the_picture(browser, served):
    with open_page(browser, served.address, viewport=PHONE) as page:
        show_roadmap(page)
        page.click("[data-roadmap-view=topics]")
        before = view_box(page)
        page.evaluate(
            """() => {
              const frame = document.querySelector('.view-topics .graph-frame');
              const fire = (kind, id, x, target) => target.dispatchEvent(new PointerEvent(kind,
                { pointerId: id, clientX: x, clientY: 500, bubbles: true, pointerType: 'touch' }));
              fire('pointerdown', 1, 150, frame);
              fire('pointerdown', 2, 250, frame);
              fire('pointermove', 1, 100, window);
              fire('pointermove', 2, 300, window);
              fire('pointerup', 1, 100, window);
              fire('pointerup', 2, 300, window);
            }"""
        )
        assert view_box(page)[2] == pytest.approx(before[2] / 2, rel=0.1)


def test_boxes_are_reached_and_opened_by_keyboard(page):
    page.click("[data-roadmap-view=topics]")
    page.focus(".view-topics .graph-frame")
    for _ in range(14):
        page.keyboard.press("Tab")
    node = page.evaluate("document.activeElement.dataset.node")
    assert node
    inside = page.evaluate(
        """() => { const box = document.activeElement.querySelector('rect').getBoundingClientRect();
             const frame = document.querySelector('.view-topics .graph-frame').getBoundingClientRect();
             return box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1
                 && box.left >= frame.left - 1 && box.right <= frame.right + 1; }"""
    )
    assert inside, "the box that has the focus is in view"
    assert page.locator(".view-topics .graph-edge.marked").count() >= 1
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#topic-{node}[open]")
    assert page.evaluate("document.activeElement.closest('details').id") == f"topic-{node}"
    assert page.get_attribute("[data-roadmap-view=path]", "aria-pressed") == "true"


def test_every_control_has_a_name_and_can_be_reached(page):
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('#roadmap-tab :is(button, a, summary)')]
             .filter(one => !(one.getAttribute('aria-label') || one.textContent.trim()) || one.tabIndex < 0)
             .map(one => one.outerHTML)"""
    )
    assert nameless == []
    links = page.eval_on_selector_all("#roadmap-tab a.web-link", "all => all.map(one => [one.target, one.rel])")
    assert len(links) > 60
    assert all(one == ["_blank", "noopener noreferrer"] for one in links)


def test_asking_about_what_comes_next_goes_to_the_chat(page):
    page.click(".next-card [name=ask]")
    page.wait_for_selector("#chat .receipt")
    assert page.get_by_role("tab", name="Chat").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("dark", [False, True])
def test_the_phone_shows_all_views_and_texts_without_sideways_scroll(browser, served, dark):
    with open_page(browser, served.address, viewport=PHONE, dark=dark) as page:
        page.set_default_timeout(20_000)
        show_roadmap(page)
        for view in ("path", "topics", "papers", "lists"):
            page.click(f"[data-roadmap-view={view}]")
            page.evaluate("document.querySelectorAll('#roadmap-overview details').forEach(one => { one.open = true; })")
            assert not has_sideways_scroll(page), view
        for value in ("paper:1706.03762", "lesson:04_attention_from_scratch", "note:01-attention", "project:4"):
            page.goto(f"{served.address}/?read={value}")
            page.wait_for_selector(".reading-title", state="visible")
            page.evaluate("document.querySelectorAll('.reading details').forEach(one => { one.open = true; })")
            assert not has_sideways_scroll(page), value


def test_on_a_phone_a_closed_source_leads_back_to_the_quote(browser, served):
    with open_page(browser, served.address, viewport=PHONE) as page:
        page.set_default_timeout(20_000)
        page.goto(f"{served.address}/?read=paper:1706.03762")
        page.wait_for_selector(".reading-title", state="visible")
        quote = page.locator(".reading button.citation").nth(2)
        quote.click()
        page.wait_for_selector("#source-panel .page-picture")
        page.click(".close-source")
        page.wait_for_selector("#source-column", state="hidden")
        top = quote.evaluate("element => element.getBoundingClientRect().top")
        assert 0 < top < PHONE["height"]
