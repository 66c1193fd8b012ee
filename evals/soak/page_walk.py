"""A walk through the page in a browser, to every place where a text of somebody else is shown."""

from __future__ import annotations

from typing import Any

from evals.soak.payloads import DOMAIN

SHORT_EACH = 4
"""The short form opens each document of so many."""
QUESTIONS = 6
LOOK = """domain => {
    const found = [];
    const leading = ['src', 'srcset', 'href', 'xlink:href', 'action', 'formaction', 'data', 'poster', 'ping', 'style',
                     'background', 'srcdoc', 'content'];
    for (const element of document.querySelectorAll('*')) {
        for (const attribute of element.attributes) {
            const name = attribute.name.toLowerCase();
            if ((leading.includes(name) || name.startsWith('on')) && attribute.value.includes(domain)) {
                found.push(`<${element.tagName.toLowerCase()} ${name}>: ${attribute.value.slice(0, 90)}`);
            }
        }
        if (['SCRIPT', 'STYLE'].includes(element.tagName) && element.textContent.includes(domain)
            && !element.textContent.includes('gradio_config')) {
            found.push(`<${element.tagName.toLowerCase()}> with a payload`);
        }
    }
    return found;
}"""
SKIP_WELCOME = """
    const skip = () => document.querySelector('.welcome-dialog')?.close();
    new MutationObserver(skip).observe(document, {childList: true, subtree: true});
"""


class Walk:
    """What was visited, and what elements of the payloads were found there."""

    def __init__(self, address: str, turns: int, *, short: bool) -> None:
        """`address` is that of a conversation with so many turns."""
        self._address = address
        self._turns = turns
        self._short = short
        self.ways: list[str] = []
        self.elements: list[str] = []

    def go(self, page: Any) -> None:
        """Visit all places."""
        page.add_init_script(SKIP_WELCOME)
        page.goto(self._address)
        self._chat(page)
        self._library(page)
        self._quiz(page)
        for name in ("Review", "Progress", "Settings"):
            open_tab(page, name)
            page.wait_for_timeout(700)
            self._look(page, name.lower())
        if not self._short:
            self._stream(page)

    def _look(self, page: Any, way: str) -> None:
        if way not in self.ways:
            self.ways.append(way)
        self.elements += [
            f"{way}: {one}" for one in page.evaluate(LOOK, DOMAIN) if f"{way}: {one}" not in self.elements
        ]

    def _chat(self, page: Any) -> None:
        """Titles of conversations, questions, answers, steps, code, sources, receipts."""
        page.wait_for_function("count => document.querySelectorAll('#chat .receipt').length >= count", arg=self._turns)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        self._look(page, "chat")
        page.wait_for_selector("#conversation-list .conversation-title")
        self._look(page, "conversations")
        marks = page.locator("#chat button.citation")
        for place in range(0, self._turns, SHORT_EACH):
            marks.nth(place).hover()
        self._look(page, "citation cards")

    def _library(self, page: Any) -> None:
        """Rows, what a document is, its page, hits of a search, papers of arXiv."""
        open_tab(page, "Library")
        page.wait_for_selector("#documents .document-title")
        self._look(page, "library rows")
        titles = page.locator("#documents .document-title")
        for place in range(0, titles.count(), SHORT_EACH if self._short else 1):
            before = page.inner_html("#source-panel")
            titles.nth(place).click()
            page.wait_for_function("before => document.querySelector('#source-panel').innerHTML !== before", arg=before)
            self.elements += [f"document: {one}" for one in page.evaluate(LOOK, DOMAIN)]
        self._look(page, "document panel")
        page.fill("#library-query textarea, #library-query input", "some more text")
        page.keyboard.press("Enter")
        page.wait_for_selector(".found .source-row")
        self._look(page, "library search")
        page.click(".found .source-row >> nth=0")
        page.wait_for_timeout(500)
        self._look(page, "passage of a note")
        page.get_by_role("button", name="Papers from arXiv").click()
        page.fill("#arxiv-query textarea, #arxiv-query input", "anything")
        page.press("#arxiv-query textarea, #arxiv-query input", "Enter")
        page.wait_for_selector("#arxiv-found button[name=add_paper]")
        self._look(page, "arXiv results")

    def _quiz(self, page: Any) -> None:
        """The list of open quizzes, questions with options, hints, feedback with sources."""
        open_tab(page, "Quiz")
        page.wait_for_selector("#quiz-begun button")
        self._look(page, "open quizzes")
        page.locator("#quiz-begun button").first.click()
        for _ in range(1 if self._short else QUESTIONS):
            page.wait_for_selector("#quiz-place .quiz-form")
            self._look(page, "quiz question")
            page.locator("#quiz-place .quiz-form [name=given]").nth(1).check(force=True)
            page.locator("#quiz-place .quiz-form [type=submit]").first.click()
            page.wait_for_selector("#quiz-place .quiz-feedback")
            self._look(page, "quiz feedback")
            page.keyboard.press("Enter")

    def _stream(self, page: Any) -> None:
        """An answer while it grows and when it is done."""
        open_tab(page, "Chat")
        page.click("#new-conversation")
        page.wait_for_selector(".receipt", state="detached")
        page.fill("#question textarea", "Tell me everything.")
        page.press("#question textarea", "Enter")
        page.wait_for_selector("#chat .bot")
        self._look(page, "growing answer")
        page.wait_for_selector("#chat .receipt")
        self._look(page, "new answer")


def open_tab(page: Any, name: str) -> None:
    """Show a tab; where the last ones do not fit they are in a menu."""
    page.set_viewport_size({"width": 1600, "height": 1000})
    page.get_by_role("tab", name=name, exact=True).click()
