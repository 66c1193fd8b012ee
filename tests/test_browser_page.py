"""The page in Chromium over scripted services: safety of what is shown, stop, dialogs, limits, keyboard."""

import pytest
from chromium import ask, open_page, open_tab
from served_page import free_port, serving_fakes

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(home):
    with serving_fakes(home, free_port(), loading_seconds=3) as served:
        yield served


def test_a_question_asked_while_the_models_load_is_answered(page):
    """First in the file: the services take three seconds to open."""
    ask(page, "Why?")
    assert "2 sources" in page.inner_text("#chat .bot")
    assert "answers by quoting your library" in page.inner_text("#model-line")


def test_text_of_models_loads_nothing_and_formulas_are_set(page):
    ask(page, "Why?")
    assert page.locator("#chat .bot img, #chat .bot a, #chat .bot script").count() == 0
    assert "![x](http://evil.example/a.png)" in page.inner_text("#chat .bot")
    assert page.locator("#chat .bot .katex").count() == 1
    assert "print('<b>')" in page.inner_text("#chat .bot pre")


def test_the_learners_own_text_is_shown_as_it_is(page):
    question = "What is <b>bold</b> & [a](http://evil.example) ![b](http://evil.example/c.png) $5 or $6?"
    ask(page, question)
    assert question in page.inner_text("#chat .user")
    assert page.locator("#chat .user a, #chat .user img, #chat .user b").count() == 0


def test_marks_are_readable_words(page):
    ask(page, "Why?")
    assert page.locator("#chat .support").all_inner_texts() == ["◐ partly", "⚠ unsupported", "∅ no source"]
    assert "its source does not carry this sentence" in page.inner_text(".legend")


def test_citations_work_by_keyboard_and_give_the_focus_back(page):
    ask(page, "Why?")
    mark = page.locator("#chat button.citation").first
    assert "Attention Is All You Need, p. 2" in mark.get_attribute("title")
    assert mark.inner_text().startswith("Source [1]") or "[1]" in mark.inner_text()
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#source-panel .page-picture")
    page.wait_for_function("document.activeElement.closest('#source-panel') !== null")
    page.keyboard.press("Escape")
    page.wait_for_selector("#source-column", state="hidden")
    assert mark.evaluate("element => element === document.activeElement")


def test_a_note_opens_as_text_with_the_quote_marked(page):
    ask(page, "Why?")
    page.click(".source-row >> nth=1")
    page.wait_for_selector("#source-panel mark")
    assert page.inner_text("#source-panel mark") == "It trains two small matrices A and B."


def test_stop_ends_the_answer_and_leaves_the_chat_ready(page):
    page.fill("#question textarea", "Why? Tell me slowly")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .bot >> text=dot products")
    page.click("#stop")
    page.wait_for_selector("#chat >> text=Stopped.")
    page.wait_for_selector("#send")
    page.wait_for_selector("#stop", state="hidden")
    assert page.locator(".receipt").count() == 0


def test_a_line_break_is_not_a_question(page):
    page.fill("#question textarea", "one")
    page.press("#question textarea", "Shift+Enter")
    page.keyboard.type("two")
    assert page.input_value("#question textarea") == "one\ntwo"
    assert page.locator("#chat .user").count() == 0


def test_empty_and_long_questions_are_one_sentence_and_nothing_is_lost(page):
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat-notice >> text=Type a question first.")
    page.fill("#question textarea", "x" * 20_000)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat-notice >> text=20,000 characters")
    assert len(page.input_value("#question textarea")) == 20_000


def test_a_failure_is_one_sentence_with_a_next_step(page):
    page.fill("#question textarea", "please fail")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .failure >> text=The model does not answer.")
    assert "Wait." in page.inner_text("#chat .failure")


def test_an_example_is_asked_with_one_click(page):
    page.locator("#chat .example").first.click()
    page.wait_for_selector(".receipt")
    assert "square root" in page.inner_text("#chat .user")


def test_a_question_is_asked_again_and_edited_and_its_versions_are_switched(page):
    ask(page, "Why?")
    ask(page, "And how?")
    page.get_by_role("button", name="Retry").click()
    page.wait_for_selector(".version-switch >> text=2 of 2")
    assert page.locator(".receipt").count() == 2
    page.locator(".edit-question").first.click()
    assert page.input_value("dialog textarea") == "Why?"
    page.fill("dialog textarea", "Why\n$x$?")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("document.querySelectorAll('.receipt').length === 1")
    page.wait_for_selector("#chat .user .katex")
    page.get_by_title("The version before").click()
    page.wait_for_function("document.querySelectorAll('.receipt').length === 2")
    places = [" ".join(shown.split()) for shown in page.locator(".version-count").all_inner_texts()]
    assert places == ["Version 1 of 2", "Version 2 of 2"]
    page.reload()
    page.wait_for_selector("#chat .user >> text=And how?")
    assert page.locator(".conversation").filter(has=page.locator("[aria-current]")).count() == 1
    page.get_by_role("button", name="Branch").first.click()
    page.wait_for_selector("#chat-notice >> text=This is a branch with 1 turn")
    page.wait_for_selector(".conversation [aria-current] >> text=Why? (branch)")


