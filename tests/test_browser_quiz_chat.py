"""A whole quiz in the chat in Chromium: buttons and typed answers, a reload in the middle, the page of the source."""

import re

import pytest
from chromium import ask, open_page
from served_page import free_port, serving_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def last_answer(page):
    return page.locator("#chat .bot .message-content").last.inner_text()


def chat_text(page):
    return page.inner_text("#chat")


def click_and_wait(page, name):
    """Press a button of the last card, and wait for the finished answer."""
    answers = page.locator(".receipt").count()
    page.locator("#chat").get_by_role("button", name=name, exact=True).last.click()
    page.wait_for_function("count => document.querySelectorAll('.receipt').length > count", arg=answers)


def test_a_quiz_in_the_chat_goes_on_after_a_reload_and_opens_its_source(browser, tmp_path):
    home, port = tmp_path / "home", free_port()
    with serving_app(home, port) as served, open_page(browser, served.address) as page:
        ask(page, "quiz me on attention, 3 questions, multiple choice")
        assert "Question 1 of 3" in chat_text(page)
        click_and_wait(page, "Hint")
        assert "Hint:" in chat_text(page)
        click_and_wait(page, "I am fairly sure")
        ask(page, "2")
        assert "Question 2 of 3" in chat_text(page)
        assert re.search(r"Right\.|Not this time\.|Partly right\.", chat_text(page))

        page.wait_for_function("location.search.includes('conversation=')")
        page.reload()
        page.wait_for_selector("#question textarea")
        page.wait_for_function("document.querySelector('#chat').innerText.includes('Question 2 of 3')")
        ask(page, "what is causal masking?")
        assert "Your open question waits" in chat_text(page)
        ask(page, "I am sure: 1")
        assert "Question 3 of 3" in chat_text(page)
        click_and_wait(page, "Skip")
        assert "Result:" in chat_text(page)
        ask(page, "why was mine wrong?")
        assert "You answered: nothing." in chat_text(page)

        page.locator("#chat button.citation").last.click()
        page.wait_for_selector("#source-panel mark, #source-panel .page-picture")
