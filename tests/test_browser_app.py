"""The real page in Chromium: ask, see the answer grow, open the cited page, restart, upload, delete."""

import base64
import io

import pytest
from chromium import PHONE, ask, has_sideways_scroll, open_page, open_tab
from make_pdf import PageSpec, Text, make_pdf, paragraph
from PIL import Image
from served_page import free_port, serving_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLE = "The Zanzibar Encoder"
BASELINE = 500
FACT = "The Zanzibar encoder has 17 attention heads in each of its layers."
QUESTION = "How many attention heads does the Zanzibar encoder have?"


def write_paper(path):
    first = [
        Text(150, 700, TITLE, 17, "F2"),
        *paragraph(["This paper describes an encoder for short messages.", "It was made for a test."], 72, 660),
    ]
    second = [
        Text(72, 700, "2 Architecture", 12, "F2"),
        *paragraph(["The encoder reads tokens from left to right and from", "right to left at once."], 72, 670),
        Text(72, BASELINE, FACT),
        *paragraph(["The vocabulary holds nine thousand entries.", "Nothing else is known about it."], 72, 300),
    ]
    return make_pdf(path, [PageSpec(first), PageSpec(second)], title=TITLE, author="Ada Byron")


UPLOADS = ".adding:not(.notes-arriving)"
"""The progress of files; that of the program's notes, which come at a first start, stands below it."""
RECORD_LENGTHS = """() => {
    window.lengths = [];
    const record = () => {
        const parts = [...document.querySelectorAll('#chat .bot .message-content')];
        const text = parts.filter((part) => !part.closest('.thought-group')).pop()?.innerText ?? '';
        if (!text.startsWith('Thinking') && !document.querySelector('.receipt')) window.lengths.push(text.length);
    };
    const kinds = {childList: true, subtree: true, characterData: true};
    new MutationObserver(record).observe(document.querySelector('#chat'), kinds);
}"""
"""Notes the length of the answer at each change of the chat, until it is finished."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    return folder / "home", free_port(), folder


@pytest.fixture(scope="module")
def story(browser, place):
    """What a first visit leaves behind: a paper in the library and a conversation about it."""
    home, port, folder = place
    paper = write_paper(folder / "zanzibar.pdf")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"nothing")
    with serving_app(home, port) as served, open_page(browser, served.address) as page:
        open_tab(page, "Library")
        page.wait_for_selector(".documents")
        page.set_input_files("#upload input[type=file]", [paper, folder / "broken.pdf"])
        page.wait_for_selector(f"{UPLOADS} [role=progressbar]")
        progress = page.inner_text(UPLOADS)
        page.wait_for_selector(".outcome.failed")
        page.wait_for_selector(".outcome.added")
        outcomes = page.inner_text(".outcomes")
        open_tab(page, "Chat")
        page.evaluate(RECORD_LENGTHS)
        ask(page, QUESTION)
        return {
            "progress": progress,
            "outcomes": outcomes,
            "lengths": page.evaluate("window.lengths"),
            "answer": page.inner_text("#chat .bot"),
            "url": page.url,
            "picture": open_first_citation(page),
            "panel": page.inner_text("#source-panel"),
        }


def open_first_citation(page):
    """Click [1] and give the page's picture."""
    page.click("#chat button.citation >> nth=0")
    page.wait_for_selector("#source-panel .page-picture")
    source = page.get_attribute("#source-panel .page-picture", "src")
    return Image.open(io.BytesIO(base64.b64decode(source.partition("base64,")[2]))).convert("RGB")


def mark_box(picture):
    """The smallest box around all pixels of the mark's yellow, in PDF points; None when there is none."""
    pixels = picture.load()
    found = [
        (x, y)
        for y in range(picture.height)
        for x in range(0, picture.width, 2)
        if pixels[x, y][0] > 200 and pixels[x, y][1] > 180 and pixels[x, y][2] < 190
    ]
    if not found:
        return None
    scale = picture.width / 612
    columns, rows = [x for x, _ in found], [y for _, y in found]
    return tuple(value / scale for value in (min(columns), min(rows), max(columns), max(rows)))


def test_uploads_show_progress_and_what_came_of_each_file(story):
    assert "zanzibar.pdf" in story["progress"] or "Getting ready" in story["progress"]
    assert "zanzibar.pdf added: 2 pages" in story["outcomes"]
    assert "broken.pdf failed:" in story["outcomes"]


def test_the_answer_grows_in_view(story):
    lengths = [length for length in story["lengths"] if length]
    assert len(set(lengths)) >= 2, story["lengths"]
    assert lengths == sorted(lengths)
    assert lengths[0] < len(story["answer"])


def test_the_answer_holds_the_fact_with_its_source(story):
    assert "17 attention heads" in story["answer"]
    assert TITLE in story["answer"]
    assert "p. 2" in story["answer"]


def test_a_click_on_a_number_shows_the_page_with_the_passage_marked(story):
    left, top, right, bottom = mark_box(story["picture"])
    baseline = 792 - BASELINE
    assert 0 < left < right < 612
    assert abs(left - 72) < 6
    assert top < baseline < bottom + 4
    assert bottom - top < 40
    assert "Page 2 of 2" in story["panel"]


def test_a_restart_and_a_reload_bring_everything_back(browser, place, story):
    home, port, _ = place
    with serving_app(home, port) as served, open_page(browser, story["url"]) as page:
        assert served.process.poll() is None
        page.wait_for_selector("#chat button.citation")
        assert "17 attention heads" in page.inner_text("#chat .bot")
        assert QUESTION in page.inner_text("#chat .user")
        assert page.locator(".conversation [aria-current]").count() == 1
        assert mark_box(open_first_citation(page)) is not None
        page.click("#source-panel >> text=‹ Previous")
        page.wait_for_selector("#source-panel >> text=Page 1 of 2")
        assert "The passage is on page 2." in page.inner_text("#source-panel")
        page.keyboard.press("Escape")
        page.wait_for_selector("#source-column", state="hidden")
        delete_and_undo(page)
        narrow(browser, story["url"])


def delete_and_undo(page):
    open_tab(page, "Library")
    row = page.locator("tr", has_text=TITLE)
    row.locator("[name=delete_document]").click()
    page.click("dialog .main-button")
    page.wait_for_selector(".undo >> text=was deleted")
    assert row.count() == 0
    page.click(".undo >> text=Undo")
    row.wait_for()


def narrow(browser, url):
    """The same on a phone: nothing wider than the screen, the source below the chat."""
    with open_page(browser, url, viewport=PHONE) as page:
        page.wait_for_selector("#chat button.citation")
        assert not has_sideways_scroll(page)
        open_first_citation(page)
        assert not has_sideways_scroll(page)
        chat_bottom, source_top, source_width = page.evaluate(
            """() => {
                const [chat, source] = ['#chat-column', '#source-column'].map(
                    (name) => document.querySelector(name).getBoundingClientRect());
                return [chat.bottom, source.top, source.width];
            }"""
        )
        assert source_top >= chat_bottom
        assert source_width > 340
        for tab in ("Library", "Settings"):
            open_tab(page, tab)
            page.wait_for_timeout(300)
            assert not has_sideways_scroll(page)