def test_an_answer_goes_on_growing_while_the_page_is_elsewhere(page):
    page.fill("#question textarea", "How? Take it slowly")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .bot >> text=dot products")
    page.click("#new-conversation")
    page.wait_for_selector(".welcome")
    page.wait_for_selector("#send")
    ask(page, "Something else?")
    assert page.locator("#chat .user").count() == 1
    page.locator(".conversation-title", has_text="How? Take it slowly").click()
    page.wait_for_selector("#chat .user >> text=How? Take it slowly")
    page.wait_for_selector(".receipt")


def test_an_answer_outlives_a_reload(page):
    page.fill("#question textarea", "Why? Now slowly")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .bot >> text=dot products")
    page.wait_for_function("location.search.includes('conversation=')")
    page.reload()
    page.wait_for_selector(".receipt")
    assert page.locator("#chat .failure").count() == 0


def test_a_long_list_of_conversations_scrolls_in_its_place(page):
    ask(page, "Why?")
    page.wait_for_selector(".conversation")
    page.evaluate(
        "const row = document.querySelector('.conversation');"
        "for (let count = 0; count < 60; count += 1) row.parentElement.append(row.cloneNode(true))"
    )
    heights = "[document.documentElement.scrollHeight, window.innerHeight, document.querySelector('#conversation-list')"
    page_height, window_height, list_height = page.evaluate(f"{heights}.scrollHeight]")
    assert page_height <= window_height < list_height


def test_copying_gives_plain_text_with_formulas(page):
    ask(page, "Why?")
    page.click(".copy-answer")
    page.wait_for_selector("text=Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "flat [1]. Therefore they are scaled by $1/\\sqrt{d_k}$" in copied
    assert "unsupported" not in copied
    assert "sources" not in copied


def test_conversations_are_renamed_deleted_and_left(page):
    ask(page, "A question to rename")
    row = page.locator(".conversation", has_text="A question to rename")
    row.locator("[name=rename_conversation]").click()
    page.fill("dialog input", "Another <i>name</i>")
    page.press("dialog input", "Enter")
    renamed = page.locator(".conversation", has_text="Another <i>name</i>")
    renamed.wait_for()
    page.click("#new-conversation")
    page.wait_for_selector(".receipt", state="detached")
    page.wait_for_function("!window.location.search.includes('conversation=')")
    renamed.locator(".conversation-title").click()
    page.wait_for_selector(".receipt")
    page.wait_for_function("window.location.search.includes('conversation=')")
    renamed.hover()
    with page.expect_download() as saved:
        renamed.locator("[name=export_conversation]").click()
    assert saved.value.suggested_filename == "Another-i-name-i.md"
    page.fill("#conversation-search input", "no such word")
    page.wait_for_selector("#conversation-list >> text=No conversation holds")
    page.fill("#conversation-search input", "softmax")
    page.wait_for_selector(".conversation-title mark >> text=softmax")
    page.fill("#conversation-search input", "")
    renamed.hover()
    renamed.locator("[name=delete_conversation]").click()
    page.wait_for_selector(".receipt", state="detached")
    assert renamed.count() == 0
    page.click(".undo >> text=Undo")
    page.wait_for_selector(".receipt")
    renamed.wait_for()


def test_two_readers_do_not_see_each_others_source(browser, served, page):
    ask(page, "Why?")
    with open_page(browser, page.url) as other:
        other.wait_for_selector("#chat button.citation")
        page.click("#chat button.citation >> nth=0")
        page.wait_for_selector("#source-panel .page-picture")
        other.wait_for_timeout(500)
        assert other.locator("#source-panel .source-view").count() == 0


def test_a_file_is_attached_and_asked_about_at_once_and_a_cited_pdf_is_opened(page, tmp_path):
    (tmp_path / "zebras.txt").write_text("Zebras have stripes.", encoding="utf-8")
    page.fill("#question textarea", "What do they have?")
    page.set_input_files("#chat-column input[type=file]", tmp_path / "zebras.txt")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .user >> text=What do they have? (in “zebras”)")
    page.wait_for_selector(".receipt")
    page.locator("#chat button.citation").first.hover()
    page.wait_for_selector(".citation-card >> text=“We suspect that for large values")
    page.locator("#chat button.citation").first.click()
    page.wait_for_selector("#source-panel .page-picture")
    address = page.get_attribute(".open-pdf", "href")
    assert address.endswith(".pdf#page=2")
    kind = "address => fetch(address).then((answer) => answer.headers.get('content-type'))"
    assert page.evaluate(kind, address) == "application/pdf"


def test_the_chat_stays_usable_while_files_are_added(page, tmp_path):
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"file-{number}.txt")
        paths[-1].write_text(f"Text number {number}.", encoding="utf-8")
    open_tab(page, "Library")
    page.set_input_files("#upload input[type=file]", paths)
    page.wait_for_selector(".adding")
    open_tab(page, "Chat")
    ask(page, "Why?")
    open_tab(page, "Library")
    page.wait_for_selector(".outcome.added >> nth=3")
    page.fill("#library-query textarea, #library-query input", "attention")
    page.keyboard.press("Enter")
    page.click(".found .source-row")
    page.wait_for_selector("#source-panel .page-picture")


