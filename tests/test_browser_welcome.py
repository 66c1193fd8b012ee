"""A first start in Chromium: the welcome by keyboard, to a cited answer; and the settings that it leads on to."""

import json

import httpx
import pytest
from chromium import PHONE, ask, has_sideways_scroll, open_page, open_tab
from served_page import free_port, serving_app

from evals.soak.event_stream import answer_of
from ui.chat_tab import EXAMPLES
from ui.welcome import QUESTIONS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def in_dialog(page):
    """Whether the focus is inside of the dialog, or on the browser's own parts."""
    return page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")


def reach(page, name):
    """Tab to a button."""
    for _ in range(12):
        page.keyboard.press("Tab")
        assert in_dialog(page)
        if page.evaluate("document.activeElement.textContent") == name:
            return
    raise AssertionError(f"no way to {name} by keyboard")


def test_a_first_start_leads_to_a_cited_answer_by_keyboard_alone(browser, served, home):
    with open_page(browser, served.address, first_start=True) as page:
        dialog = page.get_by_role("dialog", name="A tutor that shows its sources")
        dialog.wait_for()
        assert page.evaluate("document.activeElement.id") == "welcome-title"
        reach(page, "Next")
        page.keyboard.press("Enter")
        page.wait_for_selector("#welcome-title >> text=Choose who answers, and how")
        page.wait_for_selector(".welcome-dialog >> text=llama3.2:3b (Ollama)")
        page.get_by_label("Built in").check()
        page.get_by_label("Beginner: plain words first").check()
        reach(page, "Next")
        page.keyboard.press("Enter")
        reach(page, QUESTIONS[1])
        page.keyboard.press("Enter")
        page.wait_for_selector(".receipt")
        assert page.locator("#chat button.citation").count() >= 2
        assert QUESTIONS[1] in page.inner_text("#chat .user")
        open_tab(page, "Settings")
        page.wait_for_function("document.querySelector('#level input[value=newcomer]')?.checked")
        kept = json.loads((home / "page.json").read_text(encoding="utf-8"))
        assert kept == {"welcomed": True, "model": "embedded", "explanation_level": "newcomer", "version": 2}
    with open_page(browser, served.address, first_start=True) as page:
        page.wait_for_selector("#model-line >> text=built-in model")
        open_tab(page, "Settings")
        page.wait_for_function("document.querySelector('#level input[value=newcomer]')?.checked")
        assert page.locator(".welcome-dialog").count() == 0
        page.get_by_role("button", name="Show the welcome again").click()
        page.wait_for_selector(".welcome-dialog")
        page.set_viewport_size(PHONE)
        assert not has_sideways_scroll(page)
        page.keyboard.press("Escape")
        page.wait_for_selector(".welcome-dialog", state="detached")


def test_what_is_chosen_in_the_settings_outlives_a_reload(browser, served):
    with open_page(browser, served.address) as page:
        open_tab(page, "Settings")
        page.get_by_label("Researcher: equations and evidence first").check()
        page.wait_for_selector("#explaining-outcome >> text=Stored")
        page.fill("#limit-question-characters input", "300")
        page.click("#save-limits")
        page.wait_for_selector("#limits-outcome >> text=Stored")
        page.fill("#limit-question-characters input", "3")
        page.click("#save-limits")
        page.wait_for_selector("#limits-outcome >> text=200 to 100,000")
        page.click("#retention-logs input")
        page.get_by_role("option", name="A month").click()
        page.wait_for_selector("#retention-preview >> text=nothing would go now")
        page.click("#apply-retention")
        page.wait_for_selector("#retention-preview >> text=Nothing is too old")
        page.reload()
        open_tab(page, "Settings")
        page.wait_for_function("document.querySelector('#level input[value=researcher]')?.checked")
        page.wait_for_function("document.querySelector('#limit-question-characters input').value === '300'")
        assert page.input_value("#retention-logs input") == "A month"


def test_everything_is_downloaded_then_deleted_by_typed_words_and_the_welcome_can_be_skipped(browser, served, home):
    (home / "page.json").write_text('{"version": 2, "welcomed": true}', encoding="utf-8")
    with open_page(browser, served.address, first_start=True) as page:
        ask(page, "Why?")
        open_tab(page, "Settings")
        with page.expect_download() as saved:
            page.click("text=Download everything (ZIP)")
        assert saved.value.suggested_filename.endswith(".zip")
        assert saved.value.path().read_bytes()[:2] == b"PK"
        page.get_by_role("button", name="Delete everything of mine").click()
        page.fill("dialog input", "delete")
        page.click("dialog .main-button")
        page.wait_for_selector("#own-data-outcome >> text=Nothing was removed")
        assert (home / "page.json").exists()
        page.get_by_role("button", name="Delete everything of mine").click()
        page.fill("dialog input", "delete everything")
        page.click("dialog .main-button")
        page.wait_for_selector("#own-data-outcome >> text=Start afresh")
        assert not (home / "page.json").exists()
        page.get_by_role("button", name="Start afresh").click()
        page.wait_for_selector("#conversation-list >> text=Your conversations will be listed here.")
        page.get_by_role("button", name="Skip the welcome").click()
        page.wait_for_selector(".welcome-dialog", state="detached")
        page.wait_for_timeout(500)
        page.reload()
        page.wait_for_selector("#model-line >> text=built-in model")
        assert page.locator(".welcome-dialog").count() == 0


def asked(address, question):
    """The answer by the page's HTTP API."""
    call = f"{address}/gradio_api/call/v2/ask"
    event = httpx.post(call, json={"question": question}, timeout=60, trust_env=False).json()["event_id"]
    told = httpx.get(f"{call}/{event}", timeout=60, trust_env=False).text
    return answer_of(told)


def test_with_nothing_installed_each_question_of_the_welcome_has_a_cited_answer(browser, tmp_path):
    """The page waits a minute at most for each thing that is waited for here, the first start included."""
    with (
        serving_app(
            tmp_path / "home", free_port(), STUDY_MODEL="auto", STUDY_OLLAMA_URL="http://127.0.0.1:9"
        ) as served,
        open_page(browser, served.address, first_start=True) as page,
    ):
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Next").click()
        page.wait_for_selector(".welcome-arriving:not(:empty)")
        page.locator(".welcome-question").first.click()
        page.wait_for_selector(".receipt")
        assert page.locator("#chat button.citation").count() > 0
        for question in dict.fromkeys((*QUESTIONS[1:], *EXAMPLES)):
            answer = asked(served.address, question)
            assert answer["citations"], question
            assert not answer["refused"], question