def test_the_model_is_chosen_tested_and_remembered(page, browser, served):
    open_tab(page, "Settings")
    page.wait_for_selector("#missing-models >> text=ollama serve")
    page.click("#model input")
    page.click("text=llama3.2:3b (Ollama): 2.0 GB")
    page.wait_for_selector("#model-outcome >> text=answers from now on")
    page.click("#test-model")
    page.wait_for_selector("#model-outcome >> text=answered in 0.1 s")
    with open_page(browser, served.address) as other:
        other.wait_for_selector("#model-line >> text=Answers by ollama/llama3.2:3b.")
        open_tab(other, "Settings")
        other.click("#model input")
        other.click("text=Automatic: the best model found here")
        other.wait_for_selector("#model-outcome >> text=Stored.")


def send(page, question, wait_for):
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(wait_for)


def edit_code(page, button, code):
    """Open the code's dialog, replace the code, run it by keyboard."""
    page.click(button)
    page.fill("dialog textarea", code)
    page.keyboard.press("Control+Enter")


def test_a_figure_stands_in_the_chat_and_its_code_can_be_changed_and_run(page):
    send(page, "plot something", "#chat img.figure")
    assert page.evaluate("document.querySelector('#chat img.figure').naturalWidth") == 320
    page.wait_for_selector(".receipt")
    page.click(".edit-code")
    assert page.input_value("dialog textarea") == "import numpy as np\nprint(np.arange(3))"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    edit_code(page, ".edit-code", "print('<b>mine</b>')")
    page.wait_for_selector("#chat >> text=print('<b>mine</b>')")
    page.wait_for_function("document.querySelectorAll('#chat img.figure').length === 2")
    page.reload()
    page.wait_for_function("document.querySelectorAll('#chat img.figure').length === 2")
    assert page.locator("#chat .user").count() == 1


def test_permission_is_asked_kept_over_a_reload_and_given_with_changed_code(page):
    send(page, "with my permission", "#chat >> text=Run this code?")
    page.wait_for_selector("#send")
    page.reload()
    page.wait_for_selector("#chat >> text=Run this code?")
    edit_code(page, "#chat .edit-code", "print('allowed')")
    page.wait_for_selector("#chat img.figure")
    assert "print('allowed')" in page.inner_text("#chat")
    page.wait_for_selector("#chat >> text=Run this code?", state="detached")


def test_permission_can_be_declined(page):
    send(page, "with my permission", "#chat >> text=Run this code?")
    page.get_by_role("button", name="Decline").click()
    page.wait_for_selector("#chat >> text=Here it is.")
    assert page.locator("#chat pre").count() == 0


def test_settings_say_when_code_runs_and_how_far_the_walls_are(page):
    open_tab(page, "Settings")
    page.wait_for_selector("#sandbox-state >> text=webassembly: being prepared, 40%, about 45 s left")
    page.get_by_label("Show it and ask me first").check()
    page.wait_for_selector("#sandbox-state >> text=Stored")
    page.reload()
    open_tab(page, "Settings")
    page.wait_for_function("document.querySelector('#run-python input[value=ask]').checked")
    page.get_by_label("Run at once in the sandbox").check()
    page.wait_for_selector("#sandbox-state >> text=Stored")


def test_a_paper_found_on_arxiv_is_added_with_progress_and_shown_in_the_table(page):
    open_tab(page, "Library")
    page.get_by_role("button", name="Papers from arXiv").click()
    page.fill("#arxiv-query textarea, #arxiv-query input", "preference")
    page.press("#arxiv-query textarea, #arxiv-query input", "Enter")
    page.click("#arxiv-found button[name=add_paper]")
    page.wait_for_selector("#fetching >> text=of 2.0 MB")
    page.wait_for_selector("#fetching >> text=9 pages, 80 passages")
    page.wait_for_selector("#documents >> text=Paper 2305.18290")
